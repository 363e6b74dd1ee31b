#include "culprit.h"
#include "slots.h"

#include <mm/frame_owner.h>
#include <mm/machine.h>
#include <mm/process.h>
#include <mm/strategy.h>

/* ---- the frames of an owner ---- */

static void block_frames(const struct mm *mm, const struct replay_slot *slot, culprit_visit *visit,
                         void *context)
{
    uint32_t last = (slot->where + slot->bytes - 1u) & ~PAGE_OFFSET_MASK;
    paddr_t pa;

    for (uint32_t page = slot->where & ~PAGE_OFFSET_MASK;; page += PAGE_SIZE) {
        if (mm_translate(mm, vaddr(page), &pa))
            visit(context, paddr_to_pfn(pa));
        if (page == last)
            return;
    }
}

void culprit_slot_frames(const struct mm *mm, const struct replay_slot *slot, culprit_visit *visit,
                         void *context)
{
    if (slot_kind(slot) != EVENT_PAGES) {
        block_frames(mm, slot, visit, context);
        return;
    }
    for (uint32_t i = 0; i < 1u << slot->bytes; i++)
        visit(context, pfn(slot->where + i));
}

struct frame_count {
    pfn_t frame; /* the frame to look for */
    uint32_t found;
    uint32_t frames;
};

static void count_frame(void *context, pfn_t frame)
{
    struct frame_count *count = context;

    count->found += frame.value == count->frame.value;
    count->frames++;
}

static struct frame_count count_slot(const struct replay *replay, uint32_t slot, pfn_t frame)
{
    struct frame_count count = {.frame = frame};

    culprit_slot_frames(replay->mm, &replay->slots[slot], count_frame, &count);
    return count;
}

static struct frame_count count_process(const struct replay *replay, uint32_t slot, pfn_t frame)
{
    struct frame_count count = {.frame = frame};

    process_for_each_frame(machine_pointer(replay->processes[slot].control), count_frame, &count);
    return count;
}

/* ---- owners ---- */

struct replay_culprit culprit_slot(const struct replay *replay, uint32_t slot, pfn_t frame)
{
    const struct replay_slot *owner = &replay->slots[slot];

    return (struct replay_culprit){
        .frame = frame,
        .owned = true,
        .slot = slot,
        .site = slot_site(owner),
        .since_event = slot_event(replay, owner->event),
        .kind = mm_frame_kind(replay->mm, frame),
        .frames = count_slot(replay, slot, frame).frames,
    };
}

struct replay_culprit culprit_process(const struct replay *replay, uint32_t slot, pfn_t frame)
{
    const struct replay_process *owner = &replay->processes[slot];

    return (struct replay_culprit){
        .frame = frame,
        .owned = true,
        .process = owner->id,
        .slot = slot,
        .since_event = slot_event(replay, owner->event),
        .kind = mm_frame_kind(replay->mm, frame),
        .frames = count_process(replay, slot, frame).frames,
    };
}

/* The kind of a frame says whether processes or allocations can own it. */
static bool kind_is_of_processes(enum frame_kind kind)
{
    return kind == FRAME_USER || kind == FRAME_PAGE_TABLE;
}

static bool kind_is_of_slots(enum frame_kind kind)
{
    return kind == FRAME_KERNEL || kind == FRAME_USER || kind == FRAME_HEAP || kind == FRAME_SLAB ||
           kind == FRAME_VMALLOC;
}

/* A block of pages has one owner, whose slot has the number of its first frame. */
static bool slot_has(const struct replay *replay, uint32_t i, pfn_t frame, pfn_t block)
{
    const struct replay_slot *slot = &replay->slots[i];

    if (slot_state(slot) != SLOT_LIVE)
        return false;
    return slot_kind(slot) == EVENT_PAGES ? slot->where == block.value
                                          : count_slot(replay, i, frame).found != 0;
}

struct replay_culprit culprit_find(const struct replay *replay, pfn_t frame)
{
    pfn_t block;
    uint32_t order;

    if (pfn_is_none(frame))
        return (struct replay_culprit){.frame = PFN_NONE};
    enum frame_kind kind = mm_frame_block(replay->mm, frame, &block, &order);
    for (uint32_t i = 0; i < replay->slot_count && kind_is_of_slots(kind); i++)
        if (slot_has(replay, i, frame, block))
            return culprit_slot(replay, i, frame);
    for (uint32_t i = 0; i < replay->process_count && kind_is_of_processes(kind); i++)
        if (replay->processes[i].state == SLOT_LIVE && count_process(replay, i, frame).found != 0)
            return culprit_process(replay, i, frame);
    return (struct replay_culprit){.frame = frame, .kind = kind};
}

struct replay_culprit culprit_of(const struct replay *replay, const struct replay_failure *failure)
{
    if (culprit_is_largest(failure->cause))
        return culprit_largest(replay, failure);
    return culprit_find(replay, failure->cause == MM_NO_RUN ? culprit_in_range(replay, failure)
                                                            : replay->mm->failure.blocker);
}

/* ---- the largest owner of frames ---- */

struct share {
    pfn_t end;       /* frames of the owner below this one are counted */
    uint32_t frames; /* their number */
    pfn_t first;     /* the first of them */
};

static void share_add(void *context, pfn_t frame)
{
    struct share *share = context;

    if (frame.value >= share->end.value)
        return;
    if (share->frames++ == 0)
        share->first = frame;
}

/* Event numbers have 32 bits and wrap: the distance to the present orders them. */
static bool is_older(const struct replay *replay, uint64_t event, const struct replay_culprit *than)
{
    uint32_t now = (uint32_t)replay->result.events;

    return now - (uint32_t)event > now - (uint32_t)than->since_event;
}

struct largest {
    uint32_t amount;
    struct replay_culprit culprit;
};

/* Is this amount, which is owned since `event`, larger than the largest so far, or equal and
   older? */
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

/* ---- the largest owner of address space ---- */

/* Would the request fit the empty address space? */
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

/* Do blocks of this kind share the address space that was full? */
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
