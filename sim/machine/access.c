/* Explicit accesses: function calls that name an address. They use the modelled TLB and the walker,
   and not the window. */
#include "machine/trap.h"
#include <mm/machine.h>

#include <string.h>

/* An access in a segment of MIPS uses no TLB, so it counts as neither a hit nor a miss. */
static bool segment_translate(struct machine *machine, vaddr_t va, uint32_t access, paddr_t *pa)
{
    struct mmu_walk walk;

    if (!trap_translate(machine, va, access, false, &walk))
        return false;
    machine->untranslated++;
    *pa = walk.pa;
    return true;
}

bool machine_cpu_translate(vaddr_t va, uint32_t access, paddr_t *pa)
{
    struct machine *machine = machine_current;
    struct mmu_walk walk;

    if (mmu_in_segments(&machine->mmu, va))
        return segment_translate(machine, va, access, pa);
    const struct tlb_entry *entry = tlb_find(&machine_tlb, va, access);
    if (entry) {
        if (machine->oracle)
            oracle_tlb_hit(machine, va, access, entry);
        *pa = tlb_entry_translate(entry, va);
        return true;
    }
    if (!trap_translate(machine, va, access, false, &walk))
        return false;
    tlb_fill(&machine_tlb, va, &walk);
    *pa = walk.pa;
    return true;
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
    paddr_t pa;

    span->first_bytes = bytes <= page_left ? bytes : page_left;
    if (va.value > UINT32_MAX - (bytes - 1u))
        return false;
    if (!machine_translate(va, access, &pa))
        return false;
    span->piece[0] = piece_at(machine, pa, access);
    span->piece[1] = span->piece[0];
    if (span->first_bytes == bytes)
        return true;
    if (!machine_translate(vaddr_add(va, page_left), access, &pa))
        return false;
    span->piece[1] = piece_at(machine, pa, access);
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
