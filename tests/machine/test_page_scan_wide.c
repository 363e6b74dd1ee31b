/* Tests the scan of page tables with entries of 8 bytes: each rule alone, circles, and a naive
 * model that reads every entry. */
#include "replay/random.h"
#include "support/test.h"
#include "support/wide_tables.h"

#include "machine/page_walk.h"

#include <string.h>

#define RANGES_MAX 2048u

static struct page_tables tables;
static struct page_scan_result result;
static struct page_range ranges[RANGES_MAX];
static uint32_t range_count;

static int setup(void **state)
{
    (void)state;
    wide_clear();
    tables = wide_tables("long");
    return 0;
}

static void keep(void *context, const struct page_range *range)
{
    (void)context;
    if (range_count < RANGES_MAX)
        ranges[range_count] = *range;
    range_count++;
}

static void scan(enum page_merge merge, uint32_t expected)
{
    range_count = 0;
    page_scan(&tables, merge, keep, NULL, &result);
    assert_int_equal(range_count, expected);
}

/* Frame 1 is the root, 2 and on are the tables on the way to the last entries. Returns the last
   table. */
static uint64_t *chain(uint32_t index)
{
    for (uint32_t level = 0; level + 1u < tables.mode->level_count; level++)
        wide_memory[WIDE_ROOT + level][index] = wide_table(tables.mode, WIDE_ROOT + level + 1u);
    return wide_memory[WIDE_ROOT + tables.mode->level_count - 1u];
}

static const char *const modes[] = {"long", "la57", "sv39", "sv48", "sv57"};
#define MODES (sizeof modes / sizeof modes[0])

/* ---- addresses ---- */

TEST(the_upper_half_is_canonical)
{
    static const uint64_t last[MODES] = {0xfffffffff000, 0x1fffffffffff000, 0x7ffffff000,
                                         0xfffffffff000, 0x1fffffffffff000};

    for (size_t i = 0; i < MODES; i++) {
        wide_clear();
        tables = wide_tables(modes[i]);
        chain(511)[511] = wide_page(tables.mode, 0x123456000);
        scan(PAGE_MERGE_PAGES, 1);
        assert_int_equal(ranges[0].va, last[i]);
        assert_int_equal(ranges[0].pa, 0x123456000);
        assert_int_equal(paging_canonical(tables.mode, ranges[0].va), 0xfffffffffffff000);
    }
}

/* What is mapped up to the lower half's end goes on in the upper half for `info mem` only. */
TEST(a_range_of_pages_ends_between_the_halves)
{
    const uint64_t gigabyte = UINT64_C(1) << 30;

    wide_memory[WIDE_ROOT][255] = wide_table(tables.mode, 2);
    wide_memory[WIDE_ROOT][256] = wide_table(tables.mode, 3);
    wide_memory[2][511] = wide_page(tables.mode, 0) | 0x80;
    wide_memory[3][0] = wide_page(tables.mode, gigabyte) | 0x80;
    scan(PAGE_MERGE_PAGES, 2);
    assert_int_equal(ranges[1].va, UINT64_C(1) << 47);
    scan(PAGE_MERGE_INFO_MEM, 1);
    assert_int_equal(ranges[0].bytes, 2 * gigabyte);
}

TEST(rights_are_those_of_all_entries)
{
    uint64_t *last = chain(0);

    last[0] = 0x1007;
    last[1] = UINT64_C(0x8000000000002007);
    wide_memory[WIDE_ROOT][0] &= ~UINT64_C(2); /* not writable */
    wide_memory[2][0] &= ~UINT64_C(4);         /* not for users */
    scan(PAGE_MERGE_PAGES, 2);
    assert_int_equal(ranges[0].flags, 0);
    assert_int_equal(ranges[1].flags, PAGING_NO_EXECUTE);
    wide_memory[3][0] |= UINT64_C(1) << 63;
    scan(PAGE_MERGE_PAGES, 1);
    assert_int_equal(ranges[0].flags, PAGING_NO_EXECUTE);
}

TEST(reserved_bits_of_a_table_mark_all_behind_it)
{
    chain(0)[0] = 0x1003;
    wide_memory[WIDE_ROOT][0] |= 0x80;
    scan(PAGE_MERGE_PAGES, 1);
    assert_int_equal(ranges[0].flags, PAGING_WRITABLE | PAGING_RESERVED);
}

/* ---- the lines of RISC-V ---- */

