/*
 * The history of a replay: memory at some hundred moments, and every failure. It is recorded in the
 * process of the replay into a file, and read back from there. Recording changes neither the result
 * of the replay nor its digest.
 */
#ifndef LAB_HISTORY_H
#define LAB_HISTORY_H

#include <stdio.h>

#include "lab/experiment.h"
#include "lab/failure_groups.h"
#include "lab/frame_runs.h"
#include "lab/frame_states.h"

/* ---- moments ---- */

/* Moments at which all strategies are sampled: moment E is the one after E events, 0 is the start.
   The state before an event E that fails is that of moment E - 1. */
#define HISTORY_FAILURE_MOMENTS 64u /* at most, chosen by failures */

struct history_moments {
    uint64_t *event; /* ascending, without repetition; the first is 0, the last the end */
    uint32_t count;
    uint32_t even; /* the moments at even distances */
};

/*
 * Chooses moments at `even` >= 1 even distances, and the moment before the first failure of each
 * group: first of the earliest group of each strategy, then of the second ones. Sets the `sample`
 * of each such group to the index of its moment; of the groups for which there is no moment left,
 * to the last moment before. groups[i] may be NULL.
 */
void history_moments_choose(struct history_moments *moments, uint64_t events, uint32_t even,
                            struct failure_groups *const groups[], uint32_t count);
void history_moments_free(struct history_moments *moments);

/* ---- what is recorded ---- */

/* Memory at a moment. Counts begin at the start of the replay. */
struct history_sample {
    uint64_t event;
    uint64_t failing; /* the next event, if a request of it fails; 0: none does */
    uint64_t requests;
    uint64_t failures_by_cause[MM_CAUSE_COUNT];
    uint64_t live_bytes;
    uint64_t heap_payload_bytes;
    uint64_t free_bytes;
    uint64_t tlb_hits;
    uint64_t tlb_misses;
    uint64_t moves;
    uint64_t kinds_end; /* the end of its runs in history.kinds */
    uint64_t owners_end;
    uint64_t spans_end; /* in history.spans */
    uint32_t heap_span_bytes;
    uint32_t frames_used;
    uint32_t zone_free_frames[ZONE_COUNT];
    uint32_t largest_run_frames;
    int32_t unusable_index[ORDER_COUNT];
    uint32_t reserved; /* 0 */
};

/* A failure. */
struct history_mark {
    uint64_t event;
    uint8_t cause;
    uint8_t request;
    bool late;
    uint8_t reserved[5]; /* 0 */
};

/* More failures than this are thinned: every second, fourth, ... is kept, beginning with the
   first. */
#define HISTORY_MARKS_MAX 100000u

struct history_counts {
    uint64_t failures; /* of the run; marks may be fewer */
    uint64_t digest;   /* of the run */
    uint32_t frames;   /* up to the end of RAM */
    uint32_t samples;
    uint32_t spans;
    uint32_t owners;
    uint32_t marks;
    uint32_t reserved; /* 0 */
    uint64_t kinds_bytes;
    uint64_t owner_bytes;
};

struct history {
    struct history_counts counts;
    struct history_sample *samples;
    struct frame_range *spans; /* of the heap, at each moment the highest first */
    uint8_t *kinds;            /* frame_runs.h: the kind of each frame (frame_states.h) */
    uint8_t *owners;           /* frame_runs.h: 0, or 1 + the index of the owner of each frame */
    struct owner_facts *owner; /* each that had a frame at one of the moments, in the order in which
                                  they appeared. A block that krealloc() gave another size is
                                  one more owner, since the same event */
    struct history_mark *marks;
};

/* ---- recording and reading ---- */

/* How owners are told apart. */
enum history_owners {
    HISTORY_OWNERS_NONE,  /* owners are not recorded */
    HISTORY_OWNERS_ALIKE, /* allocations of one call, site and order are one owner: since_event and
                             bytes, except those of pages, are 0 */
    HISTORY_OWNERS_EACH   /* each allocation is one */
};

struct history_request {
    const struct trace *trace;
    const struct strategy *strategy;
    const struct memmap *map;
    const struct history_moments *moments;
    enum history_owners owners;
    FILE *file; /* empty; the history is written here */
};

/* The outcome of a recording. Plain data: it crosses a pipe. */
struct history_outcome {
    enum run_status status;
    char reason[RUN_REASON_BYTES]; /* unless RUN_DONE */
};

/* Replay in this process, and record. */
void history_record(struct history_outcome *outcome, const struct history_request *request);

/* The same for several strategies, each in a process of its own. */
void history_record_all(struct history_outcome outcomes[], const struct history_request requests[],
                        uint32_t count);

/* Read a recorded history back. Returns false, with nothing to free, if the file cannot be read;
   errno says why. */
bool history_read(struct history *history, FILE *file);
void history_free(struct history *history);

#endif
