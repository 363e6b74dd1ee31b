/* Tests the TLB model alone: its shapes, which accesses hit, which entry is evicted, and which
 * entries a flush drops. */
#include "machine/tlb.h"
#include "support/on_machine.h"
#include "support/test.h"

#include <mm/pgtable.h>
#include <string.h>

#define LARGE_BASE 0x50000000u

/* Accesses to pages A, B, ... of one set. Each is a hit (h) or a miss (m), after which the page is
 * filled. */
static const struct {
    struct tlb_shape shape;
    const char *accesses;
    const char *expected;
} sequences[] = {
    {{16, 4, 0, 0}, "AAAA", "mhhh"},
    {{16, 4, 0, 0}, "ABCDABCD", "mmmmhhhh"},
    {{16, 4, 0, 0}, "ABCDEA", "mmmmmm"},     /* A was used least recently */
    {{16, 4, 0, 0}, "ABCDAEBA", "mmmmhmmh"}, /* B was used least recently */
    {{16, 4, 0, 0}, "ABCDDCBAEDCBA", "mmmmhhhhmmmmm"},
    {{16, 4, 0, 0}, "ABCDCAEBDCA", "mmmmhhmmmmm"},
    {{16, 4, 0, 0}, "ABCDEABCDE", "mmmmmmmmmm"}, /* five in a circle never hit */
    {{4, 4, 0, 0}, "ABCDBEBACB", "mmmmhmhmmh"},  /* fully associative is one set */
    {{4, 1, 0, 0}, "AABAB", "mhmmm"},            /* direct mapped */
    {{4, 2, 0, 0}, "ABABCBA", "mmhhmhm"},
    {{1, 1, 0, 0}, "AABBA", "mhmhm"},
};

static struct tlb tlb;

/* The host's address of physical address 0; nothing is there. */
static unsigned char *const memory = (unsigned char *)(UINT64_C(1) << 40);

static void make(struct tlb_shape shape)
{
    assert_null(tlb_shape_check(&shape));
    assert_true(tlb_create(&tlb, &shape, false));
    tlb.memory = memory;
}

static void fill(uint32_t va, uint32_t pa, uint32_t page_bytes, bool global)
{
    struct mmu_walk walk = {
        .pa = paddr(pa), .page_bytes = page_bytes, .global = global, .allows = 0xf};

    tlb_fill(&tlb, vaddr(va), &walk);
}

/* Looks the address up as an access does: first the fast path, then the full lookup. */
static bool hits(uint32_t va, uint32_t expected_pa)
{
    uint64_t before = tlb.hits + tlb.misses;
    struct tlb_found found;
    bool hit = tlb_hit(&tlb, vaddr(va), MMU_READ, &found.entry);

    assert_int_equal(tlb.hits + tlb.misses, before + hit);
    if (hit) {
        found.pa = tlb_entry_translate(found.entry, vaddr(va));
    } else {
        found = tlb_find(&tlb, vaddr(va), MMU_READ);
        assert_int_equal(tlb.hits + tlb.misses, before + 1);
    }
    if (!found.entry)
        return false;
    assert_int_equal(found.pa.value, expected_pa);
    assert_int_equal(tlb_entry_translate(found.entry, vaddr(va)).value, expected_pa);
    assert_ptr_equal(tlb_entry_pointer(found.entry, vaddr(va)), memory + expected_pa);
    return true;
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

TEST(the_least_recently_used_way_is_evicted)
{
    for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
        struct tlb_shape shape = sequences[i].shape;
        char result[32] = "";

        make(shape);
        for (size_t j = 0; sequences[i].accesses[j] != '\0'; j++)
            result[j] = access_letter(sequences[i].accesses[j], shape.entries / shape.ways);
        if (strcmp(result, sequences[i].expected) != 0)
            fail_msg("%ux%u, %s: expected %s, got %s", shape.entries, shape.ways,
                     sequences[i].accesses, sequences[i].expected, result);
        assert_int_equal(tlb.hits + tlb.misses, strlen(result));
        tlb_destroy(&tlb);
    }
}