/*  level 0   | a a+1 | a+2, dirty | a+3 dirty | ... | z |  next table  | z+1 |  */
TEST(lines_of_riscv_end_with_flags_frames_and_tables)
{
    tables = wide_tables("sv39");
    uint64_t *last = chain(0);

    for (uint32_t i = 0; i < 4; i++)
        last[i] = wide_page(tables.mode, 0x80000000 + WIDE_FRAME(i)) | (i >= 2 ? 0x80u : 0u);
    last[511] = wide_page(tables.mode, 0x90000000);
    wide_memory[2][1] = wide_table(tables.mode, 4);
    wide_memory[4][0] = wide_page(tables.mode, 0x90001000);
    scan(PAGE_MERGE_INFO_MEM, 4);
    assert_int_equal(ranges[0].bytes, 0x2000);
    assert_int_equal(ranges[1].bytes, 0x2000);
    assert_int_equal(ranges[2].bytes, 0x1000);
    scan(PAGE_MERGE_PAGES, 2);
    assert_int_equal(ranges[0].dirty_pages, 2);
    assert_int_equal(ranges[1].bytes, 0x2000);
}

/* ---- circles ---- */

/* Every entry of the root names the root: all addresses are mapped. */
TEST(a_table_that_names_itself_everywhere_takes_no_time)
{
    for (size_t i = 0; i < MODES; i++) {
        tables = wide_tables(modes[i]);
        for (uint32_t index = 0; index < WIDE_ENTRIES; index++)
            wide_memory[WIDE_ROOT][index] = wide_table(tables.mode, WIDE_ROOT);
        if (tables.mode->architecture == PAGING_RISCV) { /* it has no page at its last level */
            scan(PAGE_MERGE_PAGES, 0);
            continue;
        }
        scan(PAGE_MERGE_INFO_MEM, 1);
        assert_int_equal(ranges[0].bytes, UINT64_C(1) << tables.mode->va_bits);
        scan(PAGE_MERGE_PAGES, WIDE_ENTRIES);
        assert_int_equal(ranges[WIDE_ENTRIES - 1].flags & PAGING_SELF_MAP, PAGING_SELF_MAP);
        assert_int_equal(ranges[WIDE_ENTRIES - 1].self_index, WIDE_ENTRIES - 1);
        assert_false(result.stopped);
    }
}

/* The usual recursive map: what is behind the last entry is page tables, and nothing else. */
TEST(a_self_map_shows_the_tables)
{
    chain(0)[5] = wide_page(tables.mode, 0x5000);
    wide_memory[WIDE_ROOT][511] = wide_table(tables.mode, WIDE_ROOT);
    scan(PAGE_MERGE_PAGES, 5);
    /* The last table, the directory, the PDPT, the root. */
    static const uint64_t at[] = {0x5000, 0xff8000000000, 0xffffc0000000, 0xffffffe00000,
                                  0xfffffffff000};
    static const uint64_t frames[] = {0x5000, 0x4000, 0x3000, 0x2000, 0x1000};
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(ranges[i].va, at[i]);
        assert_int_equal(ranges[i].pa, frames[i]);
        assert_int_equal(ranges[i].bytes, 0x1000);
        assert_int_equal(ranges[i].flags & PAGING_SELF_MAP, i > 0 ? PAGING_SELF_MAP : 0u);
    }
}

/* As in the shadow of KASAN: one table at each level, named everywhere, and one page. */
TEST(one_page_everywhere_is_one_range)
{
    static const char *const both[] = {"long", "sv39"};

    for (size_t i = 0; i < 2; i++) {
        wide_clear();
        tables = wide_tables(both[i]);
        for (uint32_t index = 0; index < WIDE_ENTRIES; index++)
            chain(index)[index] = wide_page(tables.mode, 0x9000);
        scan(PAGE_MERGE_PAGES, 2); /* one in each half */
        assert_int_equal(ranges[0].bytes, UINT64_C(1) << (tables.mode->va_bits - 1u));
        assert_int_equal(ranges[0].pa, 0x9000);
        assert_int_equal(ranges[0].flags & PAGING_REPEATED, PAGING_REPEATED);
    }
}

/* Two tables that name each other at every other index map 256^4 ranges. */
TEST(a_scan_that_would_not_end_stops)
{
    for (uint32_t index = 0; index < WIDE_ENTRIES; index += 2) {
        wide_memory[WIDE_ROOT][index] = wide_table(tables.mode, 2);
        wide_memory[2][index] = wide_table(tables.mode, WIDE_ROOT);
    }
    range_count = 0;
    page_scan(&tables, PAGE_MERGE_INFO_MEM, keep, NULL, &result);
    assert_true(result.stopped);
    assert_true(result.stopped_va > 0 && result.stopped_va < UINT64_C(1) << 48);
    assert_true(range_count > RANGES_MAX && range_count <= SCAN_WORK_MAX + 1u);
}

