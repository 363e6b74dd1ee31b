/* The TLB model: what hits, what is evicted, what flushes drop and keep. */
#include "support/on_machine.h"

#include <mm/pgtable.h>

#include <string.h>

#define SMALL      (PTE_PRESENT | PTE_WRITABLE)
#define BASE       0x40000000u
#define LARGE_BASE 0x50000000u
#define TABLE      0x2000u
#define FRAMES     0x4000000u

/* ---- one set, by the model alone ---- */

/* Accesses to pages A, B, ... of one set: m for each miss, after which the page is filled. */
static const struct {
    struct tlb_shape shape;
    const char *accesses;
    const char *expected;
} sequences[] = {
    {{16, 4, 0, 0}, "AAAA", "mhhh"},
    {{16, 4, 0, 0}, "ABCDABCD", "mmmmhhhh"},
    {{16, 4, 0, 0}, "ABCDEA", "mmmmmm"},     /* A was the least recently used */
    {{16, 4, 0, 0}, "ABCDAEBA", "mmmmhmmh"}, /* B was */
    {{16, 4, 0, 0}, "ABCDDCBAEDCBA", "mmmmhhhhmmmmm"},
    {{16, 4, 0, 0}, "ABCDCAEBDCA", "mmmmhhmmmmm"},
    {{16, 4, 0, 0}, "ABCDEABCDE", "mmmmmmmmmm"}, /* five in a ring never hit */
    {{4, 4, 0, 0}, "ABCDBEBACB", "mmmmhmhmmh"},  /* fully associative is one set */
    {{4, 1, 0, 0}, "AABAB", "mhmmm"},            /* direct mapped */
    {{4, 2, 0, 0}, "ABABCBA", "mmhhmhm"},
    {{1, 1, 0, 0}, "AABBA", "mhmhm"},
};

static struct tlb tlb;

static void make(struct tlb_shape shape)
{
    assert_null(tlb_shape_check(&shape));
    assert_true(tlb_create(&tlb, &shape, false));
}

static void fill(uint32_t va, uint32_t pa, uint32_t page_bytes, bool global)
{
    struct mmu_walk walk = {
        .pa = paddr(pa), .page_bytes = page_bytes, .global = global, .allows = 0xf};

    tlb_fill(&tlb, vaddr(va), &walk);
}

/* As an access does: short way, long way. */
static bool hits(uint32_t va, uint32_t expected_pa)
{
    paddr_t pa;
    uint64_t before = tlb.hits + tlb.misses;
    bool hit = tlb_hit(&tlb, vaddr(va), MMU_READ, &pa);

    assert_int_equal(tlb.hits + tlb.misses, before + hit);
    if (!hit) {
        const struct tlb_entry *entry = tlb_find(&tlb, vaddr(va), MMU_READ);
        assert_int_equal(tlb.hits + tlb.misses, before + 1);
        hit = entry != NULL;
        if (hit)
            pa = tlb_entry_translate(entry, vaddr(va));
    }
    if (hit)
        assert_int_equal(pa.value, expected_pa);
    return hit;
}

static char access_letter(char letter, uint32_t set_count)
{
    uint32_t page = (uint32_t)(letter - 'A') * set_count + 0x1000u;
    uint32_t pa = (page ^ 0x777u) << PAGE_SHIFT;

    if (hits((page << PAGE_SHIFT) + 0x123, pa + 0x123))
        return 'h';
    fill((page << PAGE_SHIFT) + 0x456, pa + 0x456, PAGE_SIZE, false);
    return 'm';
}

static void the_least_recently_used_way_goes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
        struct tlb_shape shape = sequences[i].shape;
        char said[32] = "";

        make(shape);
        for (size_t j = 0; sequences[i].accesses[j] != '\0'; j++)
            said[j] = access_letter(sequences[i].accesses[j], shape.entries / shape.ways);
        if (strcmp(said, sequences[i].expected) != 0)
            fail_msg("%ux%u, %s: expected %s, got %s", shape.entries, shape.ways,
                     sequences[i].accesses, sequences[i].expected, said);
        assert_int_equal(tlb.hits + tlb.misses, strlen(said));
        tlb_destroy(&tlb);
    }
}