/* The default has 64 entries: 16 sets of 4. Address bits 12-15 are the number of the set. */
TEST(the_default_is_a_pentium_iii)
{
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

TEST(a_drop_leaves_the_order_of_the_others)
{
    make((struct tlb_shape){4, 4, 0, 0});
    for (char letter = 'A'; letter <= 'D'; letter++)
        access_letter(letter, 1);
    tlb_drop(&tlb, vaddr(0x1001fff));             /* B */
    assert_int_equal(access_letter('E', 1), 'm'); /* takes the empty way */
    assert_int_equal(access_letter('A', 1), 'h');
    assert_int_equal(access_letter('F', 1), 'm'); /* takes C's way */
    assert_int_equal(access_letter('A', 1), 'h');
    assert_int_equal(access_letter('D', 1), 'h');
    assert_int_equal(access_letter('C', 1), 'm');
    tlb_destroy(&tlb);
}

TEST(flushes_keep_global_entries_or_none)
{
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
    tlb_flush(&tlb, true); /* nothing is left to drop */
    assert_true(hits(0x1000, 0x1000));
    fill(0x2000, 0x2000, PAGE_SIZE, false); /* fills it again */
    tlb_flush(&tlb, true);
    assert_false(hits(0x2000, 0));
    tlb_flush(&tlb, false);
    assert_false(hits(0x1000, 0));
    assert_false(hits(0x800000, 0));
    tlb_destroy(&tlb);
}

TEST(a_drop_covers_both_page_sizes)
{
    make((struct tlb_shape){0});
    fill(0x401000, 0x7000, PAGE_SIZE, true);
    fill(0x400000, 0x800000, LARGE_PAGE_SIZE, true);
    assert_true(hits(0x401000, 0x7000)); /* either entry may serve */
    assert_true(hits(0x402000, 0x802000));
    tlb_drop(&tlb, vaddr(0x401abc));
    assert_false(hits(0x401000, 0));
    assert_false(hits(0x402000, 0));
    tlb_destroy(&tlb);
}

TEST(an_entry_serves_what_it_allows)
{
    make((struct tlb_shape){0});
    for (uint32_t allows = 1; allows < 16; allows += 2) {
        struct mmu_walk walk = {.pa = paddr(0x5000), .page_bytes = PAGE_SIZE, .allows = allows};
        tlb_fill(&tlb, vaddr(0x9000), &walk); /* replaces the entry of this page */
        for (uint32_t access = 0; access < 8; access += 2) {
            bool expected = allows >> access / 2 & 1u;
            const struct tlb_entry *entry;
            assert_int_equal(tlb_hit(&tlb, vaddr(0x9000), access, &entry), expected);
            assert_int_equal(tlb_find(&tlb, vaddr(0x9000), access).entry != NULL, expected);
        }
    }
    tlb_drop(&tlb, vaddr(0x9000));
    assert_false(hits(0x9000, 0));
    tlb_destroy(&tlb);
}

TEST(a_watched_tlb_has_no_fast_path)
{
    struct tlb_shape shape = {0};

    assert_true(tlb_create(&tlb, &shape, true));
    tlb.memory = memory;
    fill(0x1000, 0x2000, PAGE_SIZE, false);
    for (uint32_t access = 0; access < 8; access += 2) {
        const struct tlb_entry *entry;
        assert_false(tlb_hit(&tlb, vaddr(0x1000), access, &entry));
        assert_non_null(tlb_find(&tlb, vaddr(0x1000), access).entry);
    }
    fill(0x1000, 0x3000, PAGE_SIZE, true); /* replaces the entry of this page */
    tlb_flush(&tlb, true);
    assert_true(hits(0x1000, 0x3000));
    tlb_drop(&tlb, vaddr(0x1000));
    assert_false(hits(0x1000, 0));
    tlb_destroy(&tlb);
}

/* ---- shapes in the form that people write ---- */

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

#define WRITTEN "a TLB is written ENTRIESxWAYS or ENTRIESxWAYS,LARGE_ENTRIESxWAYS, such as 64x4,8x4"
#define ENTRIES "the number of entries of a TLB is a power of two from 1 to 65536"
#define WAYS    "the number of ways of a TLB is a power of two from 1 to 64"

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
    {"4294967360x4", ENTRIES}, /* 64 when cut to 32 bits */
    {"2x4", "a TLB has at least as many entries as ways"},
    {"64x4,2x4", "a TLB has at least as many entries as ways"},
};

TEST(shapes_are_read)
{
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct tlb_shape shape;
        const char *reason;
        if (!tlb_shape_parse(good[i].text, &shape, &reason))
            fail_msg("\"%s\" is refused: %s", good[i].text, reason);
        assert_memory_equal(&shape, &good[i].shape, sizeof shape);
    }
}

TEST(invalid_shapes_are_refused)
{
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct tlb_shape shape = {1, 2, 3, 4};
        const char *reason = NULL;
        if (tlb_shape_parse(bad[i].text, &shape, &reason))
            fail_msg("\"%s\" is not refused", bad[i].text);
        assert_string_equal(reason, bad[i].reason);
        assert_int_equal(shape.entries, 1);
    }
}
