/* The TLB model: each rule of the manual by itself, and the programs of the generator. */
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

static struct tlb_model tlb;

static void step(enum probe_kind kind, uint32_t frame, uint32_t where, uint32_t value)
{
    tlb_model_step(
        &tlb, &(struct probe_step){
                  .kind = (uint8_t)kind, .frame = (uint16_t)frame, .where = where, .value = value});
}

static void assert_stale(bool va, bool other, bool far)
{
    assert_int_equal(tlb_model_stale(&tlb, VA) != NULL, va);
    assert_int_equal(tlb_model_stale(&tlb, OTHER) != NULL, other);
    assert_int_equal(tlb_model_stale(&tlb, FAR) != NULL, far);
}

/* Directory 0 has the table in slots 2 and 3. Entries 5 and 6 of the table are pages. */
static int start(void **state)
{
    static const struct probe_case head = {.directory = 0, .cr0 = CR0_WP, .cr4 = CR4_PSE | CR4_PGE};

    (void)state;
    tlb_model_start(&tlb, &head);
    tlb_model_watch(&tlb, VA);
    tlb_model_watch(&tlb, OTHER);
    tlb_model_watch(&tlb, FAR);
    step(PROBE_WRITE_ENTRY, 0, 2, ENTRY);
    step(PROBE_WRITE_ENTRY, 0, 3, ENTRY);
    step(PROBE_WRITE_ENTRY, TABLE, 5, PAGE);
    step(PROBE_WRITE_ENTRY, TABLE, 6, PAGE);
    return 0;
}

static void a_change_of_an_absent_entry_makes_nothing_stale(void **state)
{
    (void)state;
    assert_stale(false, false, false);
    step(PROBE_WRITE_ENTRY, TABLE, 7, PAGE);
    assert_stale(false, false, false);
}

static void a_table_entry_makes_each_page_that_uses_it_stale(void **state)
{
    (void)state;
    step(PROBE_WRITE_ENTRY, TABLE, 5, PAGE | PTE_WRITABLE);
    assert_stale(true, false, true);
    step(PROBE_INVLPG, 0, VA + 0xfff, 0);
    assert_stale(false, false, true);
    step(PROBE_LOAD_CR3, 0, 0, 0);
    assert_stale(false, false, false);
}

static void a_directory_entry_makes_the_pages_of_its_slot_stale(void **state)
{
    (void)state;
    step(PROBE_WRITE_ENTRY, 0, 2, 0);
    assert_stale(true, true, false);
    step(PROBE_INVLPG, 0, VA, 0);
    assert_stale(false, true, false);
}

static void invlpg_drops_all_cached_directory_entries(void **state)
{
    (void)state;
    step(PROBE_WRITE_ENTRY, TABLE, 5, 0);
    step(PROBE_INVLPG, 0, VA, 0);
    step(PROBE_INVLPG, 0, FAR, 0);
    step(PROBE_WRITE_ENTRY, 0, 2, ENTRY | PTE_WRITABLE);
    assert_stale(true, true, false);
    /* VA was not present, so only its directory entry may be cached. */
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

/* The page is a small page that is not global, then a large global page. The load of CR3 drops only
 * the first translation. */
static void a_page_with_two_stale_translations_needs_both_dropped(void **state)
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

static void a_change_of_pse_makes_large_entries_stale(void **state)
{
    (void)state;
    step(PROBE_LOAD_CR0, 0, 0, 0);
    assert_stale(false, false, false);
    step(PROBE_WRITE_ENTRY, 0, 3, PTE_PRESENT | PTE_LARGE);
    step(PROBE_LOAD_CR3, 0, 0, 0);
    step(PROBE_LOAD_CR4, 0, 0, CR4_PGE);
    assert_stale(false, false, true);
}

static void a_page_that_is_watched_late_counts_as_stale(void **state)
{
    (void)state;
    tlb_model_watch(&tlb, 0x01000000);
    assert_non_null(tlb_model_stale(&tlb, 0x01000000));
    step(PROBE_LOAD_CR3, 0, 0, 0);
    assert_non_null(tlb_model_stale(&tlb, 0x01000000));
    step(PROBE_INVLPG, 0, 0x01000000, 0);
    assert_null(tlb_model_stale(&tlb, 0x01000000));
}

/* If an invalidation is left out of a program, the model notices it. */
static void the_generator_accesses_no_stale_page(void **state)
{
    static struct coverage coverage;
    static struct program program;
    uint32_t refused = 0;

    (void)state;
    for (uint32_t number = 0; number < 400; number++) {
        generator_make(&program, 7, number, &coverage);
        assert_true(tlb_model_accepts(&program));
        assert_int_equal(program.head.accesses, GENERATOR_CASE_ACCESSES);
        for (uint32_t i = 0; i < program.head.steps; i++)
            if (program.step[i].kind == PROBE_INVLPG)
                program.step[i].where = (PROBE_OWN_ENTRY + 1u) << LARGE_PAGE_SHIFT;
        refused += !tlb_model_accepts(&program);
    }
    assert_true(refused > 300);
    assert_true(coverage_count(&coverage) > COVERAGE_COMBINATIONS / 2);
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_change_of_an_absent_entry_makes_nothing_stale),
        TEST(a_table_entry_makes_each_page_that_uses_it_stale),
        TEST(a_directory_entry_makes_the_pages_of_its_slot_stale),
        TEST(invlpg_drops_all_cached_directory_entries),
        TEST(a_large_page_is_invalidated_whole),
        TEST(a_global_page_outlives_its_directory),
        TEST(a_page_with_two_stale_translations_needs_both_dropped),
        TEST(without_pge_there_are_no_global_pages),
        TEST(a_change_of_pse_makes_large_entries_stale),
        TEST(a_page_that_is_watched_late_counts_as_stale),
        cmocka_unit_test(the_generator_accesses_no_stale_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
