/* One replay for a test: the memory manager, the slots, and events in a few words. */
#ifndef SUPPORT_MODEL_REPLAY_H
#define SUPPORT_MODEL_REPLAY_H

#include "replay/replay.h"

#define MODEL_SLOTS     4096u
#define MODEL_PROCESSES 16u /* the slots that their table takes: */
#define MODEL_PROCESS_SLOTS                                                                        \
    (MODEL_PROCESSES * sizeof(struct replay_process) / sizeof(struct replay_slot))

extern struct mm model_mm;
extern struct replay model_replay;
extern struct replay_slot model_slots[MODEL_SLOTS + MODEL_PROCESS_SLOTS];

/* Initialise both, on a map or on RAM from 4 MiB to ram_bytes. */
void model_replay_start_on(const struct strategy *strategy, const struct memmap *map);
void model_replay_start(const struct strategy *strategy, uint64_t ram_bytes);

/* replay_finish(), and the result. */
const struct replay_result *model_replay_finish(void);

/* Free what is live: no frame is lost, and no payload is left on the books. */
void model_replay_stop(void);

/* Events; play() fails the test when one is refused. */
struct event event_of(enum event_kind kind, uint32_t slot, uint32_t bytes);
void play(struct event event);
void play_kmalloc(uint32_t slot, uint32_t bytes);
void play_vmalloc(uint32_t slot, uint32_t bytes);
void play_krealloc(uint32_t slot, uint32_t bytes);
void play_pages(uint32_t slot, uint8_t order, enum page_class page_class, uint32_t site);
void play_free(enum event_kind kind, uint32_t slot);

/* The event is refused with this error, and nothing is done. */
void assert_refused(struct event event, const char *error);

/* Events of a process, which has the PID MODEL_PID(slot). */
#define MODEL_PID(slot) (1000u + (slot))
void play_process(uint32_t slot);
void play_map(uint32_t slot, uint32_t start, uint32_t bytes, bool writable);
void play_unmap(uint32_t slot, uint32_t start, uint32_t bytes);
void play_touch(uint32_t slot, uint32_t address, bool write);
void play_setbrk(uint32_t slot, uint32_t end);
void play_exit(uint32_t slot);

bool slot_is_live(uint32_t slot);

/* The process in a slot, which is live. */
struct process *process_in(uint32_t slot);

/* Who is named for the first failure with this cause, which there was; and that it is the
   allocation in a slot, with so many frames, by this one. */
const struct replay_culprit *first_culprit(enum mm_cause cause);
void assert_culprit(enum mm_cause cause, uint32_t frame, uint32_t slot, uint32_t frames);

#endif
