/* One replay for a test: the memory manager, the slots, and short functions for events. */
#ifndef SUPPORT_MODEL_REPLAY_H
#define SUPPORT_MODEL_REPLAY_H

#include "replay/replay.h"

#define MODEL_SLOTS     4096u
#define MODEL_PROCESSES 16u /* their table takes this many slots: */
#define MODEL_PROCESS_SLOTS                                                                        \
    (MODEL_PROCESSES * sizeof(struct replay_process) / sizeof(struct replay_slot))

extern struct mm model_mm;
extern struct replay model_replay;
extern struct replay_slot model_slots[MODEL_SLOTS + MODEL_PROCESS_SLOTS];

/* Initialises the memory manager and the replay, on a map or on RAM in [4 MiB, ram_bytes). */
void model_replay_start_on(const struct strategy *strategy, const struct memmap *map);
void model_replay_start(const struct strategy *strategy, uint64_t ram_bytes);

/* Finishes the replay and returns its result. */
const struct replay_result *model_replay_finish(void);

/* Frees everything that is live. Fails the test if a frame is lost or the payload is not 0. */
void model_replay_stop(void);

/* Each of these replays one event, and fails the test if the event is refused. */
void replay_one(struct event event);
void event_kmalloc(uint32_t slot, uint32_t bytes);
void event_vmalloc(uint32_t slot, uint32_t bytes);
void event_krealloc(uint32_t slot, uint32_t bytes);
void event_pages(uint32_t slot, uint8_t order, enum page_class page_class, uint32_t site);
void event_free(enum event_kind kind, uint32_t slot);

struct event event_of(enum event_kind kind, uint32_t slot, uint32_t bytes);

/* Fails the test unless the event is refused with this error and changes nothing. */
void assert_refused(struct event event, const char *error);

/* These replay an event of the process in a slot. Its PID is MODEL_PID(slot). */
#define MODEL_PID(slot) (1000u + (slot))
void event_process(uint32_t slot);
void event_map(uint32_t slot, uint32_t start, uint32_t bytes, bool writable);
void event_unmap(uint32_t slot, uint32_t start, uint32_t bytes);
void event_touch(uint32_t slot, uint32_t address, bool write);
void event_setbrk(uint32_t slot, uint32_t end);
void event_exit(uint32_t slot);

bool slot_is_live(uint32_t slot);

/* Returns the live process in a slot. */
struct process *process_in(uint32_t slot);

/* first_culprit() returns the allocation that is named for the first failure with this cause.
 * assert_culprit() fails the test unless that is the allocation in `slot`, which has `frames`
 * frames, and the frame in the way is `frame`. */
const struct replay_culprit *first_culprit(enum mm_cause cause);
void assert_culprit(enum mm_cause cause, uint32_t frame, uint32_t slot, uint32_t frames);

#endif