/* All 64 entries of the default are there: 16 sets of 4, whose number is in address bits 12-15. */
static void the_default_is_a_pentium_iii(void **state)
{
    (void)state;
    make((struct tlb_shape){0});
    for (uint32_t page = 0; page < 64; page++)
        fill(page << PAGE_SHIFT, page << PAGE_SHIFT, PAGE_SIZE, false);
    for (uint32_t page = 0; page < 64; page++)
        assert_true(hits(page << PAGE_SHIFT, page << PAGE_SHIFT));
    fill(64u << PAGE_SHIFT, 0, PAGE_SIZE, false);
    assert_false(hits(0, 0));
    for (uint32_t page = 1; page < 64; page++)
        assert_true(hits(page << PAGE_SHIFT, page << PAGE_SHIFT));

    for (uint32_t page = 0; page < 8; page++)
        fill(LARGE_BASE + (page << LARGE_PAGE_SHIFT), page << LARGE_PAGE_SHIFT, LARGE_PAGE_SIZE,
             true);
    fill(LARGE_BASE + (9u << LARGE_PAGE_SHIFT), 0, LARGE_PAGE_SIZE, true);
    for (uint32_t page = 0; page < 8; page++)
        assert_int_equal(hits(LARGE_BASE + (page << LARGE_PAGE_SHIFT) + 0x234567,
                              (page << LARGE_PAGE_SHIFT) + 0x234567),
                         page != 1);
    tlb_destroy(&tlb);
}

static void a_drop_leaves_the_order_of_the_others(void **state)
{
    (void)state;
    make((struct tlb_shape){4, 4, 0, 0});
    for (char letter = 'A'; letter <= 'D'; letter++)
        access_letter(letter, 1);
    tlb_drop(&tlb, vaddr(0x1001fff));             /* B */
    assert_int_equal(access_letter('E', 1), 'm'); /* takes the empty way */
    assert_int_equal(access_letter('A', 1), 'h');
    assert_int_equal(access_letter('F', 1), 'm'); /* takes C's */
    assert_int_equal(access_letter('A', 1), 'h');
    assert_int_equal(access_letter('D', 1), 'h');
    assert_int_equal(access_letter('C', 1), 'm');
    tlb_destroy(&tlb);
}

static void flushes_keep_what_is_global_or_nothing(void **state)
{
    (void)state;
    make((struct tlb_shape){4, 4, 4, 4});
    fill(0x1000, 0x1000, PAGE_SIZE, true);
    fill(0x2000, 0x2000, PAGE_SIZE, false);
    fill(0x3000, 0x3000, PAGE_SIZE, true);
    fill(0x400000, 0x400000, LARGE_PAGE_SIZE, false);
    fill(0x800000, 0x800000, LARGE_PAGE_SIZE, true);
    tlb_flush(&tlb, true);
    assert_true(hits(0x1000, 0x1000));
    assert_false(hits(0x2000, 0));
    assert_true(hits(0x3000, 0x3000));
    assert_false(hits(0x400000, 0));
    assert_true(hits(0x800000, 0x800000));
    tlb_flush(&tlb, true); /* nothing to drop */
    assert_true(hits(0x1000, 0x1000));
    fill(0x2000, 0x2000, PAGE_SIZE, false); /* and again something */
    tlb_flush(&tlb, true);
    assert_false(hits(0x2000, 0));
    tlb_flush(&tlb, false);
    assert_false(hits(0x1000, 0));
    assert_false(hits(0x800000, 0));
    tlb_destroy(&tlb);
}

