/*
 * Measures over time: what memory is like after each so many events of a replay, and at its end.
 * Sampling changes nothing of the replay: no figure of its result, no address, no digest.
 */
#ifndef REPLAY_SERIES_H
#define REPLAY_SERIES_H

#include "replay.h"

/* Failures and requests are counted from the start. */
struct series_sample {
    uint64_t requests;
    const struct replay_result *result; /* as it stands: events, failures of all kinds */
    uint64_t live_blocks;               /* allocations of the trace, pages among them */
    uint64_t live_bytes;                /* that were asked for in them */
    uint64_t heap_payload_bytes;        /* as of replay_result.heap_payload_peak_bytes */
    uint32_t heap_span_bytes;
    uint32_t frames_used; /* of frames_total, metadata included */
    uint32_t frames_total;
    uint64_t free_bytes;                   /* that requests could be given, fragmentation aside */
    uint32_t zone_free_frames[ZONE_COUNT]; /* whole free frames, inside heaps, too */
    uint32_t largest_run_frames;           /* of those */
    struct replay_fragmentation indices;
};

/*
 * From now on, before the replay's first event: call on_sample(context, &sample) after each `every`
 * events, every >= 1, and once more from replay_finish(), unless that has been. A trace without
 * events has one sample. on_sample calls nothing of the memory manager and keeps no pointer.
 */
void series_start(struct replay *replay, uint64_t every,
                  void (*on_sample)(void *context, const struct series_sample *sample),
                  void *context);

/* A sample now. O(frames + slots): free memory is looked at frame by frame, or a word of 32 frames
   at a time, as the strategy keeps it. */
struct series_sample series_sample(struct replay *replay);

/* ---- for the replay ---- */

/* `every` events have passed. */
void series_due(struct replay *replay);

/* The last event has been. */
void series_finish(struct replay *replay);

#endif
