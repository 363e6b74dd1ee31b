/*
 * What each frame of a machine is at one moment of a replay: its kind, and the allocation or
 * process of the trace that has it. The picture of a whole machine, for drawings; culprit.h answers
 * for a single frame.
 *
 * A moment is "after N events". In replay.on_failure it is the moment before the event that fails.
 */
#ifndef LAB_FRAME_STATES_H
#define LAB_FRAME_STATES_H

#include <mm/frame_owner.h>
#include <mm/memmap.h>

#include "replay/replay.h"

/* ---- kinds ---- */

/* The kinds are those of enum frame_kind, and one more: free space inside a heap that owns its
   frames (`primary`), which counts as used memory although requests for pages may get it. */
#define FRAME_HEAP_FREE   FRAME_KIND_COUNT
#define FRAME_STATE_COUNT (FRAME_KIND_COUNT + 1u)

/* Returns the name in reports: that of frame_kind_name(), or "free_in_heap". */
const char *frame_state_name(uint32_t kind);

/* Return the number of frames up to the end of RAM, and store the kind of each. kinds has room for
   that many. O(frames). */
uint32_t frame_states_end(const struct mm *mm);
void frame_states_kinds(struct mm *mm, uint8_t kinds[]);

/* ---- spans ---- */

/* Calls visit() for each span of frames that the heap has at present, the highest first; the end of
   the first is brk if the strategy's heap_ends_in_brk is set. There are none if the heap has no
   spans, or if they are not in the direct map. O(spans). */
void frame_states_heap_spans(struct mm *mm, void (*visit)(void *context, struct frame_range span),
                             void *context);

/* Returns the frames of a zone below `end`, the end of RAM, under a strategy; they may be none. */
struct frame_range frame_states_zone(const struct strategy *strategy, uint32_t end, enum zone zone);

/* ---- owners ---- */

/* An allocation or a process of the trace: 0: none; 1 + its slot among the allocations; or
   OWNER_IS_PROCESS + its slot among the processes. The number is used again when the slot is. */
#define OWNER_IS_PROCESS 0x80000000u

/* The owner of a frame. A frame of a heap or of a slab may have many; the one with the most bytes
   in the frame stands for all, and among equals the one in the lowest slot. */
struct frame_holder {
    uint32_t owner;
    uint16_t bytes;  /* of that owner in the frame */
    uint16_t others; /* more allocations that have bytes in the frame */
};

/* Stores the owner of each frame up to frame_states_end(). O(frames + slots + live pages). */
void frame_states_holders(const struct replay *replay, struct frame_holder holders[]);

/* The same for holders that are all zero. No free frame gets a holder. O(slots + live pages). */
void frame_states_add_holders(const struct replay *replay, struct frame_holder holders[]);

/* Says who an owner is. owner is not 0. Constant time. */
struct owner_facts {
    uint64_t process;     /* its PID; 0: an allocation */
    uint64_t since_event; /* that allocated it, or created the process */
    uint64_t bytes;       /* as requested; 0 for a process */
    uint32_t site;
    uint32_t order;             /* of pages */
    enum event_kind call;       /* EVENT_KMALLOC, EVENT_PAGES, EVENT_VMALLOC, EVENT_PROCESS */
    enum page_class page_class; /* that an allocation named */
};
struct owner_facts frame_states_owner(const struct replay *replay, uint32_t owner);

#endif
