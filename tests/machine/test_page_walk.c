/* Tests walks through two-level page tables, and what each access does. */
#include "support/on_machine.h"
#include "support/tables.h"
#include "support/test.h"

#include "machine/page_walk.h"

#include <string.h>

#define DIRECTORY 1u /* frame numbers */
#define TABLE     2u
#define CR3       (DIRECTORY << PAGE_SHIFT)
#define RW        (PTE_PRESENT | PTE_WRITABLE)
#define ACCESSES  4u /* without those of fetches */
#define URW       (RW | PTE_USER)

static struct page_walk walk;

static int clear(void **state)
{
    (void)state;
    tables_clear();
    return 0;
}

static void walk_to(uint32_t va, enum walk_end end, uint32_t steps)
{
    const struct page_tables tables = tables_of(CR3, CR4_PSE);

    page_walk(&tables, va, &walk);
    assert_int_equal(walk.va, va);
    assert_int_equal(walk.end, end);
    assert_int_equal(walk.step_count, steps);
}

static void assert_step(uint32_t step, uint32_t index, uint32_t at, uint32_t entry)
{
    assert_int_equal(walk.steps[step].index, index);
    assert_int_equal(walk.steps[step].at, at);
    assert_int_equal(walk.steps[step].raw, entry);
}

/* Fails the test unless these are the fault codes, in the order of walk.access; -1 is no fault. */
static void assert_accesses(const int codes[ACCESSES])
{
    assert_int_equal(walk.access_count, ACCESSES);
    for (uint32_t i = 0; i < ACCESSES; i++) {
        assert_int_equal(walk.access[i].faults, codes[i] >= 0);
        if (codes[i] >= 0)
            assert_int_equal(walk.access[i].error_code, codes[i]);
    }
}

TEST(a_walk_through_a_table)
{
    tables_memory[DIRECTORY][768] = TABLE << PAGE_SHIFT | URW;
    tables_memory[TABLE][5] = 3u << PAGE_SHIFT | RW;
    tables_memory[3][0x678 / 4] = 0x44332211;
    walk_to(0xc0005678, WALK_PAGE, 2);
    assert_step(0, 768, CR3 + 768 * 4, TABLE << PAGE_SHIFT | URW);
    assert_step(1, 5, (TABLE << PAGE_SHIFT) + 20, 3u << PAGE_SHIFT | RW);
    assert_int_equal(walk.pa, 0x3678);
    assert_int_equal(walk.page_bytes, PAGE_SIZE);
    assert_int_equal(walk.rights, PTE_WRITABLE);
    assert_int_equal(walk.byte_count, 4);
    assert_memory_equal(walk.bytes, "\x11\x22\x33\x44", 4);
    assert_accesses((const int[]){-1, -1, 5, 7});

    /* Flags of a walk must not show in the next one. */
    walk_to(0xc0005678, WALK_PAGE, 2);
    assert_step(0, 768, CR3 + 768 * 4, TABLE << PAGE_SHIFT | URW);
    assert_step(1, 5, (TABLE << PAGE_SHIFT) + 20, 3u << PAGE_SHIFT | RW);
}

TEST(a_walk_to_a_large_page)
{
    tables_memory[DIRECTORY][1] = PTE_PRESENT | PTE_USER | PTE_LARGE;
    tables_memory[DIRECTORY][2] = 0x80000000u | URW | PTE_LARGE;
    walk_to(0x00401004, WALK_PAGE, 1);
    assert_int_equal(walk.pa, 0x1004);
    assert_int_equal(walk.page_bytes, LARGE_PAGE_SIZE);
    assert_int_equal(walk.rights, PTE_USER);
    assert_memory_equal(walk.bytes, &tables_memory[DIRECTORY][1], 4);
    assert_accesses((const int[]){-1, 3, -1, 7});
    assert_int_equal(walk.access[WALK_SUPERVISOR_WRITE].allowed_with, WALK_WITHOUT_WP);
    assert_int_equal(walk.access[WALK_USER_WRITE].allowed_with, 0);

    walk_to(0x00bfffff, WALK_PAGE, 1);
    assert_int_equal(walk.pa, 0x803fffff);
    assert_int_equal(walk.byte_count, 0); /* outside of the dump */
    assert_accesses((const int[]){-1, -1, -1, -1});
}

