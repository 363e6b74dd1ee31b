#include "user_pages.h"

#include <mm/pgtable.h>
#include <mm/strategy.h>

#include "entries.h"
#include "owners.h"

/* A directory entry allows everything; the table's entries restrict the rights. */
#define USER_TABLE (PTE_PRESENT | PTE_WRITABLE | PTE_USER)

/* For more pages than this, one load of CR3 costs less than an invlpg for each page. The value is
   Linux's tlb_single_page_flush_ceiling (arch/x86/mm/tlb.c). */
#define FLUSH_PAGES_MAX 33u

static uint32_t *directory_of(const struct process *process)
{
    return pgtable_entries(process->directory);
}

static uint32_t *table_of(uint32_t directory_entry)
{
    return pgtable_entries(paddr_to_pfn(paddr(directory_entry)));
}

uint32_t *user_entry(const struct process *process, uint32_t va)
{
    uint32_t entry = directory_of(process)[directory_index(vaddr(va))];

    return (entry & PTE_PRESENT) != 0 ? &table_of(entry)[table_index(vaddr(va))] : NULL;
}

/* Returns the physical address of a page's entry in its table, which must exist. */
static paddr_t entry_place(const struct process *process, uint32_t va)
{
    uint32_t table = directory_of(process)[directory_index(vaddr(va))] & PTE_FRAME_MASK;

    return paddr(table + table_index(vaddr(va)) * (uint32_t)sizeof(uint32_t));
}

/* Returns the physical address of a directory entry. */
static paddr_t directory_place(const struct process *process, uint32_t index)
{
    return paddr(pfn_to_paddr(process->directory).value + index * (uint32_t)sizeof(uint32_t));
}

/* ---- mapping ---- */

/* Takes a frame, and a frame for a table if one is wanted; both or neither. */
static bool frames_take(struct mm *mm, bool table_wanted, pfn_t *frame, pfn_t *table)
{
    const struct mm_counters before = mm->counters;

    if (!mm_frames_ready(mm, table_wanted, 1))
        return false;
    *table = table_wanted ? mm_pages_take(mm, 0, PAGES_LOW, OWNER_PAGE_TABLE) : PFN_NONE;
    if (table_wanted && pfn_is_none(*table))
        return false;
    *frame = mm_pages_take(mm, 0, PAGES_USER, OWNER_USER);
    if (!pfn_is_none(*frame))
        return true;
    if (table_wanted)
        mm_pages_give(mm, *table, 0);
    mm_restore_peaks(mm, &before);
    return false;
}

bool user_page_add(struct mm *mm, struct process *process, uint32_t va, bool writable)
{
    uint32_t *entry = user_entry(process, va);
    pfn_t frame;
    pfn_t table;

    if (!frames_take(mm, entry == NULL, &frame, &table))
        return false;
    if (entry == NULL) {
        machine_zero_frame(table);
        uint32_t index = directory_index(vaddr(va));
        entry_changes(mm, directory_place(process, index), directory_of(process)[index],
                      pfn_to_paddr(table).value | USER_TABLE);
        machine_write_entry(&directory_of(process)[index], pfn_to_paddr(table).value | USER_TABLE);
        process->tables++;
        entry = user_entry(process, va);
    }
    machine_zero_frame(frame);
    uint32_t value =
        pfn_to_paddr(frame).value | PTE_PRESENT | PTE_USER | (writable ? PTE_WRITABLE : 0);
    entry_changes(mm, entry_place(process, va), *entry, value);
    machine_write_entry(entry, value);
    mm_page_mapped(mm, frame, entry_place(process, va));
    process->frames++;
    mm->user_faults++;
    mm->user_fault_frame = frame;
    return true;
}

/*
 * ---- unmapping ----
 *
 * A frame may be freed only when no TLB has an entry for it. So there are three steps: clear the
 * present bits but keep the frames in the entries; flush the TLB; free the frames that the entries
 * name.
 */

