#include "fuzz/laws.h"

#include <string.h>

#include "machine/dump.h"
#include "machine/mmu.h"
#include "machine/page_scan.h"
#include "machine/page_walk.h"
#include "support/scratch.h"

/* What stands before the dump in an input. */
struct registers {
    uint32_t cr3;
    uint32_t cr4; /* bits 31-29 choose the mode */
    uint32_t va;
};

#define MODE_SHIFT 29u
#define MODES      7u

struct scan {
    struct page_tables tables;
    uint64_t va;
    uint64_t end; /* of the range before */
    bool mapped;  /* the address is in a range */
};

/* The address at either end of a range leads to a page as the range has it. */
static void law_range_end(const struct scan *scan, const struct page_range *range, uint64_t va)
{
    struct page_walk walk;

    page_walk(&scan->tables, paging_canonical(scan->tables.mode, va), &walk);
    if (range->flags & PAGING_RESERVED) {
        assert_int_equal(walk.end, WALK_RESERVED);
        return;
    }
    assert_int_equal(walk.end, WALK_PAGE);
    assert_int_equal(walk.rights, range->flags & PAGING_RIGHTS);
    assert_int_equal(walk.page_bytes, range->page_bytes);
    if (!(range->flags & (PAGING_SELF_MAP | PAGING_REPEATED)))
        assert_int_equal(walk.pa, range->pa + (va - range->va));
    if (range->flags & PAGING_REPEATED)
        assert_int_equal(walk.pa, range->pa + (va - range->va) % range->page_bytes);
}

static void law_range(void *context, const struct page_range *range)
{
    struct scan *scan = context;
    uint64_t end = range->va + range->bytes;

    assert_true(range->bytes > 0 && range->bytes % range->page_bytes == 0);
    assert_true(range->va >= scan->end && end <= UINT64_C(1) << scan->tables.mode->va_bits);
    law_range_end(scan, range, range->va);
    law_range_end(scan, range, end - 1u);
    scan->mapped = scan->mapped || (range->va <= scan->va && scan->va < end);
    scan->end = end;
}

/* What one address leads to, and what all of them lead to, agree. */
static void law_scan(struct scan *scan)
{
    static struct page_scan_result result;
    struct page_walk walk;

    page_scan(&scan->tables, PAGE_MERGE_PAGES, law_range, scan, &result);
    if (result.stopped)
        return;
    page_walk(&scan->tables, paging_canonical(scan->tables.mode, scan->va), &walk);
    bool leads_to_page =
        walk.end == WALK_PAGE ||
        (walk.end == WALK_RESERVED && walk.steps[walk.step_count - 1u].entry.kind == PAGING_PAGE);
    assert_int_equal(scan->mapped, leads_to_page);
}

void fuzz_dump(const char *name, const uint8_t *data, size_t bytes)
{
    struct sim_error error = {.text = ""};
    struct registers registers;
    struct dump dump;

    (void)name;
    if (bytes < sizeof registers)
        return;
    memcpy(&registers, data, sizeof registers);
    const char *path = scratch_bytes("dump", data + sizeof registers, bytes - sizeof registers);
    if (!dump_open(&dump, path, DUMP_ANY, error.text, sizeof error.text)) {
        law_error(&error, path);
        return;
    }
    const struct paging_mode *mode = &paging_modes[(registers.cr4 >> MODE_SHIFT) % MODES];
    struct scan scan = {.tables = {dump_memory(&dump), mode,
                                   paging_root_of_cr3(mode, registers.cr3), registers.cr4},
                        .va = paging_plain(mode, (uint64_t)registers.va << (mode->va_bits - 32u))};
    law_scan(&scan);
    dump_close(&dump);
}
