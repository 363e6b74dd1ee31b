/* What is owed to the TLB: each rule of the manual by itself; and that the generator pays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "machine/mmu.h"
#include "mmu/generator.h"

#define VA    0x00805000u /* slot 2, entry 5 */
#define OTHER 0x00806000u /* the same slot */
#define FAR   0x00c05000u /* slot 3, entry 5 */
#define TABLE 8u          /* of slots 2 and 3 */
#define ENTRY (TABLE << PAGE_SHIFT | PTE_PRESENT)
#define PAGE  (20u << PAGE_SHIFT | PTE_PRESENT)

static struct owed owed;

static void step(enum probe_kind kind, uint32_t frame, uint32_t where, uint32_t value)
{
    owed_step(&owed,
              &(struct probe_step){
                  .kind = (uint8_t)kind, .frame = (uint16_t)frame, .where = where, .value = value});
}

static void assert_stale(bool va, bool other, bool far)
{
    assert_int_equal(owed_stale(&owed, VA) != NULL, va);
    assert_int_equal(owed_stale(&owed, OTHER) != NULL, other);
    assert_int_equal(owed_stale(&owed, FAR) != NULL, far);
}

/* Directory 0 has the table in slots 2 and 3; its entry 5 is a page, 6 another. */
static int start(void **state)
{
    static const struct probe_case head = {.directory = 0, .cr0 = CR0_WP, .cr4 = CR4_PSE | CR4_PGE};

    (void)state;
    owed_start(&owed, &head);
    owed_watch(&owed, VA);
    owed_watch(&owed, OTHER);
    owed_watch(&owed, FAR);
    step(PROBE_WRITE_ENTRY, 0, 2, ENTRY);
    step(PROBE_WRITE_ENTRY, 0, 3, ENTRY);
    step(PROBE_WRITE_ENTRY, TABLE, 5, PAGE);
    step(PROBE_WRITE_ENTRY, TABLE, 6, PAGE);
    return 0;
}

static void what_was_not_present_owes_nothing(void **state)
{
    (void)state;
    assert_stale(false, false, false);
    step(PROBE_WRITE_ENTRY, TABLE, 7, PAGE);
    assert_stale(false, false, false);
}

static void a_table_entry_owes_for_each_way_to_it(void **state)
{
    (void)state;
    step(PROBE_WRITE_ENTRY, TABLE, 5, PAGE | PTE_WRITABLE);
    assert_stale(true, false, true);
    step(PROBE_INVLPG, 0, VA + 0xfff, 0);
    assert_stale(false, false, true);
    step(PROBE_LOAD_CR3, 0, 0, 0);
    assert_stale(false, false, false);
}

static void a_directory_entry_owes_for_its_slot(void **state)
{
    (void)state;
    step(PROBE_WRITE_ENTRY, 0, 2, 0);
    assert_stale(true, true, false);
    step(PROBE_INVLPG, 0, VA, 0);
    assert_stale(false, true, false);
}

static void invlpg_drops_all_that_is_kept_of_directories(void **state)
{
    (void)state;
    step(PROBE_WRITE_ENTRY, TABLE, 5, 0);
    step(PROBE_INVLPG, 0, VA, 0);
    step(PROBE_INVLPG, 0, FAR, 0);
    step(PROBE_WRITE_ENTRY, 0, 2, ENTRY | PTE_WRITABLE);
    assert_stale(true, true, false);
    /* VA was not present: only its directory entry is kept. */
    step(PROBE_INVLPG, 0, 0xfffff000, 0);
    assert_stale(false, true, false);
}

static void a_large_page_is_invalidated_whole(void **state)
{
    (void)state;
    step(PROBE_WRITE_ENTRY, 0, 2, PTE_PRESENT | PTE_LARGE);
    step(PROBE_LOAD_CR3, 0, 0, 0);
    step(PROBE_WRITE_ENTRY, 0, 2, ENTRY);
    assert_stale(true, true, false);
    step(PROBE_INVLPG, 0, VA, 0);
    assert_stale(false, false, false);
}

