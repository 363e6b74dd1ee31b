/* Measures the claims of the thread, also for strategies that crash or break a rule. */
#include "lab/thread.h"
#include "support/lab.h"
#include "support/raw_trace.h"
#include "support/scratch.h"
#include "support/strategy_double.h"
#include "support/test.h"

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

/* `window` has no blocks of several pages, so only their cost is not measured. */
TEST(every_measure_that_window_has_is_measured)
{
    struct thread_facts facts = facts_of(mm_strategy_find("window"), lab_trace_text(blocks));
    assert_int_equal(facts.status, RUN_DONE);
    assert_string_equal(facts.reason, "");
    for (uint32_t i = 0; i < THREAD_MEASURE_COUNT; i++)
        assert_int_equal(facts.value[i].whole == 0, i == THREAD_BLOCK_COST);
    assert_measured(&facts, THREAD_KMALLOC_FAILED, 1, 4); /* requests for pages do not count */
    assert_measured(&facts, THREAD_KMALLOC_FAILED_WHILE_FREE, 1, 4);
    assert_int_equal(facts.value[THREAD_CONTIGUOUS].whole, 2);
    assert_int_equal(facts.value[THREAD_TLB_MISSES].whole, 4);
    assert_measured(&facts, THREAD_LIMIT_1G_CAUSE, MM_NO_ADDRESS_SPACE, 1);
    assert_measured(&facts, THREAD_LIMIT_4G_CAUSE, MM_NO_ADDRESS_SPACE, 1);
}

TEST(contiguity_is_not_measured_without_blocks_over_a_page)
{
    struct thread_facts facts =
        facts_of(mm_strategy_find("brk"), lab_trace_text("kmalloc 1 8\npages 2 0\n"));
    assert_int_equal(facts.status, RUN_DONE);
    assert_measured(&facts, THREAD_CONTIGUOUS, 0, 0);
    assert_measured(&facts, THREAD_CONTIGUOUS_WORST, 0, 0);
}

TEST(an_impossible_event_is_an_error_of_the_trace)
{
    static const uint8_t payload[] = {EVENT_KMALLOC, 0, 100, EVENT_KFREE, 0, EVENT_KFREE, 0};
    uint8_t bytes[RAW_TRACE_BYTES(sizeof payload)];
    struct trace_header header = {.slots = 1, .events = 3, .peak_live_bytes = 100};
    size_t size = raw_trace_make(bytes, header, payload, sizeof payload);

    struct thread_facts facts =
        facts_of(mm_strategy_find("brk"), lab_trace(scratch_bytes("twice.mmb", bytes, size)));
    assert_int_equal(facts.status, RUN_BAD_TRACE);
    assert_non_null(strstr(facts.reason, "event 3: slot holds no allocation"));
    assert_measured(&facts, THREAD_KMALLOC_FAILED, 0, 0);
}

/* The strategy breaks its rule in the third kmalloc, which a probe calls. */
TEST(a_probe_that_fails_leaves_no_figures)
{
    struct thread_facts facts =
        facts_of(strategy_double(DOUBLE_BREAKS_RULE), lab_trace_text("vmalloc 1 8\n"));
    assert_int_equal(facts.status, RUN_FAILED);
    assert_non_null(strstr(facts.reason, "rule broken: brk: frames_used"));
    for (uint32_t i = 0; i < THREAD_MEASURE_COUNT; i++)
        assert_measured(&facts, (enum thread_measure)i, 0, 0);
}

/* The default handler of SIGSEGV lets the child crash for real; the limit prevents a core file. */
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

TEST(a_crash_does_not_change_the_facts_of_others)
{
    const struct strategy *strategies[] = {strategy_double(DOUBLE_SEGFAULTS),
                                           mm_strategy_find("brk")};
    struct trace trace = lab_trace_text(blocks);
    struct thread_facts facts[2];

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
