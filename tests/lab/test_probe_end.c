/* What is measured of a state that a trace has left, and that measuring leaves it as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mm/strategy.h>

#include "lab/probe.h"
#include "support/lab.h"

#include <string.h>

#define MIB UINT64_C(0x100000)

struct seen {
    struct measured not_asked_for;
    struct measured one_distance;
    struct measured largest_kmalloc;
    struct measured largest_vmalloc;
    struct measured blocks_64k;
    struct measured blocks_4m;
    bool given_back;
    uint64_t free_bytes;
};

static const char *look(void *context, struct replay *replay)
{
    struct seen *seen = context;
    struct mm *mm = replay->mm;

    seen->free_bytes = mm_free_bytes(mm);
    seen->not_asked_for = end_not_asked_for(replay);
    seen->one_distance = end_one_distance(replay);
    seen->largest_kmalloc = end_largest_kmalloc(mm);
    seen->largest_vmalloc = end_largest_vmalloc(mm);
    seen->blocks_64k = end_blocks(mm, 4);
    seen->blocks_4m = end_blocks(mm, ORDER_MAX);
    seen->given_back = mm_free_bytes(mm) >= seen->free_bytes; /* more: what a cache kept */
    return NULL;
}

static struct seen seen_of(const char *events, const struct strategy *strategy)
{
    struct trace trace = lab_trace_text(events);
    struct memmap map = lab_map(64 * MIB);
    struct run_outcome outcome;
    struct seen seen = {.given_back = false};
    const struct experiment_watch watch = {.end = look, .context = &seen};

    experiment_run_watched(&outcome, &trace, strategy, &map, NULL, &watch);
    if (outcome.status != RUN_DONE)
        fail_msg("%s: %s", strategy->name, outcome.reason);
    trace_close(&trace);
    return seen;
}

static const char *const few = "kmalloc 1 100\nkmalloc 2 5000\npages 3 0\nkmalloc 4 20000\n"
                               "kfree 2\nvmalloc 5 9000\n";

static void every_strategy_can_be_looked_at(void **state)
{
    (void)state;
    for (uint32_t i = 0; mm_strategies[i] != NULL; i++) {
        struct seen seen = seen_of(few, mm_strategies[i]);
        assert_true(seen.given_back);
        assert_true(seen.largest_kmalloc.part <= seen.free_bytes);
        assert_true(seen.largest_vmalloc.part <= seen.free_bytes);
        assert_true(seen.blocks_64k.whole >= seen.free_bytes);
        assert_true(seen.blocks_64k.part <= seen.blocks_64k.whole);
        assert_true(seen.not_asked_for.part < seen.not_asked_for.whole);
        assert_in_range(seen.one_distance.whole, 1 + 5, 1 + 6); /* 100 and 20,000 bytes, in pages */
    }
}

static void what_was_asked_for_is_not_counted(void **state)
{
    uint64_t asked = 100 + 20000 + PAGE_SIZE + 9000;

    (void)state;
    struct seen brk = seen_of(few, mm_strategy_find("brk"));
    assert_int_equal(brk.not_asked_for.whole % PAGE_SIZE, 0);
    assert_int_equal((brk.not_asked_for.whole - brk.not_asked_for.part), asked);
}

static void memory_of_processes_is_not_measured(void **state)
{
    (void)state;
    struct seen seen = seen_of("process 7\nkmalloc 1 8\nexit 7\n", mm_strategy_find("brk"));
    assert_int_equal(seen.not_asked_for.whole, 0);
    assert_int_equal(seen.one_distance.whole, 1);
}

static void blocks_are_for_those_that_know_neighbours(void **state)
{
    (void)state;
    struct seen window = seen_of(few, mm_strategy_find("window"));
    struct seen brk = seen_of(few, mm_strategy_find("brk"));
    assert_int_equal(window.blocks_64k.part, 0);
    assert_int_equal(window.blocks_4m.part, 0);
    assert_true(brk.blocks_4m.part > brk.blocks_4m.whole / 2u);
    assert_true(brk.blocks_64k.part >= brk.blocks_4m.part);
}

/* Nothing but 60 MiB is in the way; one page more would fail. */
static void the_largest_block_is_found(void **state)
{
    (void)state;
    struct seen brk = seen_of("", mm_strategy_find("brk"));
    assert_in_range(brk.largest_kmalloc.part, brk.free_bytes - PAGE_SIZE, brk.free_bytes);
    assert_int_equal(brk.largest_vmalloc.part, brk.free_bytes); /* 60 MiB and a guard page fit */
    assert_int_equal(brk.one_distance.whole, 0);
}

/* Frames of the page stack, in the order in which they came back. */
static void the_window_scatters_frames(void **state)
{
    static const char *const scattered = "pages 1 0\npages 2 0\npages 3 0\nfree_pages 2\n"
                                         "free_pages 1\nfree_pages 3\nkmalloc 4 16000\n";

    (void)state;
    struct seen window = seen_of(scattered, mm_strategy_find("window"));
    struct seen brk = seen_of(scattered, mm_strategy_find("brk"));
    assert_int_equal(window.one_distance.whole, 4);
    assert_true(window.one_distance.part < 4);
    assert_int_equal(brk.one_distance.part, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_strategy_can_be_looked_at),
        cmocka_unit_test(what_was_asked_for_is_not_counted),
        cmocka_unit_test(memory_of_processes_is_not_measured),
        cmocka_unit_test(blocks_are_for_those_that_know_neighbours),
        cmocka_unit_test(the_largest_block_is_found),
        cmocka_unit_test(the_window_scatters_frames),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
