/* Tests the scan of two-level page tables, each rule alone. test_page_scan_random.c tests all of
 * them together. */
#include "support/on_machine.h"
#include "support/tables.h"
#include "support/test.h"

#define DIRECTORY  1u /* frame numbers */
#define TABLE      2u
#define RANGES_MAX 8u
#define RW         (PTE_PRESENT | PTE_WRITABLE)
#define RO         PTE_PRESENT
#define URW        (RW | PTE_USER)

static struct page_tables tables;
static struct page_scan_result result;
static struct page_range ranges[RANGES_MAX];
static uint32_t range_count;

static int tables_setup(void **state)
{
    (void)state;
    tables_clear();
    tables = tables_of(DIRECTORY << PAGE_SHIFT, CR4_PSE);
    return 0;
}

static uint32_t *directory_entry(uint32_t index)
{
    return &tables_memory[DIRECTORY][index];
}

static void keep(void *context, const struct page_range *range)
{
    (void)context;
    assert_true(range_count < RANGES_MAX);
    ranges[range_count++] = *range;
}

static void scan(enum page_merge merge, uint32_t expected)
{
    range_count = 0;
    page_scan(&tables, merge, keep, NULL, &result);
    assert_int_equal(range_count, expected);
}

static void assert_range(uint32_t i, uint32_t va, uint64_t bytes, uint32_t pa, uint32_t page_bytes,
                         uint32_t flags)
{
    assert_int_equal(ranges[i].va, va);
    assert_int_equal(ranges[i].bytes, bytes);
    assert_int_equal(ranges[i].pa, pa);
    assert_int_equal(ranges[i].page_bytes, page_bytes);
    assert_int_equal(ranges[i].flags, flags);
}

/* ---- one rule each ---- */

TEST(an_empty_directory_has_no_range)
{
    *directory_entry(5) = ~PTE_PRESENT;
    scan(PAGE_MERGE_PAGES, 0);
    scan(PAGE_MERGE_INFO_MEM, 0);
}

/*
 *  table   | a a+1 a+2 |   | b | b' |      b': another frame; b'': another right
 *  ranges  |-----------|   |---|----|...   merged by rights, b and b' are one range
 */
TEST(a_range_continues_if_both_addresses_do)
{
    uint32_t *table = tables_memory[TABLE];

    *directory_entry(768) = TABLE << PAGE_SHIFT | URW;
    for (uint32_t i = 0; i < 3; i++)
        table[i] = 0x00700000u + (i << PAGE_SHIFT) + RW;
    table[4] = 0x00800000u | RW;
    table[5] = 0x00900000u | RW;
    table[6] = 0x00901000u | URW;
    scan(PAGE_MERGE_PAGES, 4);
    assert_range(0, 0xc0000000, 0x3000, 0x00700000, PAGE_SIZE, PTE_WRITABLE);
    assert_range(1, 0xc0004000, 0x1000, 0x00800000, PAGE_SIZE, PTE_WRITABLE);
    assert_range(2, 0xc0005000, 0x1000, 0x00900000, PAGE_SIZE, PTE_WRITABLE);
    assert_range(3, 0xc0006000, 0x1000, 0x00901000, PAGE_SIZE, PAGING_GIVEN);
    scan(PAGE_MERGE_INFO_MEM, 3);
    assert_int_equal(ranges[1].bytes, 0x2000);
}

TEST(rights_are_those_of_both_entries)
{
    *directory_entry(0) = TABLE << PAGE_SHIFT | RW;
    tables_memory[TABLE][0] = URW;
    *directory_entry(1) = TABLE << PAGE_SHIFT | RO | PTE_USER;
    scan(PAGE_MERGE_PAGES, 2);
    assert_int_equal(ranges[0].flags, PTE_WRITABLE);
    assert_int_equal(ranges[1].flags, PTE_USER);
}

TEST(page_sizes_split_ranges_of_pages_but_not_of_rights)
{
    *directory_entry(1) = 0x00400000u | RW | PTE_LARGE;
    *directory_entry(2) = TABLE << PAGE_SHIFT | RW;
    tables_memory[TABLE][0] = 0x00800000u | RW;
    scan(PAGE_MERGE_PAGES, 2);
    assert_range(0, 0x00400000, 0x400000, 0x00400000, LARGE_PAGE_SIZE, PTE_WRITABLE);
    assert_range(1, 0x00800000, 0x1000, 0x00800000, PAGE_SIZE, PTE_WRITABLE);
    scan(PAGE_MERGE_INFO_MEM, 1);
    assert_int_equal(ranges[0].bytes, 0x401000);
}

