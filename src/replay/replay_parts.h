/* The functions that the parts of a replay share: for refusals, failures, processes and
   measures. */
#ifndef REPLAY_REPLAY_PARTS_H
#define REPLAY_REPLAY_PARTS_H

#include "replay.h"

#define DIGEST_PRIME 0x100000001b3u

/* Adds a word to the digest, which is FNV-1a (Fowler, Noll, Vo) over 32-bit words. */
static inline void digest_fold(struct replay *replay, uint32_t word)
{
    replay->result.digest = (replay->result.digest ^ word) * DIGEST_PRIME;
}

/* Sets the reason why the event makes no sense. Returns false. */
bool replay_refuse(struct replay *replay, const char *error);

/* Records a failed request. Its cause is in the memory manager. process is the PID of the process
   that made the request, or 0 for the kernel. Constant time, except for the first failure of each
   cause, whose culprit is found (culprit.h). */
void replay_record_failure(struct replay *replay, enum request_class request, uint32_t bytes,
                           bool late, uint64_t process);

/* Replays an event of a process. Returns false if it makes no sense; then nothing was done. */
bool replay_process_event(struct replay *replay, const struct event *event);

/* Ends every process. O(processes + their pages) */
void replay_exit_all(struct replay *replay);

/* ---- measures ---- */

/* Begins the measures. Must be called right after mm_init(), before the first of `events` events.
   O(frames) */
void measure_start(struct replay *replay, uint64_t events);

/* Returns the heap's payload: the requested sizes of its live blocks and, in `primary`, its
   pages. */
static inline uint64_t measure_payload_bytes(const struct replay *replay)
{
    return replay->heap_payload_bytes + replay->mm->counters.heap_page_bytes;
}

/* Computes both indices of the free blocks, for each order. */
struct replay_fragmentation measure_indices(const struct free_blocks *blocks);

/* Raises the peak of the heap's payload to its present size, if that is larger. */
void measure_payload(struct replay *replay);

/* Counts a new heap block that is longer than a page, and whether its frames are contiguous.
   O(pages) */
void measure_contiguity(struct replay *replay, vaddr_t block, uint32_t bytes);

/* Takes a sample of fragmentation. O(frames) */
void measure_fragmentation(struct replay *replay);

/* Measures the state after the last event. O(frames) */
void measure_finish(struct replay *replay);

#endif