TEST(without_pse_the_large_bit_is_ignored)
{
    tables_memory[DIRECTORY][1] = TABLE << PAGE_SHIFT | RW | PTE_LARGE;
    tables_memory[TABLE][0] = RW;
    const struct page_tables tables = tables_of(CR3, 0);
    page_walk(&tables, 0x00400000, &walk);
    assert_int_equal(walk.end, WALK_PAGE);
    assert_int_equal(walk.page_bytes, PAGE_SIZE);
    assert_int_equal(walk.step_count, 2);
}

TEST(a_walk_ends_at_an_absent_entry)
{
    tables_memory[DIRECTORY][0] = ~PTE_PRESENT;
    tables_memory[DIRECTORY][1] = TABLE << PAGE_SHIFT | URW;
    walk_to(0, WALK_ABSENT, 1);
    assert_step(0, 0, CR3, ~PTE_PRESENT);
    assert_accesses((const int[]){0, 2, 4, 6});
    walk_to(0x007ff000, WALK_ABSENT, 2);
    assert_step(1, 1023, (TABLE << PAGE_SHIFT) + 4092, 0);
    assert_accesses((const int[]){0, 2, 4, 6});
}

TEST(a_walk_ends_at_reserved_bits)
{
    tables_memory[DIRECTORY][1] = 0x2000u | URW | PTE_LARGE;
    walk_to(0x00400000, WALK_RESERVED, 1);
    assert_accesses((const int[]){9, 11, 13, 15});
}

TEST(a_walk_ends_outside_of_the_dump)
{
    tables_memory[DIRECTORY][0] = TABLE << PAGE_SHIFT | RW;
    tables_memory[DIRECTORY][1] = TABLES_BYTES | RW;
    tables_memory[TABLE][0] = RW;
    tables_bytes = (TABLE << PAGE_SHIFT) + 7; /* the dump has one entry of the table */
    walk_to(0, WALK_PAGE, 2);
    walk_to(0x1000, WALK_OUTSIDE, 2);
    assert_step(1, 1, (TABLE << PAGE_SHIFT) + 4, 0);
    walk_to(0x00400000, WALK_OUTSIDE, 2);
    assert_step(1, 0, TABLES_BYTES, 0);

    tables_bytes = CR3 + 4;
    walk_to(0x00400000, WALK_OUTSIDE, 1);
    assert_step(0, 1, CR3 + 4, 0);
}

/* frame 3 | ... 2 bytes |     what follows is another page, or outside of the dump */
TEST(bytes_end_with_the_page_and_the_dump)
{
    memset(tables_memory[3], 0xaa, 2 * PAGE_SIZE);
    tables_memory[DIRECTORY][0] = TABLE << PAGE_SHIFT | RW;
    tables_memory[TABLE][0] = 3u << PAGE_SHIFT | RW;
    walk_to(0xffe, WALK_PAGE, 2);
    assert_int_equal(walk.byte_count, 2);
    tables_bytes = (3u << PAGE_SHIFT) + 0x103;
    walk_to(0x100, WALK_PAGE, 2);
    assert_int_equal(walk.byte_count, 3);
    walk_to(0x103, WALK_PAGE, 2);
    assert_int_equal(walk.byte_count, 0);
}

/* The last page of a self-map is the directory itself. */
TEST(a_walk_through_a_self_map)
{
    tables_memory[DIRECTORY][1023] = CR3 | RW;
    walk_to(UINT32_MAX - 3, WALK_PAGE, 2);
    assert_step(0, 1023, CR3 + 4092, CR3 | RW);
    assert_step(1, 1023, CR3 + 4092, CR3 | RW);
    assert_int_equal(walk.pa, CR3 + 4092);
    assert_memory_equal(walk.bytes, &tables_memory[DIRECTORY][1023], 4);
}

TEST_FIXTURES(clear, NULL)
