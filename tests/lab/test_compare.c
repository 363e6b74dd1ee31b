/* Compares strategies side by side. The failure of one must not change the other results. */
#include "lab/experiment.h"
#include "support/lab.h"
#include "support/strategy_double.h"
#include "support/test.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define MIB UINT64_C(0x100000)

static const char *const blocks = "kmalloc 1 100 @a\n"
                                  "kmalloc 2 5000 @b\n"
                                  "kmalloc 3 70000 @c\n"
                                  "kmalloc 4 20000\n"
                                  "kfree 2\n"
                                  "pages 5 0\n";

static void compare(struct run_outcome outcomes[], const struct strategy *const strategies[],
                    uint32_t count)
{
    struct trace trace = lab_trace_text(blocks);
    struct memmap map = lab_map(32 * MIB);

    memset(outcomes, 0xa5, count * sizeof outcomes[0]);
    compare_run(outcomes, &trace, strategies, count, &map, NULL, NULL);
    trace_close(&trace);
}

/* Runs the strategy by itself, in this process. */
static struct run_outcome run_alone(const struct strategy *strategy)
{
    struct trace trace = lab_trace_text(blocks);
    struct memmap map = lab_map(32 * MIB);
    struct run_outcome outcome;

    experiment_run(&outcome, &trace, strategy, &map, NULL);
    trace_close(&trace);
    return outcome;
}

static void assert_same_result(const struct run_outcome *a, const struct run_outcome *b)
{
    assert_int_equal(a->status, RUN_DONE);
    assert_int_equal(b->status, RUN_DONE);
    assert_int_equal(a->result.digest, b->result.digest);
    assert_int_equal(a->result.events, b->result.events);
    assert_memory_equal(a->result.requests, b->result.requests, sizeof a->result.requests);
    assert_memory_equal(&a->result.end, &b->result.end, sizeof a->result.end);
    assert_memory_equal(&a->result.worst, &b->result.worst, sizeof a->result.worst);
    assert_int_equal(a->result.frames_used_peak, b->result.frames_used_peak);
    assert_int_equal(a->result.heap_span_peak_bytes, b->result.heap_span_peak_bytes);
}

TEST(each_strategy_gives_the_same_result_as_when_run_alone)
{
    struct run_outcome outcomes[COMPARE_MAX];
    uint32_t count = 0;

    while (mm_strategies[count] != NULL)
        count++;
    compare(outcomes, mm_strategies, count);
    for (uint32_t i = 0; i < count; i++) {
        struct run_outcome one = run_alone(mm_strategies[i]);
        assert_same_result(&outcomes[i], &one);
    }
}

/* CMocka and the sanitizers install handlers of SIGSEGV. The default one lets the child crash for
 * real; the limit prevents a core file. */
static void compare_with_default_signals(struct run_outcome outcomes[],
                                         const struct strategy *const strategies[], uint32_t count)
{
    struct rlimit core;
    void (*before)(int) = signal(SIGSEGV, SIG_DFL);

    getrlimit(RLIMIT_CORE, &core);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, core.rlim_max});
    compare(outcomes, strategies, count);
    setrlimit(RLIMIT_CORE, &core);
    signal(SIGSEGV, before);
}

TEST(strategies_that_fail_let_the_others_finish)
{
    const struct strategy *brk = mm_strategy_find("brk");
    const struct strategy *strategies[] = {
        mm_strategy_find("window"),          strategy_double(DOUBLE_SEGFAULTS),
        strategy_double(DOUBLE_PANICS),      mm_strategy_find("primary"),
        strategy_double(DOUBLE_EXITS),       strategy_double(DOUBLE_DEREFERENCES_NULL),
        strategy_double(DOUBLE_BREAKS_RULE), brk,
    };
    static const char *const reasons[] = {
        NULL,
        "crashed: Segmentation fault",
        "panic: double_kmalloc: was told to panic: 0x3",
        NULL,
        "crashed: ended without a result",
        "panic: kernel write at 0x00000010: null dereference",
        "rule broken: brk: frames_used",
        NULL,
    };
    enum { COUNT = sizeof strategies / sizeof strategies[0] };
    struct run_outcome outcomes[COUNT];

    compare_with_default_signals(outcomes, strategies, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        if (reasons[i] == NULL) {
            struct run_outcome one = run_alone(strategies[i]);
            assert_same_result(&outcomes[i], &one);
            continue;
        }
        assert_int_equal(outcomes[i].status, RUN_FAILED);
        assert_memory_equal(outcomes[i].reason, reasons[i], strlen(reasons[i]));
        assert_null(strchr(outcomes[i].reason, '\n'));
    }
}

/* The table is full. Two strategies alternate in it. */
TEST(the_largest_number_of_strategies_can_be_compared)
{
    const struct strategy *strategies[COMPARE_MAX];
    static struct run_outcome outcomes[COMPARE_MAX];

    for (uint32_t i = 0; i < COMPARE_MAX; i++)
        strategies[i] = mm_strategy_find(i % 2 == 0 ? "brk" : "window");
    compare(outcomes, strategies, COMPARE_MAX);
    for (uint32_t i = 2; i < COMPARE_MAX; i++)
        assert_same_result(&outcomes[i], &outcomes[i % 2]);
}

/* The parent of the program may have ignored SIGCHLD. Then the system reaps the children itself. */
TEST(an_ignored_sigchld_does_no_harm)
{
    const struct strategy *strategies[] = {mm_strategy_find("brk"), mm_strategy_find("primary")};
    struct run_outcome outcomes[2];

    signal(SIGCHLD, SIG_IGN);
    compare(outcomes, strategies, 2);
    assert_ptr_equal(signal(SIGCHLD, SIG_DFL), SIG_IGN);
    assert_int_equal(outcomes[0].status, RUN_DONE);
    assert_int_equal(outcomes[1].status, RUN_DONE);
}

TEST(no_process_is_left_behind)
{
    const struct strategy *strategies[] = {mm_strategy_find("brk"), strategy_double(DOUBLE_EXITS)};
    struct run_outcome outcomes[2];

    compare(outcomes, strategies, 2);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

TEST(comparing_no_strategy_does_nothing)
{
    struct trace trace = lab_trace_text(blocks);
    struct memmap map = lab_map(32 * MIB);

    compare_run(NULL, &trace, NULL, 0, &map, NULL, NULL);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    trace_close(&trace);
}
