#include "machine/oracle.h"

#include "machine/machine.h"

#include <stdlib.h>
#include <string.h>

/* The bits of an entry that decide the place of a page and the right to use it: all except A, D, G,
   the caching bits and the bits available to software. */
#define MEANING (PTE_PRESENT | PTE_WRITABLE | PTE_USER | PTE_LARGE | PTE_FRAME_MASK)
#define PLACE   (PTE_PRESENT | PTE_LARGE | PTE_FRAME_MASK)

/* ---- the log of changes ---- */

void change_log_add(struct change_log *log, const struct table_change *change)
{
    log->change[log->count++ % CHANGE_LOG_LENGTH] = *change;
}

const struct table_change *change_log_find(const struct change_log *log, paddr_t at,
                                           uint32_t old_entry, uint32_t mask)
{
    uint64_t first = log->count > CHANGE_LOG_LENGTH ? log->count - CHANGE_LOG_LENGTH : 0;

    for (uint64_t number = log->count; number-- > first;) {
        const struct table_change *change = &log->change[number % CHANGE_LOG_LENGTH];
        if (change->at.value == at.value && ((change->old_entry ^ old_entry) & mask) == 0)
            return change;
    }
    return NULL;
}

/* ---- begin and end ---- */

struct oracle *oracle_create(stale_use_handler *handler, void *context)
{
    struct oracle *oracle = calloc(1, sizeof *oracle);

    if (!oracle)
        return NULL;
    oracle->handler = handler ? handler : stale_use_panic;
    oracle->context = context;
    return oracle;
}

void oracle_destroy(struct oracle *oracle)
{
    free(oracle);
}

/* ---- the present tables ---- */

/* Returns whether the tables back an access. page: the start of the page that the CPU remembers. */
static bool backed(const struct machine *machine, vaddr_t va, uint32_t access, paddr_t page,
                   uint32_t page_bytes, struct mmu_walk *now)
{
    return mmu_peek(&machine->mmu, va, access, now) && now->page_bytes == page_bytes &&
           (now->pa.value & ~(page_bytes - 1u)) == page.value;
}

/* Returns the R/W and U/S bits that an access needs in each entry. */
static uint32_t rights_needed(const struct mmu *mmu, uint32_t access)
{
    bool needs_writable = (access & MMU_WRITE) && ((access & MMU_USER) || (mmu->cr0 & CR0_WP));

    return (needs_writable ? PTE_WRITABLE : 0) | (access & MMU_USER ? PTE_USER : 0);
}

/* Returns whether the old entry allowed an access that the new one forbids, or led to another
   place. */
static bool entry_was_better(const struct mmu *mmu, uint32_t old_entry, uint32_t new_entry,
                             uint32_t access)
{
    return ((old_entry ^ new_entry) & PLACE) != 0 ||
           (old_entry & ~new_entry & rights_needed(mmu, access)) != 0;
}

/* ---- reports ---- */

void oracle_report(struct machine *machine, struct stale_use use, uint32_t directory_entry,
                   uint32_t table_entry, const struct mmu_walk *now)
{
    struct oracle *oracle = machine->oracle;
    paddr_t at = mmu_directory_entry_at(machine->mmu.cr3, use.va);

    use.in_directory = use.kind != STALE_PAGE || entry_was_better(&machine->mmu, directory_entry,
                                                                  now->directory_entry, use.access);
    use.old_entry = use.in_directory ? directory_entry : table_entry;
    use.new_entry = use.in_directory ? now->directory_entry : now->table_entry;
    if (!use.in_directory)
        at = mmu_table_entry_at(directory_entry, use.va);
    use.still_mapped =
        use.early_free && !entry_was_better(&machine->mmu, use.old_entry, use.new_entry, 0);
    use.change = change_log_find(&oracle->log, at, use.old_entry, MEANING);
    use.cr3_loaded = !use.change && use.in_directory && use.global && oracle->cr3_loaded;
    oracle->handler(oracle->context, &use);
}

void oracle_tlb_hit(struct machine *machine, vaddr_t va, uint32_t access,
                    const struct tlb_entry *entry)
{
    bool large = entry->tag & TLB_LARGE;
    uint32_t page_bytes = large ? LARGE_PAGE_SIZE : PAGE_SIZE;
    paddr_t page = paddr(tlb_entry_translate(entry, va).value & ~(page_bytes - 1u));
    struct mmu_walk now;

    if (backed(machine, va, access, page, page_bytes, &now))
        return;
    oracle_report(machine,
                  (struct stale_use){.kind = large ? STALE_LARGE_PAGE : STALE_PAGE,
                                     .va = va,
                                     .access = access,
                                     .global = entry->tag & TLB_GLOBAL},
                  entry->directory_entry, entry->table_entry, &now);
}

/* ---- the paging-structure cache ---- */

static void keep_directory_entry(struct oracle *oracle, uint32_t index, uint32_t entry)
{
    oracle->directory_entry[index] = entry | PTE_ACCESSED;
    mapped_frames_add_table(&oracle->mapped, paddr_to_pfn(paddr(entry)));
}

void oracle_walk(struct machine *machine, vaddr_t va, uint32_t access, bool through_window)
{
    uint32_t *kept = &machine->oracle->directory_entry[directory_index(va)];
    uint32_t old_entry = *kept;
    struct mmu_walk now;

    if (!(machine->mmu.cr0 & CR0_PG) || mmu_in_segments(&machine->mmu, va))
        return;
    mmu_peek(&machine->mmu, va, access, &now);
    *kept = 0;
    if (mmu_names_table(now.directory_entry, machine->mmu.cr4))
        keep_directory_entry(machine->oracle, directory_index(va), now.directory_entry);
    if (old_entry != 0 && entry_was_better(&machine->mmu, old_entry, now.directory_entry, access))
        oracle_report(
            machine,
            (struct stale_use){
                .kind = STALE_TABLE, .va = va, .access = access, .through_window = through_window},
            old_entry, 0, &now);
}