TEST(without_pse_a_large_entry_names_a_table)
{
    tables.cr4 = CR4_PGE;
    *directory_entry(1) = TABLE << PAGE_SHIFT | RW | PTE_LARGE;
    tables_memory[TABLE][3] = 0x00005000u | RW;
    scan(PAGE_MERGE_PAGES, 1);
    assert_range(0, 0x00403000, 0x1000, 0x5000, PAGE_SIZE, PTE_WRITABLE);
}

TEST(flags_of_the_last_entry_split_ranges_of_pages)
{
    static const struct {
        uint32_t table, large, flag;
    } table[] = {
        {PTE_WRITE_THROUGH, PTE_WRITE_THROUGH, PTE_WRITE_THROUGH},
        {PTE_CACHE_DISABLE, PTE_CACHE_DISABLE, PTE_CACHE_DISABLE},
        {PTE_GLOBAL, PTE_GLOBAL, PTE_GLOBAL},
        {PTE_LARGE, PAGING_PAT, PAGING_PAT},
    };

    *directory_entry(0) = TABLE << PAGE_SHIFT | RW | PTE_GLOBAL | PTE_CACHE_DISABLE;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        tables_memory[TABLE][1022] = 0x003fe000u | RW;
        tables_memory[TABLE][1023] = 0x003ff000u | RW | table[i].table;
        *directory_entry(1) = 0x00400000u | RW | PTE_LARGE;
        *directory_entry(2) = 0x00800000u | RW | PTE_LARGE | table[i].large;
        scan(PAGE_MERGE_PAGES, 4);
        assert_int_equal(ranges[0].flags, PTE_WRITABLE);
        assert_int_equal(ranges[1].flags, PTE_WRITABLE | table[i].flag);
        assert_int_equal(ranges[2].flags, PTE_WRITABLE);
        assert_int_equal(ranges[3].flags, PTE_WRITABLE | table[i].flag);
        scan(PAGE_MERGE_INFO_MEM, 1);
    }
}

TEST(accessed_and_dirty_are_counted)
{
    *directory_entry(0) = TABLE << PAGE_SHIFT | RW;
    tables_memory[TABLE][0] = 0x1000u | RW | PTE_ACCESSED;
    tables_memory[TABLE][1] = 0x2000u | RW | PTE_ACCESSED | PTE_DIRTY;
    tables_memory[TABLE][2] = 0x3000u | RW;
    scan(PAGE_MERGE_PAGES, 1);
    assert_int_equal(ranges[0].accessed_pages, 2);
    assert_int_equal(ranges[0].dirty_pages, 1);
}

TEST(reserved_bits_are_marked)
{
    *directory_entry(1) = 0x00400000u | RW | PTE_LARGE;
    *directory_entry(2) = 0x00800000u | RW | PTE_LARGE | 1u << 13;
    *directory_entry(3) = 0x00c00000u | RW | PTE_LARGE | 1u << 21;
    scan(PAGE_MERGE_PAGES, 2);
    assert_range(1, 0x00800000, 0x800000, 0x00800000, LARGE_PAGE_SIZE,
                 PTE_WRITABLE | PAGING_RESERVED);
    scan(PAGE_MERGE_INFO_MEM, 1);
}

/*
 * directory  | ... | 5: table | 6: large | ... | 1022: self | 1023: self |
 * The pages of 1022 and of 1023 are those of 5, 6, 1022, 1023, each 4 KiB, in ranges of their own.
 */
TEST(a_self_map_is_marked_and_ends_with_its_entry)
{
    const uint32_t flags = PTE_WRITABLE | PAGING_SELF_MAP;

    *directory_entry(5) = TABLE << PAGE_SHIFT | RW;
    *directory_entry(6) = TABLE << PAGE_SHIFT | RW;
    *directory_entry(1022) = DIRECTORY << PAGE_SHIFT | RW;
    *directory_entry(1023) = DIRECTORY << PAGE_SHIFT | RW;
    scan(PAGE_MERGE_PAGES, 4);
    assert_range(0, 0xff805000, 0x2000, TABLE << PAGE_SHIFT, PAGE_SIZE, flags);
    assert_range(1, 0xffbfe000, 0x2000, DIRECTORY << PAGE_SHIFT, PAGE_SIZE, flags);
    assert_range(2, 0xffc05000, 0x2000, TABLE << PAGE_SHIFT, PAGE_SIZE, flags);
    assert_range(3, 0xffffe000, 0x2000, DIRECTORY << PAGE_SHIFT, PAGE_SIZE, flags);

    *directory_entry(5) = 0;
    *directory_entry(6) = 0;
    *directory_entry(0) = TABLE << PAGE_SHIFT | RW;
    scan(PAGE_MERGE_PAGES, 4); /* ffbfe000 and the range that follows at ffc00000 */
    assert_range(1, 0xffbfe000, 0x2000, DIRECTORY << PAGE_SHIFT, PAGE_SIZE, flags);
    assert_range(2, 0xffc00000, 0x1000, TABLE << PAGE_SHIFT, PAGE_SIZE, flags);
}