TEST(tables_outside_are_named_by_level)
{
    chain(3);
    wide_memory[3][3] = WIDE_FRAME(0x12345678) | 7u; /* of the directory */
    wide_memory[WIDE_ROOT][256] = WIDE_BYTES | 7u;
    scan(PAGE_MERGE_PAGES, 0);
    assert_int_equal(result.outside_count, 2);
    assert_int_equal(result.outside[0].level, 2);
    assert_int_equal(result.outside[0].index, 3);
    assert_int_equal(result.outside[0].table, WIDE_FRAME(0x12345678));
    assert_int_equal(result.outside[0].va, UINT64_C(3) << 39 | 3u << 30 | 3u << 21);
    assert_int_equal(result.outside[1].level, 0);
    assert_int_equal(result.outside[1].va, UINT64_C(1) << 47);
}

/* ---- a model ---- */

struct model {
    uint32_t at;     /* in ranges */
    uint64_t offset; /* in that range */
};

/* The pages, by a walk of each entry: no merging, no memory. They must follow each other in the
   ranges. */
static void model_page(struct model *model, uint64_t va, uint64_t bytes)
{
    struct page_walk walk;
    const struct page_range *range = &ranges[model->at];

    page_walk(&tables, paging_canonical(tables.mode, va), &walk);
    assert_true(model->at < range_count);
    assert_int_equal(range->va + model->offset, va);
    assert_int_equal(range->page_bytes, bytes);
    assert_int_equal(walk.end == WALK_RESERVED, (range->flags & PAGING_RESERVED) != 0);
    if (walk.end == WALK_PAGE) {
        assert_int_equal(walk.page_bytes, bytes);
        assert_int_equal(walk.rights, range->flags & PAGING_RIGHTS);
        if (!(range->flags & (PAGING_SELF_MAP | PAGING_REPEATED)))
            assert_int_equal(walk.pa, range->pa + model->offset);
        if (range->flags & PAGING_REPEATED)
            assert_int_equal(walk.pa, range->pa);
    }
    model->offset += bytes;
    if (model->offset == range->bytes)
        *model = (struct model){model->at + 1u, 0};
}

static void model_table(struct model *model, uint32_t level, uint32_t frame, uint64_t va)
{
    for (uint32_t index = 0; index < paging_entry_count(tables.mode, level); index++) {
        uint64_t at = va + ((uint64_t)index << tables.mode->level[level].shift);
        const struct paging_entry entry =
            paging_decode(tables.mode, level, 0, at, wide_memory[frame][index]);
        if (entry.kind == PAGING_PAGE)
            model_page(model, at, UINT64_C(1) << tables.mode->level[level].shift);
        else if (entry.kind == PAGING_TABLE && entry.target < WIDE_BYTES)
            model_table(model, level + 1u, (uint32_t)(entry.target >> 12), at);
    }
}

/* A frame for each table of a level; most entries are absent, the last level has runs. */
static void random_tables(uint32_t *seed)
{
    uint32_t last = tables.mode->level_count - 1u;

    wide_clear();
    for (uint32_t level = 0; level <= last; level++) {
        for (uint32_t n = 0; n < 2; n++) {
            uint64_t *table = wide_memory[WIDE_ROOT + 2u * level + n];
            for (uint32_t i = 0; i < WIDE_ENTRIES; i++) {
                uint64_t random = random32(seed);
                uint64_t page = wide_page(tables.mode, WIDE_FRAME(random % 7u + (i & ~7u)));
                if (level < last && random % 128u == 0)
                    table[i] =
                        wide_table(tables.mode, WIDE_ROOT + 2u * (level + 1u) + (random >> 8 & 1u));
                else if (level == last || random % 256u == 1)
                    table[i] = page | (level < last ? 0x80u : 0u) | (random & 0x100) << 55;
                if (random % 5u == 0)
                    table[i] &= ~UINT64_C(1);
            }
        }
    }
}

TEST(the_scan_agrees_with_a_walk_of_every_page)
{
    static const char *const scanned[] = {"long", "sv39", "sv48", "pae"};
    uint32_t seed = 0x64;
    uint32_t compared = 0;

    for (uint32_t round = 0; round < 8; round++) {
        struct model model = {0, 0};
        tables = wide_tables(scanned[round % 4u]);
        random_tables(&seed);
        range_count = 0;
        page_scan(&tables, PAGE_MERGE_PAGES, keep, NULL, &result);
        if (range_count > RANGES_MAX) /* the rest of the model has no ranges to compare with */
            continue;
        model_table(&model, 0, WIDE_ROOT, 0);
        assert_int_equal(model.at, range_count);
        compared++;
    }
    assert_true(compared >= 4);
}

TEST_FIXTURES(setup, NULL)
