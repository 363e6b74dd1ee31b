/* What the parts of a replay share. */
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

#endif