TEST(a_range_ends_at_4_gib)
{
    for (uint32_t i = 0; i < PAGE_TABLE_ENTRIES; i++)
        *directory_entry(i) = i << LARGE_PAGE_SHIFT | URW | PTE_LARGE;
    scan(PAGE_MERGE_PAGES, 1);
    assert_range(0, 0, UINT64_C(1) << 32, 0, LARGE_PAGE_SIZE, PAGING_GIVEN);

    /* Physical memory does not continue at 0. */
    for (uint32_t i = 0; i < PAGE_TABLE_ENTRIES; i++)
        *directory_entry(i) = (i + 1) << LARGE_PAGE_SHIFT | URW | PTE_LARGE;
    scan(PAGE_MERGE_PAGES, 2);
    assert_range(1, 0xffc00000, 0x400000, 0, LARGE_PAGE_SIZE, PAGING_GIVEN);

    tables_clear();
    *directory_entry(1023) = TABLE << PAGE_SHIFT | RW;
    tables_memory[TABLE][1023] = 0xfffff000u | RW;
    scan(PAGE_MERGE_PAGES, 1);
    assert_range(0, 0xfffff000, 0x1000, 0xfffff000, PAGE_SIZE, PTE_WRITABLE);
}

TEST(low_bits_of_cr3_are_ignored)
{
    tables = tables_of(DIRECTORY << PAGE_SHIFT | PAGE_OFFSET_MASK, CR4_PSE);
    *directory_entry(1023) = DIRECTORY << PAGE_SHIFT | RW;
    scan(PAGE_MERGE_PAGES, 1);
    assert_int_equal(ranges[0].flags, PTE_WRITABLE | PAGING_SELF_MAP);
}

/* ---- tables outside of memory ---- */

TEST(tables_outside_map_nothing_and_are_listed)
{
    *directory_entry(3) = TABLES_BYTES | RW;
    *directory_entry(4) = TABLE << PAGE_SHIFT | RW;
    *directory_entry(5) = 0xfffff000u | RW;
    *directory_entry(6) = 0xfffff000u; /* not present */
    *directory_entry(7) = 0xffc00000u | RW | PTE_LARGE;
    tables_memory[TABLE][0] = RW;
    scan(PAGE_MERGE_PAGES, 2);
    assert_false(result.root_outside);
    assert_int_equal(result.outside_count, 2);
    assert_int_equal(result.outside[0].index, 3);
    assert_int_equal(result.outside[0].table, TABLES_BYTES);
    assert_int_equal(result.outside[1].index, 5);
    assert_int_equal(result.outside[1].table, 0xfffff000u);
}

TEST(the_part_of_a_table_inside_memory_is_used)
{
    *directory_entry(0) = TABLE << PAGE_SHIFT | RW;
    for (uint32_t i = 0; i < PAGE_TABLE_ENTRIES; i++)
        tables_memory[TABLE][i] = i << PAGE_SHIFT | RW;
    tables_bytes = (TABLE << PAGE_SHIFT) + 43; /* ten entries and three bytes */
    scan(PAGE_MERGE_PAGES, 1);
    assert_int_equal(ranges[0].bytes, 10 * PAGE_SIZE);
    assert_int_equal(result.outside_count, 1);

    tables_bytes = (TABLE + 1) << PAGE_SHIFT;
    scan(PAGE_MERGE_PAGES, 1);
    assert_int_equal(result.outside_count, 0);
}

TEST(the_part_of_a_directory_inside_memory_is_used)
{
    for (uint32_t i = 0; i < PAGE_TABLE_ENTRIES; i++)
        *directory_entry(i) = i << LARGE_PAGE_SHIFT | RW | PTE_LARGE;
    tables_bytes = (DIRECTORY << PAGE_SHIFT) + 8;
    scan(PAGE_MERGE_PAGES, 1);
    assert_int_equal(ranges[0].bytes, 2 * LARGE_PAGE_SIZE);
    assert_true(result.root_outside);
    assert_int_equal(result.outside_count, 0);
}

TEST_FIXTURES(tables_setup, NULL)