static void a_drop_is_of_both_sizes(void **state)
{
    (void)state;
    make((struct tlb_shape){0});
    fill(0x401000, 0x7000, PAGE_SIZE, true);
    fill(0x400000, 0x800000, LARGE_PAGE_SIZE, true);
    assert_true(hits(0x401000, 0x7000)); /* either may serve */
    assert_true(hits(0x402000, 0x802000));
    tlb_drop(&tlb, vaddr(0x401abc));
    assert_false(hits(0x401000, 0));
    assert_false(hits(0x402000, 0));
    tlb_destroy(&tlb);
}

static void an_entry_serves_what_it_allows(void **state)
{
    (void)state;
    make((struct tlb_shape){0});
    for (uint32_t allows = 1; allows < 16; allows += 2) {
        struct mmu_walk walk = {.pa = paddr(0x5000), .page_bytes = PAGE_SIZE, .allows = allows};
        tlb_fill(&tlb, vaddr(0x9000), &walk); /* replaces the page's entry */
        for (uint32_t access = 0; access < 8; access += 2) {
            paddr_t pa;
            bool expected = allows >> access / 2 & 1u;
            assert_int_equal(tlb_hit(&tlb, vaddr(0x9000), access, &pa), expected);
            assert_int_equal(tlb_find(&tlb, vaddr(0x9000), access) != NULL, expected);
        }
    }
    tlb_drop(&tlb, vaddr(0x9000));
    assert_false(hits(0x9000, 0));
    tlb_destroy(&tlb);
}

static void a_watched_tlb_has_no_short_way(void **state)
{
    struct tlb_shape shape = {0};
    paddr_t pa;

    (void)state;
    assert_true(tlb_create(&tlb, &shape, true));
    fill(0x1000, 0x2000, PAGE_SIZE, false);
    for (uint32_t access = 0; access < 8; access += 2) {
        assert_false(tlb_hit(&tlb, vaddr(0x1000), access, &pa));
        assert_non_null(tlb_find(&tlb, vaddr(0x1000), access));
    }
    fill(0x1000, 0x3000, PAGE_SIZE, true); /* the same page's entry */
    tlb_flush(&tlb, true);
    assert_true(hits(0x1000, 0x3000));
    tlb_drop(&tlb, vaddr(0x1000));
    assert_false(hits(0x1000, 0));
    tlb_destroy(&tlb);
}

/* ---- the CPU's explicit accesses ---- */

static uint32_t *memory(uint32_t pa)
{
    return arena_pointer(&machine_current->arena, paddr(pa));
}

static uint32_t *entry_of(uint32_t page)
{
    return memory(TABLE) + page;
}

static uint32_t frame_of(uint32_t page)
{
    return FRAMES + page * PAGE_SIZE;
}

static void map_pages(uint32_t pages, uint32_t flags)
{
    memory(machine_current->mmu.cr3)[BASE >> LARGE_PAGE_SHIFT] = TABLE | SMALL | PTE_USER;
    for (uint32_t page = 0; page < pages; page++) {
        *entry_of(page) = frame_of(page) | flags;
        *memory(frame_of(page)) = frame_of(page);
    }
}

static void map_large(uint32_t flags)
{
    memory(machine_current->mmu.cr3)[LARGE_BASE >> LARGE_PAGE_SHIFT] =
        0x8000000 | SMALL | PTE_LARGE | flags;
}

/* Hits and misses since the last call. */
static void assert_counts(uint64_t expected_hits, uint64_t expected_misses)
{
    assert_int_equal(machine_tlb.hits, expected_hits);
    assert_int_equal(machine_tlb.misses, expected_misses);
    machine_tlb.hits = machine_tlb.misses = 0;
}

static uint32_t load(uint32_t va)
{
    uint32_t value;

    assert_true(machine_load32(vaddr(va), false, &value));
    return value;
}

