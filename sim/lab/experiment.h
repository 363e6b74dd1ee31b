/* One experiment: one trace, one strategy, one memory map, on a fresh simulated machine. */
#ifndef LAB_EXPERIMENT_H
#define LAB_EXPERIMENT_H

#include "machine/machine.h"
#include "replay/replay.h"
#include "trace/trace_file.h"

enum run_status {
    RUN_DONE,
    RUN_BAD_TRACE, /* the trace is at fault: an event makes no sense, or the file is damaged */
    RUN_FAILED     /* no machine, no room for metadata, a panic, a broken rule, a crash */
};

#define RUN_REASON_BYTES 640u

struct experiment_setup {
    const struct trace *trace;
    const struct strategy *strategy;
    const struct memmap *map;
    const struct machine_options *options; /* NULL: the defaults */
};

/*
 * Create a machine in this process, start the strategy on it, call body(context, mm), and destroy
 * the machine. setup->trace is not used. Returns false if body was not called or did not return;
 * reason then says in one line that there is no machine, that the memory manager panicked, or that
 * the map has no room for the strategy's metadata. The last case alone sets *no_room, unless
 * no_room is NULL.
 */
bool experiment_with_mm(const struct experiment_setup *setup,
                        void (*body)(void *context, struct mm *mm), void *context,
                        char reason[RUN_REASON_BYTES], bool *no_room);

/* The same, but body gets a replay of setup->trace that has not begun. */
bool experiment_with_replay(const struct experiment_setup *setup,
                            void (*body)(void *context, struct replay *replay), void *context,
                            char reason[RUN_REASON_BYTES], bool *no_room);

/* The outcome of a run. Plain data: it crosses a pipe. */
struct run_outcome {
    enum run_status status;
    char reason[RUN_REASON_BYTES]; /* unless RUN_DONE: one line */
    bool no_room;                  /* RUN_FAILED because the map has no room for metadata */
    struct replay_result result;   /* RUN_DONE */
    uint64_t microseconds;         /* CPU time of the replay without set-up, checks, reading and
                                      decompressing. It was taken once, on memory that nobody had
                                      touched: lab/timing.h measures better */
    uint64_t tlb_hits;             /* of the replay's explicit accesses */
    uint64_t tlb_misses;
    uint64_t untranslated; /* explicit accesses that need no TLB, in kseg0 */
};

/*
 * Run an experiment in this process, on a machine with these options (NULL: the defaults). A panic
 * of the memory manager ends in RUN_FAILED, and so does a broken rule: every checker of the memory
 * manager runs at the end of the trace, and again after the blocks that it left are freed.
 * O(events).
 */
void experiment_run(struct run_outcome *outcome, const struct trace *trace,
                    const struct strategy *strategy, const struct memmap *map,
                    const struct machine_options *options);

/* Functions that look at a replay; either may be NULL. They leave every live block live. A panic in
   one of them is the experiment's failure. */
struct experiment_watch {
    void (*begin)(void *context, struct replay *replay); /* before the first event */
    /* After the last event, before the blocks that the trace left are freed. Returns NULL, or one
       line that says why the experiment has failed, valid as long as the context. */
    const char *(*end)(void *context, struct replay *replay);
    void *context;
};

/* experiment_run() with a watch; NULL: none. */
void experiment_run_watched(struct run_outcome *outcome, const struct trace *trace,
                            const struct strategy *strategy, const struct memmap *map,
                            const struct machine_options *options,
                            const struct experiment_watch *watch);

#endif
