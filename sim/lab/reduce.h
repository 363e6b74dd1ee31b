/*
 * Shrinks a trace while it still fails: `mmsim reduce`.
 *
 * The method is delta debugging (A. Zeller and R. Hildebrandt, "Simplifying and Isolating
 * Failure-Inducing Input", 2002). Units are left out that keep the trace sound: a block with its
 * reallocs and its free, a process with all that it does; then single events within units. A
 * failure needs full memory, of which no part can be left out. So all events before the last ones
 * are first replaced by blocks whose size is found by bisection. Then blocks are merged, and sizes
 * and RAM are made smaller. The reduced trace fails at its last event for the same cause, and at no
 * other event. Each trial is a replay in a process of its own. The result depends on the trace and
 * the request only.
 */
#ifndef LAB_REDUCE_H
#define LAB_REDUCE_H

#include "lab/experiment.h"
#include "trace/trace_writer.h"

/* What to keep is a cause of mm.h, or one of these: */
#define KEEP_FAILURE MM_OK          /* the cause of the first failure, whichever it is */
#define KEEP_CRASH   MM_CAUSE_COUNT /* a panic or a crash of the strategy */

struct reduce_request {
    struct trace *trace;
    const struct strategy *strategy;
    const struct memmap *map; /* of ram_bytes */
    uint64_t ram_bytes;       /* the RAM of the machine; with ram_free, the most that it may have */
    bool ram_free;            /* whether RAM may be made less; otherwise the map is used as it is */
    const char *memmap; /* the file of the map; NULL: the map is that of QEMU's PC for ram_bytes */
    uint32_t keep;      /* enum mm_cause, or one of the above */
    void (*progress)(uint32_t trials, uint32_t events); /* may be NULL */
};

enum reduce_end {
    REDUCE_DONE,
    REDUCE_NO_FAILURE, /* the trace has no failure of that kind */
    REDUCE_BAD_TRACE,
    REDUCE_FAILED /* no temporary file, or the strategy does not behave the same twice: `reason` */
};

struct reduction {
    enum reduce_end end;
    char reason[RUN_REASON_BYTES]; /* unless REDUCE_DONE and REDUCE_NO_FAILURE */
    uint64_t event;                /* the event of the trace that failed */
    uint32_t keep;                 /* the cause that was kept, or KEEP_CRASH */
    uint64_t ram_bytes;            /* of the result */
    uint32_t events;               /* of the result, without its mark */
    uint32_t trials;
};

/*
 * Reduce the trace, and write the result into writer, after a mark that says how to repeat the
 * failure. After REDUCE_DONE the failure is the last event, no event before it fails that could be
 * left out, and no unit and no event within a unit can be left out (the result is 1-minimal). The
 * written trace was replayed, and failed in this way. Memory is needed for the events from the
 * failure back to where they suffice for it, a million at least.
 */
void reduce_run(struct reduction *reduction, const struct reduce_request *request,
                struct trace_writer *writer);

/* The options with which `mmsim replay` shows the failure: "--strategy brk --ram 8M". */
#define REDUCE_OPTIONS_BYTES 512u
void reduce_options(const struct reduction *reduction, const struct reduce_request *request,
                    char options[REDUCE_OPTIONS_BYTES]);

/* Parse what to keep: "no_run", ..., "failure", "crash". Returns false for any other text. */
bool reduce_keep_parse(const char *text, uint32_t *keep);
const char *reduce_keep_name(uint32_t keep);

#endif