MACHINE_TEST(each_page_misses_once)
{
    assert_counts(0, 0);
    map_pages(64, SMALL);
    for (uint32_t round = 0; round < 3; round++)
        for (uint32_t page = 0; page < 64; page++)
            assert_int_equal(load(BASE + page * PAGE_SIZE), frame_of(page));
    assert_counts(2 * 64, 64);
    assert_true(machine_touch(vaddr(DIRECT_MAP_BASE), false));
    assert_true(machine_touch(vaddr(DIRECT_MAP_BASE + 0x3fffff), false));
    assert_counts(1, 1);
}

MACHINE_TEST(the_first_write_sets_dirty_and_misses)
{
    map_pages(1, SMALL);
    assert_true(machine_touch(vaddr(BASE), false));
    assert_true(machine_touch(vaddr(BASE), false));
    assert_counts(1, 1);
    assert_int_equal(*entry_of(0) & PTE_DIRTY, 0);
    assert_true(machine_touch(vaddr(BASE), true));
    assert_counts(0, 1);
    assert_int_equal(*entry_of(0) & PTE_DIRTY, PTE_DIRTY);
    assert_true(machine_touch(vaddr(BASE), true));
    assert_true(machine_store32(vaddr(BASE), false, 5));
    assert_int_equal(load(BASE), 5);
    assert_counts(3, 0);
}

MACHINE_TEST(rights_are_the_entrys)
{
    uint8_t byte;

    map_pages(3, PTE_PRESENT | PTE_USER);
    *entry_of(1) = frame_of(1) | SMALL;
    *entry_of(2) = frame_of(2) | SMALL | PTE_USER;
    assert_true(machine_user_touch(vaddr(BASE), false));
    assert_true(machine_touch(vaddr(BASE), false));
    assert_counts(1, 1);
    assert_false(machine_user_touch(vaddr(BASE), true));
    assert_counts(0, 1);
    assert_true(machine_touch(vaddr(BASE + PAGE_SIZE), true));
    assert_false(machine_load8(vaddr(BASE + PAGE_SIZE), true, &byte));
    assert_counts(0, 2);
    assert_true(machine_user_touch(vaddr(BASE + 2 * PAGE_SIZE), true));
    assert_true(machine_load8(vaddr(BASE + 2 * PAGE_SIZE), true, &byte));
    assert_true(machine_store8(vaddr(BASE + 2 * PAGE_SIZE), false, 1));
    assert_counts(2, 1);
}

/* The right is there now, and no invalidation is owed for that: the access walks again. */
MACHINE_TEST(a_right_that_is_raised_is_found)
{
    map_pages(1, PTE_PRESENT);
    assert_true(machine_touch(vaddr(BASE), false));
    *entry_of(0) |= PTE_WRITABLE | PTE_USER;
    assert_true(machine_touch(vaddr(BASE), true));
    assert_true(machine_user_touch(vaddr(BASE), true));
    assert_counts(1, 2);
}

MACHINE_TEST(without_wp_the_kernel_writes_where_it_likes)
{
    machine_load_cr0(machine_current, CR0_PG);
    map_pages(1, PTE_PRESENT | PTE_USER);
    assert_true(machine_touch(vaddr(BASE), true));
    assert_true(machine_touch(vaddr(BASE), true));
    assert_counts(1, 1);
    assert_false(machine_user_touch(vaddr(BASE), true));
}

MACHINE_TEST(a_stale_entry_stays_until_invlpg)
{
    map_pages(2, SMALL);
    assert_int_equal(load(BASE), frame_of(0));
    *entry_of(0) = frame_of(1) | SMALL;
    assert_int_equal(load(BASE), frame_of(0));
    machine_invlpg(vaddr(BASE + PAGE_SIZE)); /* of another page */
    assert_int_equal(load(BASE), frame_of(0));
    machine_invlpg(vaddr(BASE + 0xabc));
    assert_int_equal(load(BASE), frame_of(1));
    assert_counts(2, 2);
}

