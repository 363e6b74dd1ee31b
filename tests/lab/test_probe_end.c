/* Measures the state at the end of a trace, and checks that measuring does not change it. */
#include <mm/strategy.h>

#include "lab/probe.h"
#include "support/lab.h"
#include "support/test.h"

#include <string.h>

#define MIB UINT64_C(0x100000)

struct end_values {
    struct measured not_asked_for;
    struct measured one_distance;
    struct measured largest_kmalloc;
    struct measured largest_vmalloc;
    struct measured blocks_64k;
    struct measured blocks_4m;
    bool all_freed;
    uint64_t free_bytes;
};

static const char *measure_end(void *context, struct replay *replay)
{
    struct end_values *values = context;
    struct mm *mm = replay->mm;

    values->free_bytes = mm_free_bytes(mm);
    values->not_asked_for = end_not_asked_for(replay);
    values->one_distance = end_one_distance(replay);
    values->largest_kmalloc = end_largest_kmalloc(mm);
    values->largest_vmalloc = end_largest_vmalloc(mm);
    values->blocks_64k = end_blocks(mm, 4);
    values->blocks_4m = end_blocks(mm, ORDER_MAX);
    values->all_freed = mm_free_bytes(mm) >= values->free_bytes; /* emptied caches may add to it */
    return NULL;
}

static struct end_values end_values_of(const char *events, const struct strategy *strategy)
{
    struct trace trace = lab_trace_text(events);
    struct memmap map = lab_map(64 * MIB);
    struct run_outcome outcome;
    struct end_values values = {.all_freed = false};
    const struct experiment_watch watch = {.end = measure_end, .context = &values};

    experiment_run_watched(&outcome, &trace, strategy, &map, NULL, &watch);
    if (outcome.status != RUN_DONE)
        fail_msg("%s: %s", strategy->name, outcome.reason);
    trace_close(&trace);
    return values;
}

static const char *const few_events = "kmalloc 1 100\nkmalloc 2 5000\npages 3 0\nkmalloc 4 20000\n"
                                      "kfree 2\nvmalloc 5 9000\n";

TEST(every_strategy_is_measured_and_left_unchanged)
{
    for (uint32_t i = 0; mm_strategies[i] != NULL; i++) {
        struct end_values values = end_values_of(few_events, mm_strategies[i]);
        assert_true(values.all_freed);
        assert_true(values.largest_kmalloc.part <= values.free_bytes);
        assert_true(values.largest_vmalloc.part <= values.free_bytes);
        assert_true(values.blocks_64k.whole >= values.free_bytes);
        assert_true(values.blocks_64k.part <= values.blocks_64k.whole);
        assert_true(values.not_asked_for.part < values.not_asked_for.whole);
        assert_in_range(values.one_distance.whole, 1 + 5,
                        1 + 6); /* 100 and 20,000 bytes, in pages */
    }
}

TEST(bytes_asked_for_are_not_counted)
{
    uint64_t asked = 100 + 20000 + PAGE_SIZE + 9000;

    struct end_values brk = end_values_of(few_events, mm_strategy_find("brk"));
    assert_int_equal(brk.not_asked_for.whole % PAGE_SIZE, 0);
    assert_int_equal((brk.not_asked_for.whole - brk.not_asked_for.part), asked);
}

TEST(memory_not_asked_for_is_not_measured_with_processes)
{
    struct end_values values =
        end_values_of("process 7\nkmalloc 1 8\nexit 7\n", mm_strategy_find("brk"));
    assert_int_equal(values.not_asked_for.whole, 0);
    assert_int_equal(values.one_distance.whole, 1);
}

TEST(only_brk_gives_blocks_of_several_pages)
{
    struct end_values window = end_values_of(few_events, mm_strategy_find("window"));
    struct end_values brk = end_values_of(few_events, mm_strategy_find("brk"));
    assert_int_equal(window.blocks_64k.part, 0);
    assert_int_equal(window.blocks_4m.part, 0);
    assert_true(brk.blocks_4m.part > brk.blocks_4m.whole / 2u);
    assert_true(brk.blocks_64k.part >= brk.blocks_4m.part);
}

TEST(the_largest_block_is_all_free_memory)
{
    struct end_values brk = end_values_of("", mm_strategy_find("brk"));
    assert_in_range(brk.largest_kmalloc.part, brk.free_bytes - PAGE_SIZE, brk.free_bytes);
    assert_int_equal(brk.largest_vmalloc.part, brk.free_bytes); /* 60 MiB and a guard page fit */
    assert_int_equal(brk.one_distance.whole, 0);
}

/* `window` takes frames in the reverse of the order in which they were freed. */
TEST(the_window_scatters_frames)
{
    static const char *const scattered = "pages 1 0\npages 2 0\npages 3 0\nfree_pages 2\n"
                                         "free_pages 1\nfree_pages 3\nkmalloc 4 16000\n";

    struct end_values window = end_values_of(scattered, mm_strategy_find("window"));
    struct end_values brk = end_values_of(scattered, mm_strategy_find("brk"));
    assert_int_equal(window.one_distance.whole, 4);
    assert_true(window.one_distance.part < 4);
    assert_int_equal(brk.one_distance.part, 4);
}
