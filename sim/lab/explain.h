/*
 * Explains one failed request: a snapshot of the machine at the failure, and the smallest changes
 * that would have let the request pass, each of which was replayed. A new strategy needs no code
 * here.
 */
#ifndef LAB_EXPLAIN_H
#define LAB_EXPLAIN_H

#include "lab/experiment.h"
#include "lab/frame_states.h"

/* ---- the machine at the failure ---- */

#define PICTURE_COLUMNS 64u
#define PICTURE_ROWS    6u

/* The frames around the blocker. The mark of a cell is the kind (lab/frame_states.h) of its first
 * frame that is not free. */
struct explain_picture {
    uint32_t start;    /* frame */
    uint32_t per_cell; /* frames; 0: there is no picture */
    uint8_t mark[PICTURE_ROWS * PICTURE_COLUMNS];
};

struct explain_zone {
    uint32_t frames; /* of RAM */
    struct free_blocks free;
    uint32_t largest_run; /* frames in the longest row of free ones */
    uint32_t largest_at;  /* the first of them */
};

/* The request, as its event has it. All members are numbers, so that no padding crosses the pipe.
 */
struct explain_asked {
    uint32_t kind;       /* enum event_kind */
    uint32_t page_class; /* enum page_class */
    uint32_t order;
    uint32_t bytes;
    uint32_t site;
    uint32_t address;
    uint32_t write;
};

/* The machine at the failure. Only `failures` is set if there was no such failure. */
struct explain_snapshot {
    uint64_t failures; /* in the whole run */
    struct explain_asked asked;
    struct replay_failure failure; /* with its blocker, even if it is not the first for its cause */
    struct explain_zone zone[ZONE_COUNT];
    uint32_t marks[FRAME_STATE_COUNT]; /* frames of each kind, without the first 4 MiB */
    uint32_t frames_total;
    uint32_t heap_span_bytes;
    uint64_t heap_most_bytes; /* that the heap may ever span */
    uint32_t heap_first;      /* the lowest and the highest frame of the heap; 0: it has none */
    uint32_t heap_last;
    struct explain_picture picture;
};

/* ---- trials ---- */

enum trial_end {
    TRIAL_PASSED,
    TRIAL_FAILED,  /* for `cause` */
    TRIAL_SKIPPED, /* the request was not made, because its process could not be created */
    TRIAL_LOST     /* the replay has no result, for this `reason` */
};

struct explain_trial {
    enum trial_end end;
    enum mm_cause cause;
    char reason[RUN_REASON_BYTES];
};

#define EXPLAIN_RAM_STEP  0x10000u /* bytes: the precision of the least RAM */
#define EXPLAIN_FREED_MAX 256u

/* The least RAM, by bisection upwards from the RAM of the run: the request passes with
   `least_bytes`, and fails with EXPLAIN_RAM_STEP less. */
struct explain_ram {
    bool tried;           /* false where a memory map was given */
    bool found;           /* false: the request fails with every size up to `most_bytes` */
    uint64_t least_bytes; /* the RAM of the run and whole steps */
    uint64_t most_bytes;
};

/* The owners that must be freed before the event: the blocker, then the next one that blocks, until
   the request passes. */
struct explain_freeing {
    uint32_t count;             /* owners to free; 0: no block or process of the trace blocks */
    uint32_t frames;            /* in which these owners have bytes */
    bool enough;                /* the request passed when these were freed */
    bool own;                   /* the next blocker is the request's own block or process */
    struct replay_culprit last; /* unless enough: the blocker that could not be freed */
    uint32_t owner[EXPLAIN_FREED_MAX]; /* a slot, or FREED_PROCESS and the slot of a process */
    struct explain_trial trial;        /* if enough: a replay with this change from the start */
};
#define FREED_PROCESS 0x80000000u

struct explain_change {
    const struct strategy *strategy;
    const struct memmap *map;
    const struct explain_freeing *freeing; /* NULL: nothing is freed before the event */
};

/* Replay up to event `event` with each change: trials[i] says whether the request of that event
   then passes. */
void explain_try(const struct trace *trace, uint64_t event, const struct explain_change changes[],
                 struct explain_trial trials[], uint32_t count,
                 void (*finished)(uint32_t done, uint32_t count));

/* ---- all of it ---- */

struct explain_request {
    struct trace *trace;
    const struct strategy *strategy;
    const struct memmap *map;
    uint64_t ram_bytes;
    bool memmap_given; /* the map is not that of QEMU's PC for ram_bytes */
    uint64_t failure;  /* the number of the failure, from 1 */
    void (*finished)(uint32_t done, uint32_t count); /* called when a replay ends; may be NULL */
};

struct explanation {
    enum run_status status;
    char reason[RUN_REASON_BYTES]; /* unless RUN_DONE */
    struct explain_snapshot snapshot;
    uint32_t other_count;
    const struct strategy *other[COMPARE_MAX];
    struct explain_trial other_trial[COMPARE_MAX]; /* with the same RAM */
    struct explain_ram ram;
    struct explain_freeing freeing;
};

/* Replay to the end, and take the snapshot at the failure that is asked for. Returns false with
 *status and reason if the replay failed. */
bool explain_take_snapshot(const struct explain_request *request, struct explain_snapshot *snapshot,
                           enum run_status *status, char reason[RUN_REASON_BYTES]);

/* All of it. Where snapshot.failures is less than request->failure, there is no such failure, and
   nothing else is set. Every replay has a process of its own, so that a strategy which crashes
   under a change is a result. */
void explain_run(struct explanation *explanation, const struct explain_request *request);

#endif
