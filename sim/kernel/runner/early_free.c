#include "runner/early_free.h"

#include "runner/guest_memory.h"

#define ORDER_NONE 255u
#define ORDER_MAX_FREED 20u

/* An argument of the function at whose first instruction the guest is. false: its stack is not
   mapped. */
static bool argument_read(uint32_t number, uint32_t *value)
{
    struct mmu_walk walk;
    uint32_t at = cpu_general(ESP) + 4u + 4u * number;

    if (!mmu_peek(&cpu.machine.mmu, vaddr(at), MMU_READ, &walk))
        return false;
    *value = *(const uint32_t *)arena_pointer(&cpu.machine.arena, walk.pa);
    return true;
}

/* The first frame of the block, and the address by which the guest names it. false: it names none. */
static bool block_of(const struct control_stop *stop, uint32_t *frame, uint32_t *named)
{
    struct mmu_walk walk;
    uint32_t argument;

    *named = UINT32_MAX;
    if (!argument_read(stop->argument, &argument))
        return false;
    if (stop->argument_kind == FREE_VIRTUAL) {
        if (!mmu_peek(&cpu.machine.mmu, vaddr(argument), MMU_READ, &walk))
            return false;
        *named = argument;
        argument = walk.pa.value;
    }
    *frame = stop->argument_kind == FREE_FRAME ? argument : argument >> PAGE_SHIFT;
    return *frame < FRAMES_MAX;
}

/* Does the entry count? Not where the allocator itself reaches the frame. */
static bool counts(const struct window_entry *entry, uint32_t va, uint32_t named, uint32_t frames)
{
    bool in_direct_map = va - control->direct_map < control->direct_map_bytes;
    bool is_named = va - named < frames << PAGE_SHIFT;

    (void)entry;
    return !in_direct_map && !is_named;
}

static void report(const struct window_entry *entry, uint32_t va, uint32_t frame)
{
    struct control_event event = {
        .kind = EVENT_EARLY_FREE,
        .stale = {.va = va,
                  .access = entry->allows & ACCESS_BIT(MMU_USER) ? MMU_USER : 0,
                  .old_entry = entry->page_bytes == PAGE_SIZE ? entry->table_entry
                                                              : entry->directory_entry,
                  .frame = frame,
                  .global = entry->global}};

    cpu_stop(&event);
}

void early_free_check(const struct control_stop *stop)
{
    struct window_entries *entries = &cpu.machine.window.entries;
    uint32_t order = 0;
    uint32_t first;
    uint32_t named;

    if (!control->check_tlb || !block_of(stop, &first, &named))
        return;
    if (stop->order_argument != ORDER_NONE &&
        (!argument_read(stop->order_argument, &order) || order > ORDER_MAX_FREED))
        return;
    uint32_t frames = 1u << order;
    struct window_entry *entry = window_entries_oldest(entries);
    for (; entry; entry = window_entries_next(entries, entry))
        for (uint32_t frame = first; frame < first + frames; frame++) {
            uint32_t offset = (frame << PAGE_SHIFT) - entry->pa.value;
            uint32_t va = entry->va.value + offset;
            if (offset < entry->page_bytes && counts(entry, va, named, frames))
                report(entry, va, frame);
        }
}