MACHINE_TEST(invlpg_drops_large_and_global_entries)
{
    map_pages(1, SMALL | PTE_GLOBAL);
    map_large(PTE_GLOBAL);
    load(BASE);
    load(LARGE_BASE);
    assert_counts(0, 2);
    machine_invlpg(vaddr(BASE));
    machine_invlpg(vaddr(LARGE_BASE + 0x312345));
    load(BASE);
    load(LARGE_BASE);
    assert_counts(0, 2);
}

MACHINE_TEST(a_cr3_load_keeps_global_entries)
{
    map_pages(2, SMALL | PTE_GLOBAL);
    *entry_of(1) &= ~PTE_GLOBAL;
    map_large(0);
    load(BASE);
    load(BASE + PAGE_SIZE);
    load(LARGE_BASE);
    load(DIRECT_MAP_BASE);
    machine_load_cr3(machine_read_cr3());
    assert_counts(0, 4);
    load(BASE);
    load(DIRECT_MAP_BASE);
    assert_counts(2, 0);
    load(BASE + PAGE_SIZE);
    load(LARGE_BASE);
    assert_counts(0, 2);

    machine_flush_tlb();
    load(BASE);
    load(DIRECT_MAP_BASE);
    assert_counts(0, 2);
}

MACHINE_TEST(without_pge_a_cr3_load_drops_all)
{
    machine_load_cr4(machine_current, CR4_PSE);
    map_pages(1, SMALL | PTE_GLOBAL);
    load(BASE);
    load(BASE);
    machine_load_cr3(machine_read_cr3());
    load(BASE);
    assert_counts(1, 2);
}

MACHINE_TEST(control_registers_drop_all)
{
    load(DIRECT_MAP_BASE);
    machine_load_cr0(machine_current, CR0_PG | CR0_WP); /* as it was */
    machine_load_cr4(machine_current, CR4_PSE | CR4_PGE);
    load(DIRECT_MAP_BASE);
    assert_counts(1, 1);
    machine_load_cr0(machine_current, CR0_PG);
    load(DIRECT_MAP_BASE);
    machine_load_cr4(machine_current, CR4_PSE);
    load(DIRECT_MAP_BASE);
    assert_counts(0, 2);
    machine_load_cr0(machine_current, 0);
    assert_int_equal(load(0x1000), *memory(0x1000)); /* addresses are physical */
    load(0x1000);
    assert_counts(1, 1);
}

/* Intel SDM vol. 3A, 4.10.4.1. */
MACHINE_TEST(a_page_fault_drops_the_entry_of_its_page)
{
    map_pages(1, PTE_PRESENT);
    load(BASE);
    *entry_of(0) = frame_of(1) | PTE_PRESENT;
    assert_int_equal(load(BASE), frame_of(0));
    assert_counts(1, 1);
    assert_false(machine_touch(vaddr(BASE), true));
    assert_counts(0, 1);
    assert_int_equal(load(BASE), 0);
    assert_counts(0, 1);
}

MACHINE_TEST(an_access_across_a_page_looks_twice)
{
    map_pages(2, SMALL);
    assert_true(machine_store32(vaddr(BASE + 0xffe), false, 0x44332211));
    assert_counts(0, 2);
    assert_int_equal(load(BASE + 0xffe), 0x44332211);
    assert_int_equal(load(BASE + 0xffc), 0x22110000);
    assert_counts(3, 0);
}

MACHINE_TEST(the_window_does_not_count)
{
    map_pages(1, SMALL);
    window_write(BASE, 1);
    window_read(DIRECT_MAP_BASE);
    assert_counts(0, 0);
}

/* ---- shapes ---- */

static const struct {
    const char *text;
    struct tlb_shape shape;
} good[] = {
    {"64x4", {64, 4, 0, 0}},
    {"64x4,8x4", {64, 4, 8, 4}},
    {"1x1", {1, 1, 0, 0}},
    {"64x64", {64, 64, 0, 0}},
    {"65536x64,65536x1", {65536, 64, 65536, 1}},
};

