#include "support/model_process.h"

#include <mm/pgtable.h>
#include <mm/tempmap.h>

struct memmap model_map_zones(uint32_t high)
{
    return (struct memmap){high != 0 ? 3 : 2,
                           {{pfn(0xf00), pfn(0xf80)},
                            {pfn(0x1000), pfn(0x1400)},
                            {pfn(LOW_END_PFN), pfn(LOW_END_PFN + high)}}};
}

struct process *model_process(struct mm *mm, const struct process_image *image)
{
    struct process *process = process_create(mm, image);

    assert_non_null(process);
    assert_sound(mm);
    return process;
}

bool user_read(uint32_t va, uint32_t *value)
{
    return machine_load32(vaddr(va), true, value);
}

bool user_write(uint32_t va, uint32_t value)
{
    return machine_store32(vaddr(va), true, value);
}

uint32_t user_word(uint32_t va)
{
    uint32_t value = 0;

    if (!user_read(va, &value))
        fail_msg("%08x can't be read", va);
    return value;
}

void assert_bad_access(const struct mm *mm, uint32_t va, uint32_t error_code,
                       enum mm_access_fault why)
{
    assert_int_equal(mm->failure.cause, MM_BAD_ACCESS);
    assert_true(pfn_is_none(mm->failure.blocker));
    assert_int_equal(mm->failure.access.va.value, va);
    assert_int_equal(mm->failure.access.error_code, error_code);
    assert_int_equal(mm->failure.access.why, why);
}

void assert_names_region(const struct mm *mm, uint32_t start, uint32_t end, enum region_kind kind)
{
    assert_int_equal(mm->failure.access.region_start, start);
    assert_int_equal(mm->failure.access.region_end, end);
    if (start != end)
        assert_int_equal(mm->failure.access.region_kind, kind);
}

uint32_t user_entry_value(const struct process *process, uint32_t va)
{
    uint32_t entry = pgtable_entries(process->directory)[directory_index(vaddr(va))];

    if ((entry & PTE_PRESENT) == 0)
        return 0;
    return pgtable_entries(paddr_to_pfn(paddr(entry)))[table_index(vaddr(va))];
}

pfn_t user_frame(const struct process *process, uint32_t va)
{
    uint32_t entry = user_entry_value(process, va);

    return (entry & PTE_PRESENT) != 0 ? paddr_to_pfn(paddr(entry)) : PFN_NONE;
}

/* ---- frames ---- */

static void dirty(struct mm *mm, pfn_t frame)
{
    vaddr_t page = tempmap_claim(mm, frame);

    for (uint32_t at = 0; at < PAGE_SIZE; at += 4)
        window_write(page.value + at, 0xdeadbeef);
    tempmap_release(mm, page);
}

void model_dirty_free_frames(struct mm *mm)
{
    static struct model_hoard hoard;

    hoard_all(&hoard, mm);
    for (uint32_t i = 0; i < hoard.count; i++)
        dirty(mm, hoard.frame[i]);
    hoard_give_all(&hoard, mm);
}

/* One of PAGES_USER, else one that such requests leave to others. */
static pfn_t take_any(struct mm *mm)
{
    static const enum page_class classes[] = {PAGES_USER, PAGES_LOW, PAGES_DMA};
    pfn_t frame = PFN_NONE;

    for (uint32_t i = 0; i < 3 && pfn_is_none(frame); i++)
        frame = pages_alloc(mm, 0, classes[i]);
    return frame;
}

void hoard_all(struct model_hoard *hoard, struct mm *mm)
{
    for (hoard->count = 0;; hoard->count++) {
        assert_true(hoard->count < sizeof hoard->frame / sizeof hoard->frame[0]);
        hoard->frame[hoard->count] = take_any(mm);
        if (pfn_is_none(hoard->frame[hoard->count]))
            return;
    }
}

/* As many as requests of PAGES_USER leave in DMA. */
#define MODEL_RESERVE_BYTES (4u * PAGE_SIZE)

void hoard_free(struct model_hoard *hoard, struct mm *mm)
{
    for (; mm_free_bytes(mm) != 0; hoard->count++) {
        bool reserve = mm_free_bytes(mm) <= MODEL_RESERVE_BYTES;
        hoard->frame[hoard->count] = pages_alloc(mm, 0, reserve ? PAGES_DMA : PAGES_USER);
        assert_false(pfn_is_none(hoard->frame[hoard->count]));
    }
}

void hoard_give(struct model_hoard *hoard, struct mm *mm, enum zone zone, uint32_t frames)
{
    for (uint32_t i = hoard->count; i-- > 0 && frames > 0;) {
        if (zone_of(hoard->frame[i]) != zone)
            continue;
        pages_free(mm, hoard->frame[i], 0);
        for (uint32_t k = i + 1; k < hoard->count; k++)
            hoard->frame[k - 1] = hoard->frame[k];
        hoard->count--;
        frames--;
    }
}

void hoard_give_all(struct model_hoard *hoard, struct mm *mm)
{
    while (hoard->count > 0)
        pages_free(mm, hoard->frame[--hoard->count], 0);
}

/* ---- all that processes show ---- */

static uint64_t fold(uint64_t hash, uint32_t word)
{
    return (hash ^ word) * 0x100000001b3u;
}

static uint64_t fold_regions(uint64_t hash, const struct region_tree *tree)
{
    const struct region *region;

    for (uint32_t at = 0; (region = region_find(tree, at)) != NULL; at = region->end) {
        hash = fold(fold(hash, region->start), region->end);
        hash = fold(hash, region->kind * 2u + region->writable);
    }
    return fold(fold(fold(hash, tree->count), tree->unused_count), tree->pages.value);
}

static uint64_t fold_pages(uint64_t hash, const struct process *process)
{
    const uint32_t *directory = pgtable_entries(process->directory);

    for (uint32_t i = 0; i < USER_DIRECTORY_ENTRIES; i++) {
        if (directory[i] == 0)
            continue;
        const uint32_t *table = pgtable_entries(paddr_to_pfn(paddr(directory[i])));
        hash = fold(hash, directory[i] & ~(PTE_ACCESSED | PTE_DIRTY));
        for (uint32_t k = 0; k < PAGE_TABLE_ENTRIES; k++)
            if (table[k] != 0)
                hash = fold(fold(hash, k), table[k] & ~(PTE_ACCESSED | PTE_DIRTY));
    }
    return hash;
}

static uint64_t fold_process(uint64_t hash, const struct process *process)
{
    hash = fold(fold(hash, process->control.value), process->directory.value);
    hash = fold(fold(hash, process->heap_start.value), process->heap_end.value);
    hash = fold(fold(hash, process->frames), process->tables);
    return fold_pages(fold_regions(hash, &process->regions), process);
}

uint64_t model_processes_hash(const struct mm *mm)
{
    uint64_t hash = fold(0, mm->processes.value);
    vaddr_t at = mm->processes;

    hash = fold(fold(hash, tempmap_claimed(mm)), machine_read_cr3().value);
    hash = fold(hash, mm->current != NULL ? mm->current->control.value : 0);
    if (vaddr_is_none(at))
        return hash;
    do {
        const struct process *process = machine_pointer(at);
        hash = fold_process(fold(hash, at.value), process);
        at = process->next;
    } while (at.value != mm->processes.value);
    return hash;
}