static void a_global_page_outlives_its_directory(void **state)
{
    (void)state;
    step(PROBE_WRITE_ENTRY, TABLE, 5, PAGE | PTE_GLOBAL);
    step(PROBE_LOAD_CR3, 0, 0, 0);
    assert_stale(false, false, false);
    step(PROBE_LOAD_CR3, 1, 0, 0);
    assert_stale(true, false, true);
    step(PROBE_LOAD_CR3, 1, 0, 0);
    assert_stale(true, false, true);
    step(PROBE_LOAD_CR4, 0, 0, CR4_PSE);
    assert_stale(false, false, false);
}

/* First a small page that isn't global, then a large one that is; the load of CR3 drops only the
 * first. */
static void what_is_stale_in_two_ways_goes_when_both_are_dropped(void **state)
{
    (void)state;
    step(PROBE_WRITE_ENTRY, 0, 2, PTE_PRESENT | PTE_LARGE | PTE_GLOBAL);
    step(PROBE_INVLPG, 0, VA, 0);
    assert_stale(false, true, false);
    step(PROBE_WRITE_ENTRY, 0, 2, ENTRY);
    step(PROBE_LOAD_CR3, 0, 0, 0);
    assert_stale(true, true, false);
    step(PROBE_INVLPG, 0, OTHER, 0);
    assert_stale(false, false, false);
}

static void without_pge_there_are_no_global_pages(void **state)
{
    (void)state;
    step(PROBE_LOAD_CR4, 0, 0, CR4_PSE);
    step(PROBE_WRITE_ENTRY, TABLE, 5, PAGE | PTE_GLOBAL);
    step(PROBE_LOAD_CR3, 1, 0, 0);
    assert_stale(false, false, false);
}

static void pse_gives_an_entry_another_meaning(void **state)
{
    (void)state;
    step(PROBE_LOAD_CR0, 0, 0, 0);
    assert_stale(false, false, false);
    step(PROBE_WRITE_ENTRY, 0, 3, PTE_PRESENT | PTE_LARGE);
    step(PROBE_LOAD_CR3, 0, 0, 0);
    step(PROBE_LOAD_CR4, 0, 0, CR4_PGE);
    assert_stale(false, false, true);
}

static void a_page_that_is_watched_late_may_be_stale(void **state)
{
    (void)state;
    owed_watch(&owed, 0x01000000);
    assert_non_null(owed_stale(&owed, 0x01000000));
    step(PROBE_LOAD_CR3, 0, 0, 0);
    assert_non_null(owed_stale(&owed, 0x01000000));
    step(PROBE_INVLPG, 0, 0x01000000, 0);
    assert_null(owed_stale(&owed, 0x01000000));
}

/* And a program that leaves an invalidation out is told from one that is paid. */
static void the_generator_pays(void **state)
{
    static struct coverage coverage;
    static struct program program;
    uint32_t unpaid = 0;

    (void)state;
    for (uint32_t number = 0; number < 400; number++) {
        generator_make(&program, 7, number, &coverage);
        assert_true(owed_is_paid(&program));
        assert_int_equal(program.head.accesses, GENERATOR_CASE_ACCESSES);
        for (uint32_t i = 0; i < program.head.steps; i++)
            if (program.step[i].kind == PROBE_INVLPG)
                program.step[i].where = (PROBE_OWN_ENTRY + 1u) << LARGE_PAGE_SHIFT;
        unpaid += !owed_is_paid(&program);
    }
    assert_true(unpaid > 300);
    assert_true(coverage_count(&coverage) > COVERAGE_COMBINATIONS / 2);
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_not_present_owes_nothing),
        TEST(a_table_entry_owes_for_each_way_to_it),
        TEST(a_directory_entry_owes_for_its_slot),
        TEST(invlpg_drops_all_that_is_kept_of_directories),
        TEST(a_large_page_is_invalidated_whole),
        TEST(a_global_page_outlives_its_directory),
        TEST(what_is_stale_in_two_ways_goes_when_both_are_dropped),
        TEST(without_pge_there_are_no_global_pages),
        TEST(pse_gives_an_entry_another_meaning),
        TEST(a_page_that_is_watched_late_may_be_stale),
        cmocka_unit_test(the_generator_pays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
