#include "machine/mmu_scan.h"

#include <string.h>

#define KEPT_FLAGS (PTE_WRITE_THROUGH | PTE_CACHE_DISABLE | PTE_GLOBAL)

_Static_assert(((MMU_RIGHTS | KEPT_FLAGS) & (MMU_PAT | MMU_RESERVED | MMU_SELF_MAP)) == 0,
               "the flags of a range and those of an entry are different bits");

struct scan {
    const struct mmu_tables *tables;
    enum mmu_merge merge;
    mmu_visit *visit;
    void *context;
    struct mmu_range range; /* the range that may still grow; 0 bytes: none */
};

bool mmu_entry_read(const struct mmu_tables *tables, paddr_t address, uint32_t *entry)
{
    if (address.value + (uint64_t)sizeof *entry > tables->memory_bytes)
        return false;
    memcpy(entry, (const unsigned char *)tables->memory + address.value, sizeof *entry);
    return true;
}

static void scan_flush(struct scan *scan)
{
    if (scan->range.bytes != 0)
        scan->visit(scan->context, &scan->range);
    scan->range.bytes = 0;
}

static bool goes_on_physically(const struct mmu_range *range, const struct mmu_range *page)
{
    if (page->flags & MMU_SELF_MAP)
        return page->va.value % LARGE_PAGE_SIZE != 0;
    return range->pa.value + range->bytes == page->pa.value;
}

static bool goes_on(const struct scan *scan, const struct mmu_range *page)
{
    const struct mmu_range *range = &scan->range;

    if (range->bytes == 0 || range->va.value + range->bytes != page->va.value)
        return false;
    if (scan->merge == MMU_MERGE_RIGHTS)
        return ((range->flags ^ page->flags) & MMU_RIGHTS) == 0;
    return range->page_bytes == page->page_bytes && range->flags == page->flags &&
           goes_on_physically(range, page);
}

static void scan_page(struct scan *scan, const struct mmu_range *page)
{
    struct mmu_range *range = &scan->range;

    if (!goes_on(scan, page)) {
        scan_flush(scan);
        *range = *page;
        return;
    }
    range->bytes += page->bytes;
    range->accessed_pages += page->accessed_pages;
    range->dirty_pages += page->dirty_pages;
}

/* Returns the page of an entry; flags: those that the entry alone does not tell. */
static struct mmu_range page_of(uint32_t va, uint32_t entry, uint32_t page_bytes, uint32_t flags)
{
    return (struct mmu_range){
        .va = vaddr(va),
        .bytes = page_bytes,
        .pa = paddr(entry & ~(page_bytes - 1u)),
        .page_bytes = page_bytes,
        .flags = (entry & KEPT_FLAGS) | flags,
        .accessed_pages = (entry & PTE_ACCESSED) != 0,
        .dirty_pages = (entry & PTE_DIRTY) != 0,
    };
}

static void scan_large_page(struct scan *scan, uint32_t va, uint32_t entry)
{
    uint32_t flags = entry & (MMU_RIGHTS | MMU_PAT);

    if (entry & PDE_LARGE_RESERVED)
        flags |= MMU_RESERVED;
    const struct mmu_range page = page_of(va, entry, LARGE_PAGE_SIZE, flags);
    scan_page(scan, &page);
}

static void scan_table(struct scan *scan, uint32_t base, uint32_t directory_entry)
{
    const struct mmu_tables *tables = scan->tables;
    bool self_map = ((directory_entry ^ tables->cr3) & PTE_FRAME_MASK) == 0;
    uint32_t entry;

    for (uint32_t i = 0; i < PAGE_TABLE_ENTRIES; i++) {
        uint32_t va = base + (i << PAGE_SHIFT);
        if (!mmu_entry_read(tables, mmu_table_entry_at(directory_entry, vaddr(va)), &entry))
            return;
        if (!(entry & PTE_PRESENT))
            continue;
        uint32_t flags = (directory_entry & entry & MMU_RIGHTS) | (self_map ? MMU_SELF_MAP : 0u) |
                         (entry & PTE_PAT ? MMU_PAT : 0u);
        const struct mmu_range page = page_of(va, entry, PAGE_SIZE, flags);
        scan_page(scan, &page);
    }
}

void mmu_scan(const struct mmu_tables *tables, enum mmu_merge merge, mmu_visit *visit,
              void *context)
{
    struct scan scan = {tables, merge, visit, context, .range = {.bytes = 0}};
    uint32_t entry;

    for (uint32_t index = 0; index < PAGE_TABLE_ENTRIES; index++) {
        uint32_t va = index << LARGE_PAGE_SHIFT;
        if (!mmu_entry_read(tables, mmu_directory_entry_at(tables->cr3, vaddr(va)), &entry))
            break;
        if (mmu_names_table(entry, tables->cr4))
            scan_table(&scan, va, entry);
        else if (entry & PTE_PRESENT)
            scan_large_page(&scan, va, entry);
    }
    scan_flush(&scan);
}

/* Returns whether a part of the frame is outside of memory. */
static bool is_outside(const struct mmu_tables *tables, uint32_t frame)
{
    return (uint64_t)frame + PAGE_SIZE > tables->memory_bytes;
}

void mmu_outside(const struct mmu_tables *tables, struct mmu_outside *outside)
{
    uint32_t entry;

    outside->count = 0;
    outside->directory = is_outside(tables, tables->cr3 & PTE_FRAME_MASK);
    for (uint32_t index = 0; index < PAGE_TABLE_ENTRIES; index++) {
        vaddr_t va = vaddr(index << LARGE_PAGE_SHIFT);
        if (!mmu_entry_read(tables, mmu_directory_entry_at(tables->cr3, va), &entry))
            return;
        if (mmu_names_table(entry, tables->cr4) && is_outside(tables, entry & PTE_FRAME_MASK))
            outside->tables[outside->count++] =
                (struct mmu_outside_table){index, paddr(entry & PTE_FRAME_MASK)};
    }
}
