/* One experiment: one trace, one strategy, one memory map, on a fresh simulated machine. */
#ifndef LAB_EXPERIMENT_H
#define LAB_EXPERIMENT_H

#include "machine/machine.h"
#include "replay/replay.h"
#include "trace/trace_file.h"

enum run_status {
    RUN_DONE,
    RUN_BAD_TRACE, /* an event that makes no sense, or a damaged file: the trace's fault */
    RUN_FAILED     /* no machine, no room for metadata, a panic, a broken rule, a crash */
};

#define RUN_REASON_BYTES 640u

/* What came of it. Plain data: it crosses a pipe. */
struct run_outcome {
    enum run_status status;
    char reason[RUN_REASON_BYTES]; /* unless RUN_DONE: one line */
    bool no_room;                  /* RUN_FAILED, for want of room for metadata */
    struct replay_result result;   /* RUN_DONE */
    uint64_t microseconds;         /* that the replay took; set-up, checks, reading and
                                      decompressing the file apart */
    uint64_t tlb_hits;             /* of the replay's explicit accesses */
    uint64_t tlb_misses;
    uint64_t untranslated; /* explicit accesses that need no TLB: in kseg0 */
};

/*
 * Run it in this process, on a machine with these options (NULL: the defaults); a panic of the
 * memory manager ends in RUN_FAILED. What `replay_run` says is believed only after every checker of
 * the memory manager has agreed, before and after freeing what is left. O(events).
 */
void experiment_run(struct run_outcome *outcome, const struct trace *trace,
                    const struct strategy *strategy, const struct memmap *map,
                    const struct machine_options *options);

/* The same, and then `look(replay, context)` at what the trace has left, before it is freed. look
   leaves live what is live; what it panics of is the experiment's failure. NULL: nobody looks. */
void experiment_run_and_look(struct run_outcome *outcome, const struct trace *trace,
                             const struct strategy *strategy, const struct memmap *map,
                             const struct machine_options *options,
                             void (*look)(struct replay *replay, void *context), void *context);

/* Events a second; 0 when it took no time that could be measured. */
uint64_t run_events_per_second(const struct run_outcome *outcome);

#endif
