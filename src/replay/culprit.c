#include "culprit.h"

#include <mm/machine.h>
#include <mm/process.h>

#include "slots.h"

static bool block_holds(const struct mm *mm, const struct replay_slot *slot, pfn_t frame)
{
    uint32_t first = slot->where & ~PAGE_OFFSET_MASK;
    uint32_t last = (slot->where + slot->bytes - 1u) & ~PAGE_OFFSET_MASK;
    paddr_t pa;

    for (uint32_t page = first;; page += PAGE_SIZE) {
        if (mm_translate(mm, vaddr(page), &pa) && paddr_to_pfn(pa).value == frame.value)
            return true;
        if (page == last)
            return false;
    }
}

static bool slot_holds(const struct mm *mm, const struct replay_slot *slot, pfn_t frame)
{
    if (slot_state(slot) != SLOT_LIVE)
        return false;
    if (slot_kind(slot) == EVENT_PAGES)
        return frame.value - slot->where < 1u << slot->bytes;
    return block_holds(mm, slot, frame);
}

static bool find_slot(const struct replay *replay, struct replay_culprit *culprit)
{
    for (uint32_t i = 0; i < replay->slot_count; i++) {
        const struct replay_slot *slot = &replay->slots[i];
        if (!slot_holds(replay->mm, slot, culprit->frame))
            continue;
        culprit->site = slot_site(slot);
        culprit->since_event = slot->event;
        return true;
    }
    return false;
}

static bool find_process(const struct replay *replay, struct replay_culprit *culprit)
{
    for (uint32_t i = 0; i < replay->process_count; i++) {
        const struct replay_process *slot = &replay->processes[i];
        if (slot->state != SLOT_LIVE ||
            !process_holds(machine_pointer(slot->control), culprit->frame))
            continue;
        culprit->process = slot->id;
        culprit->since_event = slot->event;
        return true;
    }
    return false;
}

struct replay_culprit culprit_find(const struct replay *replay, pfn_t frame)
{
    struct replay_culprit culprit = {.frame = frame};

    if (!pfn_is_none(frame))
        culprit.owned = find_slot(replay, &culprit) || find_process(replay, &culprit);
    return culprit;
}