void oracle_invalidated(struct oracle *oracle)
{
    memset(oracle->directory_entry, 0, sizeof oracle->directory_entry);
}

void oracle_page_fault(struct oracle *oracle, vaddr_t va)
{
    oracle->directory_entry[directory_index(va)] = 0;
}

/* ---- the window ---- */

/* Returns the accesses of a ring that an entry of the window allows and the tables do not back. */
static uint32_t ring_unbacked(const struct machine *machine, const struct window_entry *entry,
                              uint32_t ring)
{
    uint32_t reads = entry->allows & ACCESS_BIT(ring | MMU_READ);
    uint32_t writes = entry->allows & ACCESS_BIT(ring | MMU_WRITE);
    struct mmu_walk now;

    if (!backed(machine, entry->va, ring | MMU_READ, entry->pa, entry->page_bytes, &now))
        return reads | writes;
    if (!backed(machine, entry->va, ring | MMU_WRITE, entry->pa, entry->page_bytes, &now))
        return writes;
    return 0;
}

static uint32_t accesses_unbacked(const struct machine *machine, const struct window_entry *entry)
{
    uint32_t unbacked = ring_unbacked(machine, entry, MMU_SUPERVISOR);

    if (entry->allows & ACCESS_BIT(MMU_USER | MMU_READ))
        unbacked |= ring_unbacked(machine, entry, MMU_USER);
    return unbacked;
}

/* Withhold the accesses of an entry that the tables do not back. Returns false when the window was
   emptied because the host had no mapping left. */
static bool sweep(struct machine *machine, struct window_entry *entry)
{
    uint32_t withheld = accesses_unbacked(machine, entry) & ~entry->reported;

    if ((withheld & ~entry->withheld) == 0)
        return true;
    return window_withhold(&machine->window, entry, entry->withheld | withheld);
}

static void sweep_all(struct machine *machine)
{
    struct window_entries *entries = &machine->window.entries;
    struct window_entry *entry = window_entries_oldest(entries);

    while (entry && sweep(machine, entry))
        entry = window_entries_next(entries, entry);
}

static void sweep_address(struct machine *machine, uint32_t directory, uint32_t table)
{
    vaddr_t va = vaddr(directory << LARGE_PAGE_SHIFT | table << PAGE_SHIFT);
    struct window_entry *entry = window_entries_find(&machine->window.entries, va);

    if (entry)
        sweep(machine, entry);
}

/* While a directory entry names a table, the CPU may walk through it at any time, also for
   speculative accesses (Intel SDM vol. 3A, 4.10.3.2). So the entry may be cached until it is
   changed, whatever was invalidated before. */
void oracle_entry_written(struct machine *machine, const struct table_change *change)
{
    uint32_t index = (change->at.value & PAGE_OFFSET_MASK) / (uint32_t)sizeof(uint32_t);

    if (!(change->old_entry & PTE_PRESENT) ||
        ((change->old_entry ^ change->new_entry) & MEANING) == 0)
        return;
    change_log_add(&machine->oracle->log, change);
    /* The entry may belong to any table, to the directory, or to both when the directory maps
       itself. */
    for (uint32_t i = 0; i < PAGE_TABLE_ENTRIES; i++)
        sweep_address(machine, i, index);
    if (((change->at.value ^ machine->mmu.cr3) & PTE_FRAME_MASK) != 0)
        return;
    for (uint32_t page = 0; page < PAGE_TABLE_ENTRIES; page++)
        sweep_address(machine, index, page);
    if (mmu_names_table(change->old_entry, machine->mmu.cr4))
        keep_directory_entry(machine->oracle, index, change->old_entry);
}

void oracle_cr3_loaded(struct machine *machine, uint32_t before)
{
    machine->oracle->cr3_loaded |= before != machine->mmu.cr3;
    sweep_all(machine);
}

/* Returns an access and those that the host allows whenever it allows that one: it shows no page
   for writing only. So the report of a stale write stands for the reads, too. */
static uint32_t accesses_with(uint32_t access)
{
    return ACCESS_BIT(access) | ACCESS_BIT(access & ~MMU_WRITE);
}

bool oracle_window_trap(struct machine *machine, vaddr_t va, uint32_t access)
{
    sweep_all(machine);
    struct window_entry *entry = window_entries_find(&machine->window.entries, va);
    struct mmu_walk now;

    if (!entry || !(entry->withheld & ACCESS_BIT(access)))
        return false;
    const struct window_entry used = *entry;
    bool stale = !backed(machine, va, access, used.pa, used.page_bytes, &now);
    if (stale)
        entry->reported |= accesses_with(access);
    /* This comes before the report, because a handler may not return. */
    window_withhold(&machine->window, entry, used.withheld & ~accesses_with(access));
    if (stale)
        oracle_report(
            machine,
            (struct stale_use){.kind = used.page_bytes == PAGE_SIZE ? STALE_PAGE : STALE_LARGE_PAGE,
                               .va = va,
                               .access = access,
                               .through_window = true,
                               .global = used.global},
            used.directory_entry, used.table_entry, &now);
    return true;
}
