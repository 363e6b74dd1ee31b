/* What a replay measures beside its failures:
 * the heap's payload, contiguity, fragmentation, frames. */
#ifndef REPLAY_MEASURE_H
#define REPLAY_MEASURE_H

#include "replay.h"

/* Before the first of `events` events: the memory manager is as mm_init() left it. */
void measure_start(struct replay *replay, uint64_t events);

/* The heap's payload: what is live in it, as requested; in `primary` its pages, too. */
static inline uint64_t measure_payload_bytes(const struct replay *replay)
{
    return replay->heap_payload_bytes + replay->mm->counters.heap_page_bytes;
}

/* Both indices of these free blocks, for each order. */
struct replay_fragmentation measure_indices(const struct free_blocks *blocks);

/* The heap's payload has grown: note its peak. */
void measure_payload(struct replay *replay);

/* A heap block longer than a page was made: are its frames contiguous? O(pages). */
void measure_contiguity(struct replay *replay, vaddr_t block, uint32_t bytes);

/* Take a sample of fragmentation. O(frames): rarely. */
void measure_fragmentation(struct replay *replay);

/* After the last event: the end state. */
void measure_finish(struct replay *replay);

#endif
