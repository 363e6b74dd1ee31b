/*
 * Shrinks a trace while it still fails: `mmsim reduce`.
 *
 * Delta debugging (A. Zeller and R. Hildebrandt, "Simplifying and Isolating Failure-Inducing
 * Input", 2002) over units that keep a trace sound: a block with its reallocs and its free, a
 * process with all that it does; then over single events within units. Because memory must be full
 * to fail, and no part of a full memory can go, all that comes before the last events is first
 * replaced by blocks of a size found by bisection; blocks are merged, sizes and RAM shrunk. What is
 * kept is the cause, of a failure at the last event of a trace in which nothing else fails. Each
 * trial is a replay in a process of its own. The result depends on the trace and the request alone.
 */
#ifndef LAB_REDUCE_H
#define LAB_REDUCE_H

#include "lab/experiment.h"
#include "trace/trace_writer.h"

/* What to keep, beside the causes of mm.h: */
#define KEEP_FAILURE MM_OK          /* the first failure's cause, whichever it is */
#define KEEP_CRASH   MM_CAUSE_COUNT /* a panic or a crash of the strategy, instead of a failure */

struct reduce_request {
    struct trace *trace;
    const struct strategy *strategy;
    const struct memmap *map; /* of ram_bytes */
    uint64_t ram_bytes;       /* the machine's; with ram_free, the most that it may have */
    bool ram_free;            /* RAM may be less; else the map is as given: */
    const char *memmap;       /* where it was read; NULL: it is QEMU's PC's for ram_bytes */
    uint32_t keep;            /* enum mm_cause, or one of the above */
    void (*progress)(uint32_t trials, uint32_t events); /* may be NULL */
};

enum reduce_end {
    REDUCE_DONE,
    REDUCE_NO_FAILURE, /* there is nothing of that kind to keep */
    REDUCE_BAD_TRACE,
    REDUCE_FAILED /* no temporary file, or a strategy that does not repeat itself: `reason` */
};

struct reduction {
    enum reduce_end end;
    char reason[RUN_REASON_BYTES]; /* unless REDUCE_DONE and REDUCE_NO_FAILURE */
    uint64_t event;                /* of the trace: what failed */
    uint32_t keep;                 /* the cause that was kept, or KEEP_CRASH */
    uint64_t ram_bytes;            /* of the result */
    uint32_t events;               /* of the result, its mark apart */
    uint32_t trials;
};

/*
 * Reduce the trace and write what is left into writer, behind a mark that says how to repeat it.
 * REDUCE_DONE: the failure is the last event, nothing fails before it that could be left out, and
 * no unit and no event within one can be (1-minimal); that the written trace fails so was seen by
 * replaying it. Memory: of the events from the failure back to where they suffice for it, a million
 * at least.
 */
void reduce_run(struct reduction *reduction, const struct reduce_request *request,
                struct trace_writer *writer);

/* The options of `mmsim replay` with which a trace fails so: "--strategy brk --ram 8M". */
#define REDUCE_OPTIONS_BYTES 512u
void reduce_options(const struct reduction *reduction, const struct reduce_request *request,
                    char options[REDUCE_OPTIONS_BYTES]);

/* "no_run", ..., "failure", "crash": what to keep. false: it is none of these. */
bool reduce_keep_parse(const char *text, uint32_t *keep);
const char *reduce_keep_name(uint32_t keep);

#endif
