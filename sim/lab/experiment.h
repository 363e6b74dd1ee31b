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
    uint64_t microseconds;         /* CPU time of the replay; set-up, checks, reading and
                                      decompressing the file apart. Once, on memory that nobody
                                      has touched: lab/timing.h measures better */
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

/* Who watches a replay. Either function may be NULL. They leave live what is live; what they panic
   of is the experiment's failure. */
struct experiment_watch {
    void (*begin)(void *context, struct replay *replay); /* before the first event */
    /* After the last, at what the trace has left, before it is freed. NULL, or why the experiment
       has failed: in one line, good for as long as the context. */
    const char *(*end)(void *context, struct replay *replay);
    void *context;
};

/* The same, watched. NULL: nobody watches. */
void experiment_run_watched(struct run_outcome *outcome, const struct trace *trace,
                            const struct strategy *strategy, const struct memmap *map,
                            const struct machine_options *options,
                            const struct experiment_watch *watch);

#endif