struct unmapping {
    struct mm *mm;
    struct process *process;
    uint32_t start;
    uint32_t end;
    bool one_by_one; /* flush each page by invlpg */
};

/* The part of a range that one page table maps. */
struct table_range {
    uint32_t table_start;
    uint32_t start;
    uint32_t end;
};

static struct table_range table_range_at(const struct unmapping *unmapping, uint32_t va)
{
    uint32_t table_start = va & PDE_LARGE_MASK;
    uint32_t table_end = table_start + LARGE_PAGE_SIZE;

    return (struct table_range){table_start, va,
                                unmapping->end < table_end ? unmapping->end : table_end};
}

static uint32_t *directory_entry(const struct process *process, struct table_range range)
{
    return &directory_of(process)[directory_index(vaddr(range.table_start))];
}

static void entry_hide(const struct unmapping *unmapping, uint32_t *entry, paddr_t place,
                       uint32_t va)
{
    entry_changes(unmapping->mm, place, *entry, 0); /* no checker runs before the entry is 0 */
    machine_write_entry(entry, *entry & ~PTE_PRESENT);
    if (unmapping->one_by_one)
        machine_invlpg(vaddr(va));
}

/* Hides the pages of a table, and then the table itself if no region has a page in it. Any invlpg
   also flushes the CPU's cached directory entries. */
static void table_range_hide(const struct unmapping *unmapping, struct table_range range)
{
    uint32_t *entry = user_entry(unmapping->process, range.start);

    if (entry == NULL)
        return;
    for (uint32_t va = range.start; va < range.end; va += PAGE_SIZE, entry++)
        if ((*entry & PTE_PRESENT) != 0)
            entry_hide(unmapping, entry, entry_place(unmapping->process, va), va);
    if (!region_overlaps(&unmapping->process->regions, range.table_start,
                         range.table_start + LARGE_PAGE_SIZE))
        entry_hide(unmapping, directory_entry(unmapping->process, range),
                   directory_place(unmapping->process, directory_index(vaddr(range.table_start))),
                   range.table_start);
}

static void table_range_release(const struct unmapping *unmapping, struct table_range range)
{
    struct process *process = unmapping->process;
    uint32_t *table = directory_entry(process, range);

    if (*table == 0)
        return;
    for (uint32_t va = range.start; va < range.end; va += PAGE_SIZE) {
        uint32_t *entry = &table_of(*table)[table_index(vaddr(va))];
        if (*entry == 0)
            continue;
        mm_pages_give(unmapping->mm, paddr_to_pfn(paddr(*entry)), 0);
        machine_write_entry(entry, 0);
        process->frames--;
    }
    if ((*table & PTE_PRESENT) != 0)
        return;
    mm_pages_give(unmapping->mm, paddr_to_pfn(paddr(*table)), 0);
    machine_write_entry(table, 0);
    process->tables--;
}

static void for_each_table_range(const struct unmapping *unmapping,
                                 void (*step)(const struct unmapping *unmapping,
                                              struct table_range range))
{
    for (uint32_t va = unmapping->start; va < unmapping->end;) {
        struct table_range range = table_range_at(unmapping, va);
        step(unmapping, range);
        va = range.end;
    }
}

void user_pages_drop(struct mm *mm, struct process *process, uint32_t start, uint32_t end)
{
    bool current = mm->current == process;
    bool at_once = (end - start) >> PAGE_SHIFT > FLUSH_PAGES_MAX;
    const struct unmapping unmapping = {mm, process, start, end, current && !at_once};

    for_each_table_range(&unmapping, table_range_hide);
    if (current && at_once)
        machine_load_cr3(pfn_to_paddr(process->directory));
    for_each_table_range(&unmapping, table_range_release);
}

