#include "fuzz/laws.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <mm/strategy.h>

#include "lab/experiment.h"
#include "support/lab.h"
#include "support/scratch.h"
#include "trace/convert.h"
#include "trace/info.h"

#define RAM_BYTES (UINT64_C(20) << 20)

/* The strategy is the trace's: the same each time that it is run. */
static const struct strategy *strategy_of(const struct trace *trace)
{
    uint32_t count = 0;

    while (mm_strategies[count] != NULL)
        count++;
    return mm_strategies[trace->header.crc % count];
}

static void replay(struct run_outcome *outcome, const struct trace *trace)
{
    const struct machine_options options = {.check_tlb = true};
    struct memmap map = lab_map(RAM_BYTES);

    experiment_run(outcome, trace, strategy_of(trace), &map, &options);
    if (outcome->status == RUN_FAILED && !outcome->no_room)
        fail_msg("%s: %s", strategy_of(trace)->name, outcome->reason);
}

static void convert(const char *in, const char *out)
{
    struct sim_error error;

    if (!trace_convert(in, out, &error))
        fail_msg("%s", error.text);
}

/* The sums that the header of a written trace announces are those of its events. */
static void law_header(const char *path)
{
    struct trace trace = lab_trace(path);
    struct trace_info info;
    struct sim_error error;

    if (!trace_info_collect(&trace, &info, &error))
        fail_msg("%s", error.text);
    assert_int_equal(info.events, trace.header.events);
    assert_int_equal(info.peak_live_bytes, trace.header.peak_live_bytes);
    assert_int_equal(info.slots, trace.header.slots);
    trace_info_free(&info);
    trace_close(&trace);
}

/* To text, to binary, to text: what comes of it the second time is what came the first time. */
static void law_forms(const char *path)
{
    const char *text = scratch_path("forms.mmt");
    const char *binary = scratch_path("forms.mmb");
    const char *again = scratch_path("again.mmt");
    const char *binary_again = scratch_path("again.mmb");
    struct sim_error error;

    unlink(text);
    if (!trace_convert(path, text, &error)) { /* a mark that no line can hold */
        law_error(&error, path);
        law_no_file(text);
        return;
    }
    convert(text, binary);
    convert(binary, again);
    law_same_file(text, again);
    convert(binary, binary_again);
    law_same_file(binary, binary_again);
    law_header(binary);
}

static void law_senseless(const char *path)
{
    const char *out = scratch_path("senseless.mmb");
    struct sim_error error;

    assert_false(trace_convert(path, out, &error));
    law_error(&error, path);
    law_no_file(out);
}

/* "FILE: offset N:", which begins both. The words behind it are each one's own. */
static bool same_place(const char *a, const char *b)
{
    const char *offset = strstr(a, ": offset ");

    return offset != NULL && strncmp(a, b, (size_t)(strchr(offset + 1, ':') - a) + 1u) == 0;
}

/* Checker and replay meet the same end. */
static bool law_replay(const struct trace *trace)
{
    static struct run_outcome outcome;
    struct sim_error error;
    bool sound = trace_verify(trace, &error);

    replay(&outcome, trace);
    if (!sound)
        law_error(&error, trace->name);
    if (outcome.status == RUN_DONE && !sound)
        fail_msg("replayed all the same: %s", error.text);
    if (outcome.status == RUN_BAD_TRACE && (sound || !same_place(error.text, outcome.reason)))
        fail_msg("checked: %s; replayed: %s", sound ? "sound" : error.text, outcome.reason);
    return sound;
}

bool law_trace(const char *path)
{
    struct sim_error error;
    struct trace trace;
    bool sound = trace_open(&trace, path, &error);

    if (sound) {
        sound = law_replay(&trace);
        trace_close(&trace);
    } else {
        law_error(&error, path);
    }
    if (sound)
        law_forms(path);
    else
        law_senseless(path);
    return sound;
}
