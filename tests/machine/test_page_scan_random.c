/* Compares the scan of page tables, and the lines of `info mem`, with a walk of every page. */
#include "replay/random.h"
#include "support/model_effort.h"
#include "support/on_machine.h"
#include "support/tables.h"
#include "support/test.h"

#include "report/inspect_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DUMPS 40u
#define PAGES FRAMES_MAX

static struct page_tables tables;
static struct page_scan_result result;

/* How often each case came up in all dumps. */
static struct {
    uint32_t flags;
    uint32_t page_bytes;
    uint32_t outside;
} met;

struct page {
    bool mapped;
    struct page_range range;
};

static struct page *pages;
static struct arena arena;

/* Walks a page on a copy of memory. The accesses that succeed give the rights. */
static void model_page(struct page *page, uint32_t number)
{
    struct mmu mmu = {.memory = arena.memory,
                      .cr0 = CR0_PG | CR0_WP,
                      .cr3 = (uint32_t)tables.root,
                      .cr4 = tables.cr4};
    vaddr_t va = vaddr(number << PAGE_SHIFT);
    struct mmu_walk walk;

    *page = (struct page){.mapped = mmu_walk(&mmu, va, MMU_SUPERVISOR | MMU_READ, &walk)};
    if (!page->mapped && !(walk.error_code & FAULT_RESERVED))
        return;
    bool large = !page->mapped || walk.page_bytes == LARGE_PAGE_SIZE;
    uint32_t last = large ? walk.directory_entry : walk.table_entry;
    struct mmu_walk other;

    page->range = (struct page_range){
        .va = va.value, .bytes = PAGE_SIZE, .page_bytes = large ? LARGE_PAGE_SIZE : PAGE_SIZE};
    page->range.flags = last & (PTE_GLOBAL | PTE_CACHE_DISABLE | PTE_WRITE_THROUGH);
    page->range.flags |= last & (large ? 0x1000u : 0x80u) ? PAGING_PAT : 0u;
    if (page->mapped) {
        page->range.pa = walk.pa.value;
        if (mmu_walk(&mmu, va, MMU_SUPERVISOR | MMU_WRITE, &other))
            page->range.flags |= PTE_WRITABLE;
        if (mmu_walk(&mmu, va, MMU_USER | MMU_READ, &other))
            page->range.flags |= PTE_USER;
        if (!large && walk.directory_entry >> PAGE_SHIFT == tables.root >> PAGE_SHIFT)
            page->range.flags |= PAGING_SELF_MAP;
    } else {
        page->range.pa = (last & PDE_LARGE_MASK) | (va.value & ~PDE_LARGE_MASK);
        page->range.flags |= (last & PAGING_GIVEN) | PAGING_RESERVED;
    }
    page->mapped = true;
}

static void model_pages(void)
{
    const char *reason;

    assert_true(arena_create(&arena, &reason));
    memcpy(arena.memory, tables_memory, (size_t)(tables_bytes & ~UINT64_C(3)));
    for (uint32_t number = 0; number < PAGES; number++)
        model_page(&pages[number], number);
    arena_destroy(&arena);
}

static int prot(const struct page *page)
{
    return page->mapped ? (int)(page->range.flags & PAGING_GIVEN) : -1;
}

/* Prints as QEMU does: page by page, with a line when the rights change. */
static void model_print(FILE *out)
{
    uint32_t start = 0;

    for (uint32_t number = 1; number <= PAGES; number++) {
        int last = prot(&pages[start]);
        if (number < PAGES && prot(&pages[number]) == last)
            continue;
        uint64_t from = (uint64_t)start << PAGE_SHIFT;
        uint64_t to = (uint64_t)number << PAGE_SHIFT;
        if (last >= 0)
            fprintf(out, "%016" PRIx64 "-%016" PRIx64 " %016" PRIx64 " %cr%c\n", from, to,
                    to - from, last & 4 ? 'u' : '-', last & 2 ? 'w' : '-');
        start = number;
    }
}

/* The state of a visit by the scan. */
struct visited {
    struct page_range last;
    uint64_t bytes;
};

static bool could_go_on(const struct page_range *a, const struct page_range *b)
{
    bool self_map = b->flags & PAGING_SELF_MAP;

    return a->bytes != 0 && a->va + a->bytes == b->va && a->flags == b->flags &&
           a->page_bytes == b->page_bytes &&
           (self_map ? b->va % LARGE_PAGE_SIZE != 0 : a->pa + a->bytes == b->pa);
}

static void check_range(void *context, const struct page_range *range)
{
    struct visited *visited = context;

    assert_false(could_go_on(&visited->last, range));
    for (uint64_t at = 0; at < range->bytes; at += PAGE_SIZE) {
        const struct page *page = &pages[(range->va + at) >> PAGE_SHIFT];
        if (!page->mapped || page->range.flags != range->flags ||
            page->range.page_bytes != range->page_bytes ||
            ((at == 0 || !(range->flags & PAGING_SELF_MAP)) && page->range.pa != range->pa + at))
            fail_msg("%08" PRIx64 " differs from a walk of that page", range->va + at);
    }
    visited->bytes += range->bytes;
    met.flags |= range->flags;
    met.page_bytes |= (uint32_t)range->page_bytes;
    visited->last = *range;
}

static uint64_t mapped_bytes(void)
{
    uint64_t bytes = 0;

    for (uint32_t number = 0; number < PAGES; number++)
        bytes += pages[number].mapped ? PAGE_SIZE : 0u;
    return bytes;
}

static void compare_text(uint32_t dump)
{
    char *text[2];
    size_t bytes[2];
    FILE *expected = open_memstream(&text[0], &bytes[0]);
    FILE *got = open_memstream(&text[1], &bytes[1]);

    assert_true(expected != NULL && got != NULL);
    model_print(expected);
    inspect_print_ranges(&tables, &result, got);
    fclose(expected);
    fclose(got);
    if (strcmp(text[0], text[1]) != 0)
        fail_msg("dump %u: the lines differ from those of a walk of every page", dump);
    free(text[0]);
    free(text[1]);
}

/* Some dumps are damaged: their memory ends anywhere in the last frames. */
static void make_dump(uint32_t dump, uint32_t *seed)
{
    tables_random(seed);
    tables_bytes = TABLES_BYTES - random32(seed) % (4u * PAGE_SIZE);
    tables = tables_of((random32(seed) % (TABLES_FRAMES - 4u)) << PAGE_SHIFT,
                       dump % 3 != 0 ? CR4_PSE : 0);
    model_pages();
}

TEST(the_scan_agrees_with_a_walk_of_every_page)
{
    uint32_t seed = 0x386;

    pages = calloc(PAGES, sizeof *pages);
    assert_non_null(pages);
    for (uint32_t dump = 0; dump < effort_operations(DUMPS); dump++) {
        struct visited visited = {.bytes = 0};
        make_dump(dump, &seed);
        compare_text(dump);
        page_scan(&tables, PAGE_MERGE_PAGES, check_range, &visited, &result);
        assert_int_equal(visited.bytes, mapped_bytes());
        met.outside += (uint32_t)result.outside_count;
    }
    free(pages);
    assert_int_equal(met.flags, PAGING_GIVEN | PTE_GLOBAL | PTE_CACHE_DISABLE | PTE_WRITE_THROUGH |
                                    PAGING_PAT | PAGING_RESERVED | PAGING_SELF_MAP);
    assert_int_equal(met.page_bytes, PAGE_SIZE | LARGE_PAGE_SIZE);
    assert_true(met.outside > 0);
}
