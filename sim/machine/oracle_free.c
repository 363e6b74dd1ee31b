/* The check for early frees: whether the CPU still remembers a translation to a frame that is given
   back. */
#include "machine/machine.h"

#include <string.h>

/* The frames that are given back, [first, end). */
struct freed {
    uint32_t first;
    uint32_t end;
};

/* Returns the first freed frame in [start, start + frames); UINT32_MAX when there is none. */
static uint32_t first_inside(struct freed freed, uint32_t start, uint32_t frames)
{
    uint32_t frame = start > freed.first ? start : freed.first;

    return frame < freed.end && frame - start < frames ? frame : UINT32_MAX;
}

/* ---- the directory and its tables ---- */

static bool report_directory(struct machine *machine, struct freed freed)
{
    uint32_t directory = machine->mmu.cr3 >> PAGE_SHIFT;

    if (first_inside(freed, directory, 1) == UINT32_MAX)
        return false;
    machine->oracle->handler(machine->oracle->context, &(struct stale_use){.kind = STALE_DIRECTORY,
                                                                           .early_free = true,
                                                                           .frame = pfn(directory),
                                                                           .still_mapped = true});
    return true;
}

static bool names_freed(const struct machine *machine, struct freed freed, uint32_t entry)
{
    return mmu_names_table(entry, machine->mmu.cr4) &&
           first_inside(freed, entry >> PAGE_SHIFT, 1) != UINT32_MAX;
}

static void report_table(struct machine *machine, uint32_t i, uint32_t entry)
{
    vaddr_t va = vaddr(i << LARGE_PAGE_SHIFT);
    struct mmu_walk now;

    mmu_peek(&machine->mmu, va, MMU_READ, &now);
    oracle_report(
        machine,
        (struct stale_use){
            .kind = STALE_TABLE, .early_free = true, .frame = paddr_to_pfn(paddr(entry)), .va = va},
        entry, 0, &now);
}

/* The CPU may walk through a table at any time while the directory names it. */
static bool report_tables(struct machine *machine, struct freed freed)
{
    const uint32_t *kept = machine->oracle->directory_entry;
    const uint32_t *directory =
        arena_pointer(&machine->arena, paddr(machine->mmu.cr3 & PTE_FRAME_MASK));

    for (uint32_t i = 0; i < PAGE_TABLE_ENTRIES; i++) {
        bool is_kept = names_freed(machine, freed, kept[i]);
        if (!is_kept && !names_freed(machine, freed, directory[i]))
            continue;
        report_table(machine, i, is_kept ? kept[i] : directory[i]);
        return true;
    }
    return false;
}

/* ---- pages ---- */

/* An entry of the TLB model or of the window. */
struct page_entry {
    vaddr_t va; /* start of the page */
    paddr_t pa;
    uint32_t page_bytes;
    bool user;
    bool in_window;
    bool global;
    uint32_t directory_entry;
    uint32_t table_entry;
};

static bool report_page(struct machine *machine, struct freed freed, const struct page_entry *entry)
{
    uint32_t start = entry->pa.value >> PAGE_SHIFT;
    uint32_t frame = first_inside(freed, start, entry->page_bytes >> PAGE_SHIFT);
    struct mmu_walk now;

    if (frame == UINT32_MAX ||
        mapped_frames_is_permanent(&machine->oracle->mapped, entry->va, entry->pa))
        return false;
    vaddr_t va = vaddr_add(entry->va, (frame - start) << PAGE_SHIFT);
    bool backed = mmu_peek(&machine->mmu, va, MMU_READ, &now) &&
                  paddr_to_pfn(now.pa).value == frame && now.page_bytes == entry->page_bytes;
    bool shows_memory = entry->page_bytes > PAGE_SIZE || entry->va.value == entry->pa.value;
    if (machine->oracle->maps_of_memory && backed && shows_memory)
        return false;
    oracle_report(
        machine,
        (struct stale_use){.kind = entry->page_bytes == PAGE_SIZE ? STALE_PAGE : STALE_LARGE_PAGE,
                           .early_free = true,
                           .frame = pfn(frame),
                           .va = va,
                           .access = entry->user ? MMU_USER : 0,
                           .through_window = entry->in_window,
                           .global = entry->global},
        entry->directory_entry, entry->table_entry, &now);
    return true;
}

static bool report_tlb(struct machine *machine, struct freed freed, const struct tlb_array *array)
{
    const struct tlb_way *way = (const struct tlb_way *)(const void *)array->ways;
    const struct tlb_way *end = way + tlb_array_count(array);
    uint32_t page_bytes = 1u << array->page_shift;

    for (; way < end; way++) {
        const struct tlb_entry *entry = &way->entry;
        uint32_t serves = entry->tag >> machine_tlb.watch_shift;
        vaddr_t va = vaddr(entry->tag & ~(page_bytes - 1u));
        struct page_entry page = {
            .va = va,
            .pa = tlb_entry_translate(entry, va),
            .page_bytes = page_bytes,
            .user = serves & ACCESS_BIT(MMU_USER),
            .global = entry->tag & TLB_GLOBAL,
            .directory_entry = entry->directory_entry,
            .table_entry = entry->table_entry,
        };
        if (entry->tag != 0 && report_page(machine, freed, &page))
            return true;
    }
    return false;
}

static bool report_window(struct machine *machine, struct freed freed)
{
    const struct window_entries *entries = &machine->window.entries;
    const struct window_entry *entry = window_entries_oldest(entries);

    for (; entry; entry = window_entries_next(entries, entry)) {
        struct page_entry page = {
            .va = entry->va,
            .pa = entry->pa,
            .page_bytes = entry->page_bytes,
            .in_window = true,
            .global = entry->global,
            .directory_entry = entry->directory_entry,
            .table_entry = entry->table_entry,
        };
        if (report_page(machine, freed, &page))
            return true;
    }
    return false;
}

/* ---- the whole check ---- */

void oracle_set_permanent_maps(struct machine *machine, const struct permanent_map *map,
                               uint32_t count)
{
    mapped_frames_start(&machine->oracle->mapped, map, count);
}

void oracle_frames_freed(struct machine *machine, pfn_t first, uint32_t frames)
{
    struct mapped_frames *mapped = &machine->oracle->mapped;
    struct freed freed = {first.value, first.value + frames};

    if (!(machine->mmu.cr0 & CR0_PG) || report_directory(machine, freed) ||
        !mapped_frames_any(mapped, first, frames))
        return;
    if (!report_tables(machine, freed) && !report_tlb(machine, freed, &machine_tlb.small) &&
        !report_tlb(machine, freed, &machine_tlb.large) && !report_window(machine, freed))
        mapped_frames_remove(mapped, first, frames);
}