void user_pages_for_each_frame(const struct process *process,
                               void (*visit)(void *context, pfn_t frame), void *context)
{
    for (uint32_t i = 0; i < USER_DIRECTORY_ENTRIES; i++) {
        uint32_t table = directory_of(process)[i];
        if ((table & PTE_USER) == 0) /* absent, or an entry by which a machine maps a segment */
            continue;
        visit(context, paddr_to_pfn(paddr(table)));
        for (uint32_t k = 0; k < PAGE_TABLE_ENTRIES; k++) {
            uint32_t entry = table_of(table)[k];
            if ((entry & PTE_PRESENT) != 0)
                visit(context, paddr_to_pfn(paddr(entry)));
        }
    }
}

/* ---- the checker ---- */

static const char *check_entry(const struct mm *mm, const struct process *process, uint32_t va,
                               uint32_t entry)
{
    const struct region *region = region_find(&process->regions, va);
    uint32_t rights = entry & (PTE_WRITABLE | PTE_USER);

    if (region == NULL || region->start > va)
        return "process: a page is mapped outside of every region";
    if (rights != (PTE_USER | (region->writable ? PTE_WRITABLE : 0)))
        return "process: a page's rights are not those of its region";
    if (!owner_is(mm, paddr_to_pfn(paddr(entry)), OWNER_USER))
        return "process: a page has a frame that belongs to no process";
    return NULL;
}

static const char *check_table(const struct mm *mm, const struct process *process,
                               uint32_t table_start, uint32_t *frames)
{
    const uint32_t *entry = user_entry(process, table_start);
    const char *broken = NULL;

    if (!owner_is(mm,
                  paddr_to_pfn(paddr(directory_of(process)[directory_index(vaddr(table_start))])),
                  OWNER_PAGE_TABLE))
        return "process: a page table has a frame of another owner";
    if (!region_overlaps(&process->regions, table_start, table_start + LARGE_PAGE_SIZE))
        return "process: a page table serves no region";
    for (uint32_t i = 0; i < PAGE_TABLE_ENTRIES && broken == NULL; i++) {
        if (MM_HARDENING >= HARDEN_FULL && (entry[i] & PTE_PRESENT) == 0 && entry[i] != 0)
            return "process: the entry of a page that is not mapped is not 0";
        if ((entry[i] & PTE_PRESENT) == 0)
            continue;
        broken = check_entry(mm, process, table_start + (i << PAGE_SHIFT), entry[i]);
        (*frames)++;
    }
    return broken;
}

static const char *check_kernel_part(const struct mm *mm, const struct process *process)
{
    const uint32_t *directory = directory_of(process);
    const uint32_t *kernel = pgtable_entries(paddr_to_pfn(mm->directory));
    uint32_t used = PTE_ACCESSED | PTE_DIRTY;

    for (uint32_t i = directory_index(vaddr(mm->user_end)); i < RECURSIVE_ENTRY; i++)
        if ((directory[i] & ~used) != (kernel[i] & ~used))
            return "process: its directory differs from the kernel's in the kernel's part";
    if ((directory[RECURSIVE_ENTRY] & ~used) !=
        (pfn_to_paddr(process->directory).value | PTE_PRESENT | PTE_WRITABLE))
        return "process: its directory does not map itself";
    return NULL;
}

const char *user_pages_check(const struct mm *mm, const struct process *process)
{
    const char *broken = check_kernel_part(mm, process);
    uint32_t frames = 0;
    uint32_t tables = 0;

    for (uint32_t i = 0; i < directory_index(vaddr(mm->user_end)) && broken == NULL; i++) {
        uint32_t start = i << LARGE_PAGE_SHIFT;
        if (MM_HARDENING >= HARDEN_FULL && (directory_of(process)[i] & PTE_PRESENT) == 0 &&
            directory_of(process)[i] != 0)
            return "process: the entry of an absent page table is not 0";
        if (user_entry(process, start) == NULL)
            continue;
        broken = check_table(mm, process, start, &frames);
        tables++;
    }
    if (broken != NULL)
        return broken;
    if (frames != process->frames)
        return "process: frames disagrees with its page tables";
    return tables == process->tables ? NULL : "process: tables disagrees with its directory";
}
