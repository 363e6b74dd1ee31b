/* Explicit accesses: function calls that name an address. They use the modelled TLB and the walker,
   and not the window. */
#include "machine/trap.h"
#include <mm/machine.h>

#include <string.h>

static struct machine_translation translated(paddr_t pa)
{
    return (struct machine_translation){.pa = pa, .found = true};
}

static const struct machine_translation not_translated = {.found = false};

/* These are not inlined, so that a hit saves no registers on the stack. */
#define RARE __attribute__((noinline)) static

/* An access in a segment of MIPS uses no TLB, so it counts as neither a hit nor a miss. */
RARE struct machine_translation segment_translate(struct machine *machine, vaddr_t va,
                                                  uint32_t access)
{
    struct mmu_walk walk;

    if (!trap_translate(machine, va, access, false, &walk))
        return not_translated;
    machine->untranslated++;
    return translated(walk.pa);
}

RARE struct machine_translation walk_translate(struct machine *machine, vaddr_t va, uint32_t access)
{
    struct mmu_walk walk;

    if (!trap_translate(machine, va, access, false, &walk))
        return not_translated;
    tlb_fill(&machine_tlb, va, &walk);
    return translated(walk.pa);
}

RARE struct machine_translation checked_translate(struct machine *machine, vaddr_t va,
                                                  uint32_t access, struct tlb_found found)
{
    oracle_tlb_hit(machine, va, access, found.entry);
    return translated(found.pa);
}

struct machine_translation machine_cpu_translate(vaddr_t va, uint32_t access)
{
    struct machine *machine = machine_current;

    if (mmu_in_segments(&machine->mmu, va))
        return segment_translate(machine, va, access);
    struct tlb_found found = tlb_find(&machine_tlb, va, access);
    if (!found.entry)
        return walk_translate(machine, va, access);
    if (machine->oracle)
        return checked_translate(machine, va, access, found);
    return translated(found.pa);
}

/* The physical addresses of [va, va + bytes), bytes <= 4: one piece, or two when the range crosses
   a page. Both pages are translated before either is used. */
struct span {
    unsigned char *piece[2];
    uint32_t first_bytes;
};

static unsigned char *piece_at(struct machine *machine, paddr_t pa, uint32_t access)
{
    if (access & MMU_WRITE)
        arena_note_writes(&machine->arena, pa, 1);
    return arena_pointer(&machine->arena, pa);
}

static bool span_translate(vaddr_t va, uint32_t access, uint32_t bytes, struct span *span)
{
    struct machine *machine = machine_current;
    uint32_t page_left = PAGE_SIZE - (va.value & PAGE_OFFSET_MASK);
    struct machine_translation to;

    span->first_bytes = bytes <= page_left ? bytes : page_left;
    if (va.value > UINT32_MAX - (bytes - 1u))
        return false;
    to = machine_translate(va, access);
    if (!to.found)
        return false;
    span->piece[0] = piece_at(machine, to.pa, access);
    span->piece[1] = span->piece[0];
    if (span->first_bytes == bytes)
        return true;
    to = machine_translate(vaddr_add(va, page_left), access);
    if (!to.found)
        return false;
    span->piece[1] = piece_at(machine, to.pa, access);
    return true;
}

bool machine_cpu_load(vaddr_t va, uint32_t access, void *value, uint32_t bytes)
{
    unsigned char *to = value;
    struct span span;

    if (!span_translate(va, access, bytes, &span))
        return false;
    memcpy(to, span.piece[0], span.first_bytes);
    memcpy(to + span.first_bytes, span.piece[1], bytes - span.first_bytes);
    return true;
}

static bool store(vaddr_t va, bool user, const void *value, uint32_t bytes)
{
    const unsigned char *from = value;
    struct span span;

    if (!span_translate(va, user ? MMU_USER | MMU_WRITE : MMU_WRITE, bytes, &span))
        return false;
    memcpy(span.piece[0], from, span.first_bytes);
    memcpy(span.piece[1], from + span.first_bytes, bytes - span.first_bytes);
    if (machine_watching)
        watch_stored(va, bytes);
    return true;
}

bool machine_store8(vaddr_t va, bool user, uint8_t value)
{
    return store(va, user, &value, sizeof value);
}

bool machine_store32(vaddr_t va, bool user, uint32_t value)
{
    return store(va, user, &value, sizeof value);
}
