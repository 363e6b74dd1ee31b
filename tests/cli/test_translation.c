/* The map of virtual memory (`mmsim layout`), and the TLB model on the command line (--tlb). */
#include "support/json.h"
#include "support/program.h"
#include "support/scratch.h"
#include "support/test.h"

#include <mm/strategy.h>

#include <stdlib.h>
#include <string.h>

static struct program program;

/* ---- layout ---- */

TEST(layout_prints_a_table_of_one_strategy)
{
    MMSIM(&program, "layout", "--strategies", "brk", "--ram", "64M");
    assert_int_equal(program.status, 0);
    assert_output_has(&program, "RAM 64.0 MiB (--ram)\n");
    assert_output_has(&program,
                      "00000000-00001000    4.0 KiB never mapped                             -\n");
    assert_output_has(&program,
                      "bfffd000-c0000000   12.0 KiB   stack                                  -\n");
    assert_output_has(
        &program,
        "c0000000-f0000000  768.0 MiB direct map of 0 - 768 MiB        768.0 MiB 4M   -rw\n");
    assert_output_has(
        &program,
        "f5000000-fd000000  128.0 MiB linear frame buffer, uncached     16.0 MiB 4M   -rw\n");
    assert_output_has(
        &program,
        "fffff000-100000000   4.0 KiB page directory                     4.0 KiB 4K   -rw\n");
    assert_true(text_columns(program.out) <= 80);
}

TEST(layout_prints_every_strategy_by_default)
{
    MMSIM(&program, "layout");
    assert_int_equal(program.status, 0);
    assert_output_has(&program, "RAM 1.0 GiB (--ram sets it)\n");
    assert_output_has(&program, "\nwindow: ");
    assert_output_has(&program, "heap area");
    assert_output_has(&program, "\nprimary: ");
    assert_output_has(&program, "\nbrk: ");
}

TEST(layout_shows_segments_without_page_tables)
{
    MMSIM(&program, "layout", "--strategies", "kseg0", "--ram", "64M");
    assert_int_equal(program.status, 0);
    assert_output_has(&program, "00001000-80000000    2.0 GiB user space ");
    assert_output_has(
        &program,
        "80000000-a0000000  512.0 MiB kseg0: 0 - 512 MiB, by hardware  512.0 MiB none -rw\n");
    assert_output_has(
        &program,
        "a0000000-c0000000  512.0 MiB kseg1: the same, uncached        512.0 MiB none -rw\n");
    assert_true(text_columns(program.out) <= 80);
}

TEST(layout_prints_json)
{
    MMSIM(&program, "layout", "--strategies", "window,brk", "--ram", "64M", "--json");
    assert_int_equal(program.status, 0);
    assert_null(json_error(program.out));
    assert_int_equal(json_u64(program.out, "ram_bytes"), 64u << 20);
    assert_true(json_equals(program.out, "layouts[1].strategy", "\"brk\""));
    assert_true(json_equals(program.out, "layouts[0].areas[0].what", "\"never mapped\""));
    assert_int_equal(json_u64(program.out, "layouts[0].areas[0].end"), 4096);
    assert_int_equal(json_u64(program.out, "layouts[0].areas[0].mapped_bytes"), 0);
    assert_true(json_equals(program.out, "layouts[0].areas[2].rights", "\"ur-\""));
    assert_int_equal(json_u64(program.out, "layouts[0].areas[2].page_bytes"), 4096);
    assert_true(json_equals(program.out, "layouts[0].areas[2].uncached", "false"));
}

TEST(layout_refuses_bad_arguments)
{
    static const struct refused_command commands[] = {
        {{"layout", "--strategies", "brk,none"}, "no strategy 'none'"},
        {{"layout", "--ram", "1M"}, "--ram 1M: out of range"},
        {{"layout", "extra"}, "layout: unexpected argument 'extra'"},
    };

    ASSERT_COMMANDS_REFUSED(commands);
}

/* ---- the TLB ---- */

/*
 * Under brk, the heap starts 4 MiB into the direct map, which has pages of 4 MiB. So the first
 * block is in large pages 1 and 2, the second in large pages 2 and 3.
 */
#define TWO_BLOCKS                                                                                 \
    "mmtrace 1\n"                                                                                  \
    "kmalloc 1 5242880\n"                                                                          \
    "kmalloc 2 5242880\n"                                                                          \
    "kfree 1\n"                                                                                    \
    "kmalloc 1 5242880\n"

static void replay_two_blocks(const char *tlb)
{
    MMSIM(&program, "replay", scratch_text("two.mmt", TWO_BLOCKS), "--ram", "64M", "--strategy",
          "brk", "--json", "--tlb", tlb);
    assert_int_equal(program.status, 0);
}

TEST(tlb_misses_depend_on_the_shape)
{
    static const struct {
        const char *tlb;
        uint64_t misses;
    } expected[] = {{"64x4", 3}, {"64x4,8x4", 3}, {"1x1,4x1", 3}, {"64x4,1x1", 5}};
    uint64_t accesses = 3 * 5242880 / 4096 + 3; /* no block is aligned to a page */
    char digest[32] = "";

    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        size_t bytes;
        replay_two_blocks(expected[i].tlb);
        assert_int_equal(json_u64(program.out, "cost.tlb.misses"), expected[i].misses);
        assert_int_equal(json_u64(program.out, "cost.tlb.hits"), accesses - expected[i].misses);

        const char *found =
            json_find(program.out, "digest", &bytes); /* is the same for all shapes */
        if (digest[0] == '\0')
            memcpy(digest, found, bytes);
        assert_memory_equal(found, digest, bytes);
    }
}

TEST(compare_counts_tlb_hits_of_each_run)
{
    MMSIM(&program, "compare", scratch_text("two.mmt", TWO_BLOCKS), "--ram", "64M", "--strategies",
          "brk,window", "--json", "--tlb", "64x4,1x1");
    assert_int_equal(json_u64(program.out, "runs[0].cost.tlb.misses"), 5);
    /* window has pages of 4 KiB. Both blocks have a part of one page; its second access hits. */
    assert_int_equal(json_u64(program.out, "runs[1].cost.tlb.misses"), 3 * 5242880 / 4096 + 2);
    assert_int_equal(json_u64(program.out, "runs[1].cost.tlb.hits"), 1);
    MMSIM(&program, "compare", scratch_text("two.mmt", TWO_BLOCKS), "--strategies", "brk");
    assert_output_has(&program, "\nTLB hits ");
}

TEST(accesses_in_segments_need_no_tlb)
{
    MMSIM(&program, "compare", scratch_text("one.mmt", "mmtrace 1\nkmalloc 1 1048576\n"), "--ram",
          "64M", "--strategies", "brk,kseg0", "--json");
    assert_int_equal(json_u64(program.out, "runs[1].cost.tlb.untranslated"), 1048576 / 4096);
    assert_int_equal(json_u64(program.out, "runs[1].cost.tlb.hits"), 0);
    assert_int_equal(json_u64(program.out, "runs[1].cost.tlb.misses"), 0);
    assert_int_equal(json_u64(program.out, "runs[0].cost.tlb.untranslated"), 0);
}

TEST(check_tlb_changes_no_result)
{
    static struct program checked;

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
