#include <mm/machine.h>
#include <mm/pgtable.h>
#include <mm/strategy.h>
#include <mm/vmalloc.h>

#include "entries.h"
#include "misuse.h"
#include "owners.h"

static bool page_used(const struct vmalloc_space *space, uint32_t page)
{
    return (space->used[page / 32u] >> page % 32u & 1u) != 0;
}

static void pages_mark(struct vmalloc_space *space, uint32_t from, uint32_t to, bool used)
{
    for (uint32_t page = from; page < to; page++) {
        if (used)
            space->used[page / 32u] |= 1u << page % 32u;
        else
            space->used[page / 32u] &= ~(1u << page % 32u);
    }
}

/* Returns the first page in [from, to) that is used, or free if `used` is false; `to` if there is
   none. */
static uint32_t next_page(const struct vmalloc_space *space, uint32_t from, uint32_t to, bool used)
{
    for (uint32_t page = from; page < to;) {
        uint32_t word = used ? space->used[page / 32u] : ~space->used[page / 32u];
        word &= UINT32_MAX << page % 32u;
        if (word != 0) {
            page = (page & ~31u) + (uint32_t)__builtin_ctz(word);
            return page < to ? page : to;
        }
        page = (page & ~31u) + 32u;
    }
    return to;
}

/* Returns the start of the first run of `pages` free pages in [from, to), or HEAP_AREA_PAGES. */
static uint32_t find_run(const struct vmalloc_space *space, uint32_t from, uint32_t to,
                         uint32_t pages)
{
    while (from < to) {
        uint32_t start = next_page(space, from, to, false);
        uint32_t end = next_page(space, start, to, true);
        if (end - start >= pages)
            return start;
        from = end;
    }
    return HEAP_AREA_PAGES;
}

void vmalloc_init(struct vmalloc_space *space)
{
    *space = (struct vmalloc_space){.next = 0, .next_inverse = UINT32_MAX};
}

/* Unmaps the pages [start, end) and frees their frames in reverse order, which restores the order
   of a page stack. */
static void release_pages(struct mm *mm, uint32_t start, uint32_t end)
{
    pfn_t frames[UNMAP_PAGES_MAX];

    while (end > start) {
        uint32_t first = end - start > UNMAP_PAGES_MAX ? end - UNMAP_PAGES_MAX : start;
        uint32_t count = entries_heap_area_unmap(mm, first, end, frames);
        for (uint32_t i = 0; i < count; i++)
            mm_pages_give(mm, frames[i], 0);
        end = first;
    }
}

vaddr_t vmalloc_alloc(struct mm *mm, struct vmalloc_space *space, uint32_t bytes)
{
    const struct mm_counters before = mm->counters;
    uint32_t pages = bytes_to_pages(bytes);
    uint32_t start = HEAP_AREA_PAGES;

    if (pages < HEAP_AREA_PAGES) {
        start = find_run(space, space->next, HEAP_AREA_PAGES, pages + 1u);
        if (start == HEAP_AREA_PAGES)
            start = find_run(space, 0, HEAP_AREA_PAGES, pages + 1u);
    }
    if (start == HEAP_AREA_PAGES) {
        mm_fail(mm, MM_NO_ADDRESS_SPACE, PFN_NONE);
        return VADDR_NONE;
    }
    if (!mm_frames_ready(mm, 0, pages))
        return VADDR_NONE;
    for (uint32_t page = start; page < start + pages; page++) {
        pfn_t frame = mm_pages_take(mm, 0, PAGES_USER, OWNER_VMALLOC);
        if (pfn_is_none(frame)) {
            release_pages(mm, start, page);
            mm_restore_peaks(mm, &before);
            return VADDR_NONE;
        }
        entries_heap_area_map(mm, page, frame);
        mm_page_mapped(mm, frame, heap_area_entry_place(mm->heap_area_tables, page));
    }
    pages_mark(space, start, start + pages + 1u, true);
    space->next = start + pages + 1u;
    space->next_inverse = ~space->next;
    return vaddr(HEAP_AREA_BASE + (start << PAGE_SHIFT));
}

/* Tells if an area starts at a page: it follows a guard page or the start of the heap area. */
static bool area_starts_at(const struct mm *mm, const struct vmalloc_space *space, uint32_t page)
{
    if (!page_used(space, page) || (heap_area_entry(mm->heap_area_tables, page) & PTE_PRESENT) == 0)
        return false;
    return page == 0 || (heap_area_entry(mm->heap_area_tables, page - 1u) & PTE_PRESENT) == 0;
}

static uint32_t area_end(const struct mm *mm, uint32_t page)
{
    while ((heap_area_entry(mm->heap_area_tables, page) & PTE_PRESENT) != 0)
        page++;
    return page;
}

void vmalloc_free(struct mm *mm, struct vmalloc_space *space, vaddr_t block)
{
    uint32_t page = heap_area_page(block);

    if (block.value % PAGE_SIZE != 0 || block.value - HEAP_AREA_BASE >= HEAP_AREA_SIZE ||
        !area_starts_at(mm, space, page))
        misuse_area(mm, block, "not the start of an area");
    uint32_t end = area_end(mm, page);
    release_pages(mm, page, end);
    pages_mark(space, page, end + 1u, false);
}

const char *vmalloc_check(const struct mm *mm, const struct vmalloc_space *space)
{
    struct owner_counts counts;
    uint32_t frames = 0;
    bool inside = false;

    if (space->next != ~space->next_inverse || space->next > HEAP_AREA_PAGES)
        return "vmalloc: the start of the search has changed by itself";
    for (uint32_t page = 0; page < HEAP_AREA_PAGES; page++) {
        uint32_t entry = heap_area_entry(mm->heap_area_tables, page);
        bool mapped = (entry & PTE_PRESENT) != 0;
        if (mapped && !page_used(space, page))
            return "vmalloc: a page is mapped outside of every area";
        if (mapped && !owner_is(mm, paddr_to_pfn(paddr(entry)), OWNER_VMALLOC))
            return "vmalloc: a page of an area has a frame that is not vmalloc()'s";
        if (!mapped && page_used(space, page) != inside)
            return inside ? "vmalloc: an area has no guard"
                          : "vmalloc: an area has a hole, or no page";
        inside = mapped;
        frames += mapped;
    }
    if (inside)
        return "vmalloc: the last area has no guard";
    owners_count(mm, &counts);
    return frames == counts.frames[OWNER_VMALLOC]
               ? NULL
               : "vmalloc: a frame is vmalloc()'s, and not mapped";
}
