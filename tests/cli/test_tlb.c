/* The TLB on the command line: --tlb and what is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/json.h"
#include "support/program.h"
#include "support/scratch.h"

#include <mm/mm.h>

#include <stdlib.h>
#include <string.h>

/*
 * Under brk, whose heap starts at 4 MiB of the direct map (4 MiB pages): the first block is in the
 * large pages 1 and 2, the second in 2 and 3.
 */
#define TWO_BLOCKS                                                                                 \
    "mmtrace 1\n"                                                                                  \
    "kmalloc 1 5242880\n"                                                                          \
    "kmalloc 2 5242880\n"                                                                          \
    "kfree 1\n"                                                                                    \
    "kmalloc 1 5242880\n"

static struct program program;

static void replay(const char *tlb)
{
    MMSIM(&program, "replay", scratch_text("two.mmt", TWO_BLOCKS), "--ram", "64M", "--strategy",
          "brk", "--json", "--tlb", tlb);
    assert_int_equal(program.status, 0);
}

static void misses_depend_on_the_shape(void **state)
{
    static const struct {
        const char *tlb;
        uint64_t misses;
    } expected[] = {{"64x4", 3}, {"64x4,8x4", 3}, {"1x1,4x1", 3}, {"64x4,1x1", 5}};
    uint64_t accesses = 3 * 5242880 / 4096 + 3; /* no block starts at a page's start */
    char digest[32] = "";

    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        size_t bytes;
        replay(expected[i].tlb);
        assert_int_equal(json_u64(program.out, "cost.tlb.misses"), expected[i].misses);
        assert_int_equal(json_u64(program.out, "cost.tlb.hits"), accesses - expected[i].misses);

        const char *found = json_find(program.out, "digest", &bytes); /* the same for all */
        if (digest[0] == '\0')
            memcpy(digest, found, bytes);
        assert_memory_equal(found, digest, bytes);
    }
}

static void compare_counts_for_each_run(void **state)
{
    (void)state;
    MMSIM(&program, "compare", scratch_text("two.mmt", TWO_BLOCKS), "--ram", "64M", "--strategies",
          "brk,window", "--json", "--tlb", "64x4,1x1");
    assert_int_equal(json_u64(program.out, "runs[0].cost.tlb.misses"), 5);
    /* In pages of 4 KiB; the one that both blocks have a part of hits the second time. */
    assert_int_equal(json_u64(program.out, "runs[1].cost.tlb.misses"), 3 * 5242880 / 4096 + 2);
    assert_int_equal(json_u64(program.out, "runs[1].cost.tlb.hits"), 1);
    MMSIM(&program, "compare", scratch_text("two.mmt", TWO_BLOCKS), "--strategies", "brk");
    assert_non_null(strstr(program.out, "\nTLB hits "));
}

/* What lies in kseg0 needs no TLB: each access is counted apart. */
static void segments_are_not_translated(void **state)
{
    (void)state;
    MMSIM(&program, "compare", scratch_text("one.mmt", "mmtrace 1\nkmalloc 1 1048576\n"), "--ram",
          "64M", "--strategies", "brk,kseg0", "--json");
    assert_int_equal(json_u64(program.out, "runs[1].cost.tlb.untranslated"), 1048576 / 4096);
    assert_int_equal(json_u64(program.out, "runs[1].cost.tlb.hits"), 0);
    assert_int_equal(json_u64(program.out, "runs[1].cost.tlb.misses"), 0);
    assert_int_equal(json_u64(program.out, "runs[0].cost.tlb.untranslated"), 0);
}

/* The same results, digest and counts, only later. */
static void checking_changes_nothing(void **state)
{
    static struct program checked;

    (void)state;
    for (size_t i = 0; mm_strategies[i] != NULL; i++) {
        const char *strategy = mm_strategies[i]->name;
        MMSIM(&program, "replay", "tests/cli/data/vmalloc.mmt", "--strategy", strategy, "--json");
        MMSIM(&checked, "replay", "tests/cli/data/vmalloc.mmt", "--strategy", strategy, "--json",
              "--check-tlb");
        assert_int_equal(checked.status, 0);
        assert_string_equal(strstr(checked.out, "\"tlb\""), strstr(program.out, "\"tlb\""));
    }
    MMSIM(&checked, "compare", "tests/cli/data/vmalloc.mmt", "--check-tlb");
    assert_int_equal(checked.status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misses_depend_on_the_shape),
        cmocka_unit_test(checking_changes_nothing),
        cmocka_unit_test(compare_counts_for_each_run),
        cmocka_unit_test(segments_are_not_translated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
