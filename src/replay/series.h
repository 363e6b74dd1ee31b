/*
 * Measures over time: samples of memory at a fixed distance in events, and at the end of a replay.
 * Sampling does not change the result of the replay, its addresses, or its digest.
 */
#ifndef REPLAY_SERIES_H
#define REPLAY_SERIES_H

#include "replay.h"

/* Failures and requests are counted from the start of the replay. */
struct series_sample {
    uint64_t requests;
    const struct replay_result *result; /* so far: events, and failures of all kinds */
    uint64_t live_blocks;               /* live allocations of the trace, pages included */
    uint64_t live_bytes;                /* the sum of their requested sizes */
    uint64_t heap_payload_bytes;        /* defined as replay_result.heap_payload_peak_bytes */
    uint32_t heap_span_bytes;
    uint32_t frames_used; /* of frames_total, metadata included */
    uint32_t frames_total;
    uint64_t free_bytes; /* which requests could get if there were no fragmentation */
    uint32_t zone_free_frames[ZONE_COUNT]; /* whole free frames, also inside heaps */
    uint32_t largest_run_frames;           /* the longest run of such frames */
    struct replay_fragmentation indices;
};

/*
 * Starts sampling. Must be called before the first event of the replay. on_sample(context, &sample)
 * is called after every `every` >= 1 events, and from replay_finish() unless a sample was taken
 * after the last event. A trace without events has one sample. on_sample must neither call the
 * memory manager nor keep the pointer.
 */
void series_start(struct replay *replay, uint64_t every,
                  void (*on_sample)(void *context, const struct series_sample *sample),
                  void *context);

/* Takes a sample now, and returns it; its `result` points into the replay. O(frames + slots) */
struct series_sample series_sample(struct replay *replay);

/* ---- for the replay ---- */

/* Takes the sample that is due after `every` events, and passes it to on_sample. O(frames +
   slots) */
void series_due(struct replay *replay);

/* Takes the last sample, after the last event, unless sampling is off or the sample was just taken.
   O(frames + slots) */
void series_finish(struct replay *replay);

#endif
