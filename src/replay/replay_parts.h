/* What the parts of a replay share: refusals, failures, processes, and measures. */
#ifndef REPLAY_REPLAY_PARTS_H
#define REPLAY_REPLAY_PARTS_H

#include "replay.h"

#define DIGEST_PRIME 0x100000001b3u

/* The digest: FNV-1a (Fowler, Noll, Vo) over 32-bit words. */
static inline void digest_fold(struct replay *replay, uint32_t word)
{
    replay->result.digest = (replay->result.digest ^ word) * DIGEST_PRIME;
}

/* The event makes no sense. Returns false. */
bool replay_refuse(struct replay *replay, const char *error);

/* A request failed, for the cause that the memory manager holds. process: who made it, or 0. */
void replay_record_failure(struct replay *replay, enum request_class request, uint32_t bytes,
                           bool late, uint64_t process);

/* An event of a process (replay_process.c). false: it makes no sense, nothing was done. */
bool replay_process_event(struct replay *replay, const struct event *event);

/* End every process. */
void replay_exit_all(struct replay *replay);

/* ---- measures ---- */

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
