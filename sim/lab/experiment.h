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

/* Run all checkers on a replay that has reached the end of its trace, and again after the blocks
   that the trace left are freed. Returns NULL, or the rule that is broken. O(frames + blocks). */
__attribute__((warn_unused_result)) const char *experiment_check(struct replay *replay);

/* Replay the events before `event`, then leave that one in *at. Returns false if the trace ends or
   makes no sense before. */
bool experiment_replay_to(struct replay *replay, const struct trace *trace, uint64_t event,
                          struct event *at);

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

/* ---- strategies side by side ---- */

/* As many as a table has names for; more than there will ever be strategies. */
#define COMPARE_MAX 32u

/*
 * Run `count` <= COMPARE_MAX strategies over a trace, each in a process of its own, so that a crash
 * of one leaves the others unharmed. The machines have these options (NULL: the defaults). As many
 * run at a time as there are processors. outcomes[i] is the outcome of strategies[i]; watches[i],
 * unless watches is NULL, watches it in its process.
 */
void compare_run(struct run_outcome outcomes[], const struct trace *trace,
                 const struct strategy *const strategies[], uint32_t count,
                 const struct memmap *map, const struct machine_options *options,
                 const struct experiment_watch watches[]);

/* ---- RAM ---- */

/* Chosen sizes are whole multiples of this. */
#define RAM_STEP_BYTES 0x1000000u

/* The most RAM of a PC that frames can reach: from 3.5 GiB on, its memory map puts all but 3 GiB
   above 4 GiB. */
#define RAM_CHOSEN_MAX (0xe0000000u - RAM_STEP_BYTES)

/*
 * RAM for a trace whose live bytes peak at peak_live_bytes: the peak, a quarter of it for headers,
 * gaps and page tables, which the requests do not count, and 16 MiB for the kernel and its tables;
 * in whole 16 MiB, at most RAM_CHOSEN_MAX.
 */
uint64_t ram_choose(uint64_t peak_live_bytes);

/* The map of QEMU's PC with so much RAM, for a strategy. Its count is 0 if a PC cannot have so
 * much. */
void ram_map(struct memmap *map, uint64_t ram_bytes);

#endif
