/* The functions that the parts of a replay share: refusals, failures, processes, and measures. */
#ifndef REPLAY_REPLAY_PARTS_H
#define REPLAY_REPLAY_PARTS_H

#include "replay.h"

#define DIGEST_PRIME 0x100000001b3u

/* The digest: FNV-1a (Fowler, Noll, Vo) over 32-bit words. */
static inline void digest_fold(struct replay *replay, uint32_t word)
{
    replay->result.digest = (replay->result.digest ^ word) * DIGEST_PRIME;
}

/* Sets the reason why the event makes no sense. Returns false. */
bool replay_refuse(struct replay *replay, const char *error);

/* Records a failed request, whose cause is in the memory manager. process: the PID of the process
   that made it; 0: the kernel. */
void replay_record_failure(struct replay *replay, enum request_class request, uint32_t bytes,
                           bool late, uint64_t process);

/* Replays an event of a process. false: it makes no sense; nothing was done. */
bool replay_process_event(struct replay *replay, const struct event *event);

/* Ends every process. */
void replay_exit_all(struct replay *replay);

/* ---- measures ---- */

/* Begins the measures, before the first of `events` events, right after mm_init(). */
void measure_start(struct replay *replay, uint64_t events);

/* The heap's payload: the requested sizes of its live blocks; in `primary`, also its pages. */
static inline uint64_t measure_payload_bytes(const struct replay *replay)
{
    return replay->heap_payload_bytes + replay->mm->counters.heap_page_bytes;
}

/* Computes both indices of the free blocks, for each order. */
struct replay_fragmentation measure_indices(const struct free_blocks *blocks);

/* Notes the peak of the heap's payload. */
void measure_payload(struct replay *replay);

/* Counts a new heap block that is longer than a page, and whether its frames are contiguous.
   O(pages) */
void measure_contiguity(struct replay *replay, vaddr_t block, uint32_t bytes);

/* Takes a sample of fragmentation. O(frames), so it is called rarely. */
void measure_fragmentation(struct replay *replay);

/* Measures the state after the last event. */
void measure_finish(struct replay *replay);

#endif
