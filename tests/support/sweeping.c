#include "support/sweeping.h"

#include <mm/strategy.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "replay/random.h"
#include "support/lab.h"
#include "support/scratch.h"

#include <signal.h>
#include <stdio.h>

struct trace traces[TRACES];
const struct strategy *strategies[2];
const struct sweep_range range = {12 * MIB, 28 * MIB, 2 * MIB, 4};
char reason[1024];
uint32_t jobs_run;
uint32_t stop_after;

/* Makes a trace of blocks and pages that are allocated and freed at random; up to about `megabytes`
 * are live at once. */
static struct trace make_trace(const char *name, uint32_t megabytes, uint32_t random)
{
    static char text[65536];
    size_t bytes = (size_t)snprintf(text, sizeof text, "mmtrace 1\n");

    for (uint32_t i = 0; i < 600; i++) {
        uint32_t id = 1u + i % 300u;
        uint32_t number = random32(&random);
        bool pages = i % 300u % 3u == 0;
        if (i >= 300)
            bytes += (size_t)snprintf(text + bytes, sizeof text - bytes, "%s %u\n",
                                      pages ? "free_pages" : "kfree", id);
        if (pages)
            bytes += (size_t)snprintf(text + bytes, sizeof text - bytes, "pages %u %u\n", id,
                                      number % 3u);
        else
            bytes += (size_t)snprintf(text + bytes, sizeof text - bytes, "kmalloc %u %u\n", id,
                                      1u + number % (megabytes * 10000u));
    }
    return lab_trace(scratch_text(name, text));
}

int sweeping_setup(void **state)
{
    (void)state;
    traces[0] = make_trace("one.mmt", 9, 1);
    traces[1] = make_trace("two.mmt", 14, 77);
    strategies[0] = mm_strategy_find("brk");
    strategies[1] = mm_strategy_find("zoned");
    return 0;
}

int sweeping_teardown(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < TRACES; i++)
        trace_close(&traces[i]);
    return 0;
}

static void note_progress(void *context, const struct sweep_progress *progress)
{
    (void)context;
    assert_true(progress->done <= progress->jobs);
    assert_true(progress->work_done <= progress->work);
    jobs_run = progress->done;
    if (stop_after != 0 && progress->done == stop_after)
        raise(SIGTERM);
}

static void note_broken(void *context, const struct sweep_job *job, const char *why)
{
    (void)context;
    snprintf(reason, sizeof reason, "%s with %llu: %s", job->strategy->name,
             (unsigned long long)job->ram_bytes, why);
}

struct sweep_request request_of(uint32_t strategy_count, uint32_t at_once, const char *journal)
{
    stop_after = 0;
    reason[0] = '\0';
    return (struct sweep_request){.traces = traces,
                                  .trace_count = TRACES,
                                  .strategies = strategies,
                                  .strategy_count = strategy_count,
                                  .range = range,
                                  .at_once = at_once,
                                  .journal = journal,
                                  .progress = note_progress,
                                  .broken = note_broken};
}

struct sweep_results sweep(const struct sweep_request *request, enum sweep_end expected)
{
    struct sweep_results results;
    struct sim_error error = {"", false};

    jobs_run = 0;
    enum sweep_end end = sweep_run(request, &results, &error);
    if (end != expected)
        fail_msg("the sweep ended with %d: %s%s", (int)end, error.text, reason);
    return results;
}

void assert_same(const struct sweep_results *a, const struct sweep_results *b)
{
    assert_int_equal(a->count, b->count);
    for (uint32_t i = 0; i < a->count; i++) {
        assert_string_equal(a->list[i].trace, b->list[i].trace);
        assert_string_equal(a->list[i].strategy, b->list[i].strategy);
        assert_int_equal(a->list[i].least_known, b->list[i].least_known);
        assert_int_equal(a->list[i].least_ram_bytes, b->list[i].least_ram_bytes);
        assert_true(sweep_ranges_equal(&a->list[i].range, &b->list[i].range));
        assert_int_equal(a->list[i].count, b->list[i].count);
        assert_memory_equal(a->list[i].points, b->list[i].points,
                            a->list[i].count * sizeof a->list[i].points[0]);
    }
}
