/*
 * The story of one failed request: what was asked, what was free, what was in the way, and the
 * smallest changes that would have let it pass, each found and verified by replaying it. A new
 * strategy needs nothing here.
 */
#ifndef LAB_EXPLAIN_H
#define LAB_EXPLAIN_H

#include "lab/experiment.h"

/* ---- the machine at the failure ---- */

/* A mark for each frame in the picture: an enum frame_kind, or this: free, but inside a heap that
   owns its memory, so that frames_used counts it. */
#define MARK_HEAP_FREE FRAME_KIND_COUNT
#define MARK_COUNT     (FRAME_KIND_COUNT + 1u)

#define PICTURE_COLUMNS 64u
#define PICTURE_ROWS    6u

/* The neighbourhood of a frame. Of the frames in a cell, the mark of the first that is not free. */
struct explain_picture {
    uint32_t start;    /* frame */
    uint32_t per_cell; /* frames; 0: there is no picture */
    uint8_t mark[PICTURE_ROWS * PICTURE_COLUMNS];
};

struct explain_zone {
    uint32_t frames; /* of RAM */
    struct free_blocks free;
    uint32_t largest_run; /* frames, and its first */
    uint32_t largest_at;
};

/* What was asked: of the event. Numbers, so that nothing unset is sent. */
struct explain_asked {
    uint32_t kind;       /* enum event_kind */
    uint32_t page_class; /* enum page_class */
    uint32_t order;
    uint32_t bytes;
    uint32_t site;
    uint32_t address;
    uint32_t write;
};

/* Where a request failed, at the very moment. */
struct explain_snapshot {
    uint64_t failures; /* in the whole run; all else is there when the one is */
    struct explain_asked asked;
    struct replay_failure failure; /* its blocker is set, whichever failure it is of its cause */
    struct explain_zone zone[ZONE_COUNT];
    uint32_t marks[MARK_COUNT]; /* frames with each mark, the first 4 MiB aside */
    uint32_t frames_total;
    uint32_t heap_span_bytes;
    uint64_t heap_most_bytes; /* that the heap may ever span */
    uint32_t heap_first;      /* lowest frame of its span that no pages have, and highest; */
    uint32_t heap_last;       /* neither: 0 */
    struct explain_picture picture;
};

/* ---- trials ---- */

enum trial_end {
    TRIAL_PASSED,
    TRIAL_FAILED,  /* for `cause` */
    TRIAL_SKIPPED, /* the request was not made: its process could not be */
    TRIAL_LOST     /* no run: `reason` */
};

struct explain_trial {
    enum trial_end end;
    enum mm_cause cause;
    char reason[RUN_REASON_BYTES];
};

#define EXPLAIN_RAM_STEP  0x10000u /* bytes: how near the least RAM is looked for */
#define EXPLAIN_FREED_MAX 256u

/* Found by bisection from the RAM of the run upwards: it passes with `least_bytes`, and does not
   with EXPLAIN_RAM_STEP less. */
struct explain_ram {
    bool tried;           /* not where a memory map was given */
    bool found;           /* else not with up to `most_bytes` */
    uint64_t least_bytes; /* whole steps more than the run had */
    uint64_t most_bytes;
};

/* Free the blocker before the event, and what is then in the way, until the request passes. */
struct explain_freeing {
    uint32_t count;             /* owners that go; 0: nobody of the trace is to blame */
    bool enough;                /* at the event, the request passed then */
    bool own;                   /* the next in the way is the request's own block or process */
    struct replay_culprit last; /* not enough: who could not go */
    uint32_t owner[EXPLAIN_FREED_MAX]; /* a slot, or FREED_PROCESS and the slot of a process */
    struct explain_trial trial;        /* enough: a replay of the trace with this change */
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
    uint64_t failure;  /* its number, from 1 */
    void (*finished)(uint32_t done, uint32_t count); /* as replays end; may be NULL */
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
