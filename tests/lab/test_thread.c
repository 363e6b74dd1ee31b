/* The thread's claims, measured of strategies side by side, and of strategies that go wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lab/thread.h"
#include "support/lab.h"
#include "support/raw_trace.h"
#include "support/scratch.h"
#include "support/strategy_double.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#define MIB UINT64_C(0x100000)

static const char *const blocks = "kmalloc 1 100 @a\n"
                                  "kmalloc 2 5000 @b\n"
                                  "kmalloc 3 70000 @c\n"
                                  "kmalloc 4 8 dma\n"
                                  "pages 5 0\n"
                                  "pages 6 1\n";

static struct thread_facts facts_of(const struct strategy *strategy, struct trace trace)
{
    struct memmap map = lab_map(32 * MIB);
    struct thread_facts facts;

    memset(&facts, 0xa5, sizeof facts);
    thread_measure(&facts, &trace, strategy, &map);
    trace_close(&trace);
    return facts;
}

static void assert_measured(const struct thread_facts *facts, enum thread_measure measure,
                            uint64_t part, uint64_t whole)
{
    assert_int_equal(facts->value[measure].part, part);
    assert_int_equal(facts->value[measure].whole, whole);
}

/* All but what `window` has not: blocks of several pages, and times of them. */
static void everything_is_measured(void **state)
{
    (void)state;
    struct thread_facts facts = facts_of(mm_strategy_find("window"), lab_trace_text(blocks));
    assert_int_equal(facts.status, RUN_DONE);
    assert_string_equal(facts.reason, "");
    for (uint32_t i = 0; i < THREAD_MEASURE_COUNT; i++)
        assert_int_equal(facts.value[i].whole == 0, i == THREAD_BLOCK_COST);
    assert_measured(&facts, THREAD_KMALLOC_FAILED, 1, 4); /* the two pages are no kmalloc */
    assert_measured(&facts, THREAD_KMALLOC_FAILED_WHILE_FREE, 1, 4);
    assert_int_equal(facts.value[THREAD_CONTIGUOUS].whole, 2);
    assert_int_equal(facts.value[THREAD_TLB_MISSES].whole, 4);
    assert_measured(&facts, THREAD_LIMIT_1G_CAUSE, MM_NO_ADDRESS_SPACE, 1);
    assert_measured(&facts, THREAD_LIMIT_4G_CAUSE, MM_NO_ADDRESS_SPACE, 1);
}

static void no_block_over_a_page_has_no_worst_hundred(void **state)
{
    (void)state;
    struct thread_facts facts =
        facts_of(mm_strategy_find("brk"), lab_trace_text("kmalloc 1 8\npages 2 0\n"));
    assert_int_equal(facts.status, RUN_DONE);
    assert_measured(&facts, THREAD_CONTIGUOUS, 0, 0);
    assert_measured(&facts, THREAD_CONTIGUOUS_WORST, 0, 0);
}

static void a_bad_trace_is_the_traces_fault(void **state)
{
    static const uint8_t payload[] = {EVENT_KMALLOC, 0, 100, EVENT_KFREE, 0, EVENT_KFREE, 0};
    uint8_t bytes[RAW_TRACE_BYTES(sizeof payload)];
    struct trace_header header = {.slots = 1, .events = 3, .peak_live_bytes = 100};
    size_t size = raw_trace_make(bytes, header, payload, sizeof payload);

    (void)state;
    struct thread_facts facts =
        facts_of(mm_strategy_find("brk"), lab_trace(scratch_bytes("twice.mmb", bytes, size)));
    assert_int_equal(facts.status, RUN_BAD_TRACE);
    assert_non_null(strstr(facts.reason, "event 3: slot holds no allocation"));
    assert_measured(&facts, THREAD_KMALLOC_FAILED, 0, 0);
}

/* The trace has one block: the third comes in a probe. */
static void a_probe_that_fails_leaves_no_figures(void **state)
{
    (void)state;
    struct thread_facts facts =
        facts_of(strategy_double(DOUBLE_BREAKS_RULE), lab_trace_text("vmalloc 1 8\n"));
    assert_int_equal(facts.status, RUN_FAILED);
    assert_non_null(strstr(facts.reason, "rule broken: brk: frames_used"));
    for (uint32_t i = 0; i < THREAD_MEASURE_COUNT; i++)
        assert_measured(&facts, (enum thread_measure)i, 0, 0);
}

/* A crash has to be a real one, but without a core file. */
static void run_with_default_signals(struct thread_facts facts[], const struct trace *trace,
                                     const struct strategy *const strategies[], uint32_t count)
{
    struct memmap map = lab_map(32 * MIB);
    struct rlimit core;
    void (*before)(int) = signal(SIGSEGV, SIG_DFL);

    getrlimit(RLIMIT_CORE, &core);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, core.rlim_max});
    thread_run(facts, trace, strategies, count, &map);
    setrlimit(RLIMIT_CORE, &core);
    signal(SIGSEGV, before);
}

static bool is_a_time(enum thread_measure measure)
{
    return measure == THREAD_PAGE_COST || measure == THREAD_BLOCK_COST;
}

static void one_crashes_and_the_other_is_as_alone(void **state)
{
    const struct strategy *strategies[] = {strategy_double(DOUBLE_SEGFAULTS),
                                           mm_strategy_find("brk")};
    struct trace trace = lab_trace_text(blocks);
    struct thread_facts facts[2];

    (void)state;
    run_with_default_signals(facts, &trace, strategies, 2);
    trace_close(&trace);
    assert_int_equal(facts[0].status, RUN_FAILED);
    assert_string_equal(facts[0].reason, "crashed: Segmentation fault");
    struct thread_facts alone = facts_of(strategies[1], lab_trace_text(blocks));
    assert_int_equal(facts[1].status, RUN_DONE);
    for (uint32_t i = 0; i < THREAD_MEASURE_COUNT; i++)
        if (!is_a_time((enum thread_measure)i))
            assert_measured(&facts[1], (enum thread_measure)i, alone.value[i].part,
                            alone.value[i].whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_measured),
        cmocka_unit_test(no_block_over_a_page_has_no_worst_hundred),
        cmocka_unit_test(a_bad_trace_is_the_traces_fault),
        cmocka_unit_test(a_probe_that_fails_leaves_no_figures),
        cmocka_unit_test(one_crashes_and_the_other_is_as_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