#define WRITTEN "a TLB is written ENTRIESxWAYS, or ENTRIESxWAYS,LARGE_ENTRIESxWAYS: 64x4,8x4"
#define ENTRIES "the entries of a TLB are a power of two from 1 to 65536"
#define WAYS    "the ways of a TLB are a power of two from 1 to 64"

static const struct {
    const char *text;
    const char *reason;
} bad[] = {
    {"", WRITTEN},
    {"64", WRITTEN},
    {"64x", WRITTEN},
    {"x4", WRITTEN},
    {"64x4,", WRITTEN},
    {"64x4,8", WRITTEN},
    {"64x4 ", WRITTEN},
    {"64X4", WRITTEN},
    {"-64x4", WRITTEN},
    {"64x4,8x4,1x1", WRITTEN},
    {"0x4", WRITTEN},
    {"64x0", WRITTEN},
    {"63x4", ENTRIES},
    {"131072x4", ENTRIES},
    {"64x4,6x2", ENTRIES},
    {"64x3", WAYS},
    {"128x128", WAYS},
    {"64x4,128x128", WAYS},
    {"4294967360x4", ENTRIES}, /* 64 in 32 bits */
    {"2x4", "a TLB has as many entries as ways, or more"},
    {"64x4,2x4", "a TLB has as many entries as ways, or more"},
};

static void shapes_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct tlb_shape shape;
        const char *reason;
        if (!tlb_shape_parse(good[i].text, &shape, &reason))
            fail_msg("\"%s\": %s", good[i].text, reason);
        assert_memory_equal(&shape, &good[i].shape, sizeof shape);
    }
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct tlb_shape shape = {1, 2, 3, 4};
        const char *reason = NULL;
        if (tlb_shape_parse(bad[i].text, &shape, &reason))
            fail_msg("taken for good: %s", bad[i].text);
        assert_string_equal(reason, bad[i].reason);
        assert_int_equal(shape.entries, 1);
    }
}

static void a_machine_has_the_shape_it_is_given(void **state)
{
    struct machine_options options = {.tlb = {2, 1, 0, 0}};

    (void)state;
    assert_non_null(machine_create(&options));
    map_pages(3, SMALL);
    load(BASE);
    load(BASE + PAGE_SIZE);
    load(BASE);
    load(BASE + 2 * PAGE_SIZE);
    load(BASE);
    assert_counts(1, 4);
    machine_destroy(machine_current);

    options.tlb.ways = 3;
    assert_null(machine_create(&options));
    assert_string_equal(machine_error(), "no machine: " WAYS);
    assert_null(machine_current);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_recently_used_way_goes),
        cmocka_unit_test(the_default_is_a_pentium_iii),
        cmocka_unit_test(a_drop_leaves_the_order_of_the_others),
        cmocka_unit_test(flushes_keep_what_is_global_or_nothing),
        cmocka_unit_test(a_drop_is_of_both_sizes),
        cmocka_unit_test(an_entry_serves_what_it_allows),
        cmocka_unit_test(a_watched_tlb_has_no_short_way),
        cmocka_unit_test(each_page_misses_once),
        cmocka_unit_test(the_first_write_sets_dirty_and_misses),
        cmocka_unit_test(rights_are_the_entrys),
        cmocka_unit_test(a_right_that_is_raised_is_found),
        cmocka_unit_test(without_wp_the_kernel_writes_where_it_likes),
        cmocka_unit_test(a_stale_entry_stays_until_invlpg),
        cmocka_unit_test(invlpg_drops_large_and_global_entries),
        cmocka_unit_test(a_cr3_load_keeps_global_entries),
        cmocka_unit_test(without_pge_a_cr3_load_drops_all),
        cmocka_unit_test(control_registers_drop_all),
        cmocka_unit_test(a_page_fault_drops_the_entry_of_its_page),
        cmocka_unit_test(an_access_across_a_page_looks_twice),
        cmocka_unit_test(the_window_does_not_count),
        cmocka_unit_test(shapes_are_read),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(a_machine_has_the_shape_it_is_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
