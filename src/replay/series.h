/*
 * Measures over time: samples of memory after every so many events of a replay, and at its end.
 * Sampling does not change the result of the replay, its addresses, or its digest.
 */
#ifndef REPLAY_SERIES_H
#define REPLAY_SERIES_H

#include "replay.h"

/* Failures and requests are counted from the start. */
struct series_sample {
    uint64_t requests;
    const struct replay_result *result; /* so far: events, failures of all kinds */
    uint64_t live_blocks;               /* live allocations of the trace, pages included */
    uint64_t live_bytes;                /* the sum of their requested sizes */
    uint64_t heap_payload_bytes;        /* defined as replay_result.heap_payload_peak_bytes */
    uint32_t heap_span_bytes;
    uint32_t frames_used; /* of frames_total, metadata included */
    uint32_t frames_total;
    uint64_t free_bytes; /* that requests could get if there were no fragmentation */
    uint32_t zone_free_frames[ZONE_COUNT]; /* whole free frames, also inside heaps */
    uint32_t largest_run_frames;           /* of those */
    struct replay_fragmentation indices;
};

/*
 * Starts sampling, before the first event of the replay. on_sample(context, &sample) is called
 * after every `every` >= 1 events, and from replay_finish() unless that was the last event's
 * sample. A trace without events has one sample. on_sample must not call the memory manager or keep
 * the pointer.
 */
void series_start(struct replay *replay, uint64_t every,
                  void (*on_sample)(void *context, const struct series_sample *sample),
                  void *context);

/* Takes a sample now. O(frames + slots) */
struct series_sample series_sample(struct replay *replay);

/* ---- for the replay ---- */

/* Takes the sample that is due after `every` events. */
void series_due(struct replay *replay);

/* Takes the last sample, after the last event. */
void series_finish(struct replay *replay);

#endif
