/* The culprit where something is used up: who has most of it. */
#include "culprit.h"

#include <mm/machine.h>
#include <mm/process.h>

#include "slots.h"

/* ---- frames ---- */

struct share {
    pfn_t end;       /* of the zones that count */
    uint32_t frames; /* below it */
    pfn_t first;     /* of these */
};

static void share_add(void *context, pfn_t frame)
{
    struct share *share = context;

    if (frame.value >= share->end.value)
        return;
    if (share->frames++ == 0)
        share->first = frame;
}

/* Events count 32 bits up: the distance to now orders them. */
static bool is_older(const struct replay *replay, uint64_t event, const struct replay_culprit *than)
{
    uint32_t now = (uint32_t)replay->result.events;

    return now - (uint32_t)event > now - (uint32_t)than->since_event;
}

struct largest {
    uint32_t amount;
    struct replay_culprit culprit;
};

/* Does an amount of something, had since an event, replace what is the largest so far? */
static bool outdoes(const struct replay *replay, const struct largest *largest, uint32_t amount,
                    uint32_t event)
{
    return amount > largest->amount ||
           (amount != 0 && amount == largest->amount && is_older(replay, event, &largest->culprit));
}

static void find_in_slots(const struct replay *replay, pfn_t end, struct largest *largest)
{
    for (uint32_t i = 0; i < replay->slot_count; i++) {
        const struct replay_slot *slot = &replay->slots[i];
        struct share share = {.end = end};
        if (slot_state(slot) != SLOT_LIVE)
            continue;
        culprit_slot_frames(replay->mm, slot, share_add, &share);
        if (outdoes(replay, largest, share.frames, slot->event))
            *largest = (struct largest){share.frames, culprit_slot(replay, i, share.first)};
    }
}

static void find_in_processes(const struct replay *replay, pfn_t end, struct largest *largest)
{
    for (uint32_t i = 0; i < replay->process_count; i++) {
        const struct replay_process *slot = &replay->processes[i];
        struct share share = {.end = end};
        if (slot->state != SLOT_LIVE)
            continue;
        process_for_each_frame(machine_pointer(slot->control), share_add, &share);
        if (outdoes(replay, largest, share.frames, slot->event))
            *largest = (struct largest){share.frames, culprit_process(replay, i, share.first)};
    }
}

/* ---- address space ---- */

/* Would the request fit the address space if nothing else were there? */
static bool fits_space(const struct replay *replay, const struct replay_failure *failure)
{
    const struct strategy *strategy = replay->mm->strategy;
    struct vaddr_range range;

    if (failure->request == REQUEST_VMALLOC && !strategy->vmalloc_in_heap)
        return failure->bytes < HEAP_AREA_SIZE;
    for (uint32_t i = 0; strategy->heap_range(replay->mm, i, &range); i++)
        if (failure->bytes < range.end.value - range.start.value)
            return true;
    return false;
}

/* Are blocks of this kind where the request had no room? */
static bool shares_space(const struct replay *replay, const struct replay_failure *failure,
                         enum event_kind kind)
{
    if (kind != EVENT_PAGES && replay->mm->strategy->vmalloc_in_heap)
        return true;
    return kind == (failure->request == REQUEST_VMALLOC ? EVENT_VMALLOC : EVENT_KMALLOC);
}

static void find_in_space(const struct replay *replay, const struct replay_failure *failure,
                          struct largest *largest)
{
    for (uint32_t i = 0; i < replay->slot_count; i++) {
        const struct replay_slot *slot = &replay->slots[i];
        struct share share = {.end = zone_end(ZONE_HIGH)};
        if (slot_state(slot) != SLOT_LIVE || !shares_space(replay, failure, slot_kind(slot)) ||
            !outdoes(replay, largest, slot->bytes, slot->event))
            continue;
        culprit_slot_frames(replay->mm, slot, share_add, &share);
        *largest = (struct largest){slot->bytes, culprit_slot(replay, i, share.first)};
    }
}

struct replay_culprit culprit_largest(const struct replay *replay,
                                      const struct replay_failure *failure)
{
    pfn_t end =
        culprit_class_end(replay->mm, failure->cause == MM_ZONE ? failure->page_class : PAGES_USER);
    struct largest largest = {.culprit = {.frame = PFN_NONE}};
    bool block = failure->request == REQUEST_KMALLOC || failure->request == REQUEST_VMALLOC;

    if (failure->cause == MM_NO_ADDRESS_SPACE) {
        if (block && fits_space(replay, failure))
            find_in_space(replay, failure, &largest);
        return largest.culprit;
    }
    find_in_slots(replay, end, &largest);
    find_in_processes(replay, end, &largest);
    return largest.culprit;
}
