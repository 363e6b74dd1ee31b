/*
 * A replay in a process of its own that goes on when it is ordered to, and then shows memory. A
 * strategy that panics or crashes ends that process only.
 */
#ifndef LAB_REPLAY_WORKER_H
#define LAB_REPLAY_WORKER_H

#include <sys/types.h>

#include "lab/experiment.h"
#include "lab/frame_states.h"

enum worker_state {
    WORKER_BETWEEN,    /* memory is that before `event` */
    WORKER_AT_FAILURE, /* `event` fails, and memory is as its request found it */
    WORKER_AT_END,     /* after the last event; `event` is their number + 1 */
    WORKER_LOST        /* the process has ended, for this `reason`; the rest is as it was before */
};

/* A request that failed. */
struct worker_failure {
    struct replay_failure failure; /* the blocker is set only in WORKER_AT_FAILURE */
    uint32_t site;                 /* that asked */
    uint32_t reserved;
};

#define WORKER_FAILURES 64u

/* What the process shows. */
struct worker_view {
    uint32_t state; /* enum worker_state */
    bool bad_trace; /* WORKER_LOST because the trace makes no sense */
    char reason[RUN_REASON_BYTES];
    uint64_t event;
    uint64_t replayed; /* events, the one that fails included */
    struct replay_result result;
    struct worker_failure failure;                 /* WORKER_AT_FAILURE */
    struct worker_failure recent[WORKER_FAILURES]; /* the last failures; failure number n, counted
                                                      from 0, is at n % WORKER_FAILURES */
    uint64_t failures;
    uint64_t free_bytes;
    uint64_t heap_payload_bytes;
    uint32_t heap_span_bytes;
    uint32_t heap_spans;
    uint32_t brk; /* the frame at which the highest span ends, 0: the heap has no brk */
    uint32_t frames_total;
    uint32_t frames_used;
    uint32_t zone_start[ZONE_COUNT];
    uint32_t zone_end[ZONE_COUNT];
    uint32_t zone_free[ZONE_COUNT]; /* frames, those inside heaps included */
    uint32_t kind_frames[FRAME_STATE_COUNT];
    uint32_t end;    /* frames up to the end of RAM */
    uint8_t kinds[]; /* of each of them: enum frame_kind or FRAME_HEAP_FREE */
};

/* Go on until memory is that before event `until`, or until the time is over; or stop before, at
   the first failure in event `failure_from` or later. */
struct worker_order {
    uint64_t until;
    uint64_t failure_from; /* UINT64_MAX: do not stop at failures */
    uint64_t most_ms;
};

struct replay_worker {
    struct experiment_setup setup;
    struct worker_view *view; /* shared with the process; valid while no order is being done */
    size_t view_bytes;
    pid_t process; /* 0: none */
    int socket;    /* readable when an order has been done */
    bool busy;     /* an order is being done */
};

/* Start the process; setup must outlive the worker. It then does an order of its own: to show
   memory before the first event. Returns false with errno if there can be none. */
bool replay_worker_start(struct replay_worker *worker, const struct experiment_setup *setup);

/* Order something. The worker must not be busy or lost. */
void replay_worker_order(struct replay_worker *worker, const struct worker_order *order);

/* Wait until the order has been done, and update the view. */
void replay_worker_take(struct replay_worker *worker);

/* End the process, whatever it does, and start a new one at the first event. */
bool replay_worker_restart(struct replay_worker *worker);

void replay_worker_end(struct replay_worker *worker);

#endif
