/* The packed fields of a slot (struct replay_slot.kind_site). */
#ifndef REPLAY_SLOTS_H
#define REPLAY_SLOTS_H

#include "replay.h"

static inline enum slot_state slot_state(const struct replay_slot *slot)
{
    return (enum slot_state)(slot->kind_site & 3u);
}

/* Returns the kind of event that filled the slot, or 0 if the slot is empty. */
static inline uint32_t slot_kind(const struct replay_slot *slot)
{
    return slot->kind_site >> 2 & 0xfu;
}

/* Returns the class that the request named. */
static inline enum page_class slot_class(const struct replay_slot *slot)
{
    return (enum page_class)(slot->kind_site >> 6 & 3u);
}

static inline uint32_t slot_site(const struct replay_slot *slot)
{
    return slot->kind_site >> 8;
}

/* Returns the number of an event of the past from its low 32 bits: the latest possible one. */
static inline uint64_t slot_event(const struct replay *replay, uint32_t low)
{
    return replay->result.events - (uint32_t)((uint32_t)replay->result.events - low);
}

static inline uint32_t slot_pack(enum slot_state state, enum event_kind kind, uint32_t site)
{
    return (uint32_t)state | (uint32_t)kind << 2 | site << 8;
}

static inline uint32_t slot_pack_class(enum page_class page_class)
{
    return (uint32_t)page_class << 6;
}
/* kind_site of an empty slot: no state, no kind, no site. */
#define SLOT_NOTHING 0u
_Static_assert(SLOT_EMPTY == 0 && SITE_NONE == 0, "an empty slot is all zeros");
_Static_assert(EVENT_KIND_COUNT <= 16, "a kind fits 4 bits");

#endif
