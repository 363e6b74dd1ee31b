#include "lab/frame_states.h"

#include <string.h>

#include <mm/machine.h>
#include <mm/process.h>
#include <mm/strategy.h>

#include "replay/slots.h"

/* ---- kinds ---- */

const char *frame_state_name(uint32_t kind)
{
    return kind == FRAME_HEAP_FREE ? "free_in_heap" : frame_kind_name((enum frame_kind)kind);
}

uint32_t frame_states_end(const struct mm *mm)
{
    return memmap_end(&mm->given).value;
}

/* A free range is either free in the map of owners, or inside a heap that owns it. */
static void mark_heap_free(void *context, pfn_t start, pfn_t end)
{
    uint8_t *kinds = context;

    if (kinds[start.value] != FRAME_FREE)
        memset(&kinds[start.value], FRAME_HEAP_FREE, end.value - start.value);
}

void frame_states_kinds(struct mm *mm, uint8_t kinds[])
{
    mm_frame_kinds(mm, kinds, pfn(frame_states_end(mm)));
    mm_free_ranges(mm, mark_heap_free, kinds);
}

/* ---- spans ---- */

struct span_visitor {
    void (*visit)(void *context, struct frame_range span);
    void *context;
};

static void visit_frames(void *context, vaddr_t start, vaddr_t end)
{
    const struct span_visitor *visitor = context;

    if (start.value - DIRECT_MAP_BASE < DIRECT_MAP_SIZE)
        visitor->visit(visitor->context, (struct frame_range){
                                             pfn((start.value - DIRECT_MAP_BASE) >> PAGE_SHIFT),
                                             pfn((end.value - DIRECT_MAP_BASE) >> PAGE_SHIFT),
                                         });
}

void frame_states_heap_spans(struct mm *mm, void (*visit)(void *context, struct frame_range span),
                             void *context)
{
    struct span_visitor visitor = {visit, context};

    if (mm->strategy->heap_spans != NULL)
        mm->strategy->heap_spans(mm, visit_frames, &visitor);
}

static uint32_t at_most(uint32_t frame, uint32_t end)
{
    return frame < end ? frame : end;
}

struct frame_range frame_states_zone(const struct strategy *strategy, uint32_t end, enum zone zone)
{
    const uint32_t border[] = {RESERVED_END_PFN, DMA_END_PFN, strategy_low_end(strategy).value,
                               FRAMES_MAX};

    return (struct frame_range){pfn(at_most(border[zone], end)),
                                pfn(at_most(border[zone + 1], end))};
}

/* ---- owners ---- */

static void hold(struct frame_holder *holder, uint32_t owner, uint32_t bytes)
{
    if (holder->owner != 0 && holder->others != UINT16_MAX)
        holder->others++;
    if (bytes <= holder->bytes)
        return;
    holder->owner = owner;
    holder->bytes = (uint16_t)bytes;
}

static void hold_pages(const struct replay_slot *slot, uint32_t owner,
                       struct frame_holder holders[])
{
    for (uint32_t i = 0; i < 1u << slot->bytes; i++)
        holders[slot->where + i] = (struct frame_holder){owner, PAGE_SIZE, 0};
}

/* Most blocks are in the direct map, whose frames need no look-up. */
static bool frame_at(const struct mm *mm, uint32_t va, uint32_t *frame)
{
    paddr_t pa;

    if (va - DIRECT_MAP_BASE < DIRECT_MAP_SIZE) {
        *frame = (va - DIRECT_MAP_BASE) >> PAGE_SHIFT;
        return true;
    }
    if (!mm_translate(mm, vaddr(va), &pa))
        return false;
    *frame = paddr_to_pfn(pa).value;
    return true;
}

/* A block may end at the end of the address space. */
static void hold_block(const struct mm *mm, const struct replay_slot *slot, uint32_t owner,
                       struct frame_holder holders[])
{
    uint32_t left = slot->bytes;
    uint32_t frame;

    for (uint32_t va = slot->where; left != 0;) {
        uint32_t here = at_most(PAGE_SIZE - (va & PAGE_OFFSET_MASK), left);
        if (frame_at(mm, va, &frame))
            hold(&holders[frame], owner, here);
        va += here;
        left -= here;
    }
}

struct process_visit {
    struct frame_holder *holders;
    uint32_t owner;
};

static void hold_frame(void *context, pfn_t frame)
{
    const struct process_visit *visit = context;

    visit->holders[frame.value] = (struct frame_holder){visit->owner, PAGE_SIZE, 0};
}

void frame_states_holders(const struct replay *replay, struct frame_holder holders[])
{
    memset(holders, 0, frame_states_end(replay->mm) * sizeof holders[0]);
    frame_states_add_holders(replay, holders);
}

void frame_states_add_holders(const struct replay *replay, struct frame_holder holders[])
{
    for (uint32_t i = 0; i < replay->slot_count; i++) {
        const struct replay_slot *slot = &replay->slots[i];
        if (slot_state(slot) != SLOT_LIVE)
            continue;
        if (slot_kind(slot) == EVENT_PAGES)
            hold_pages(slot, 1u + i, holders);
        else
            hold_block(replay->mm, slot, 1u + i, holders);
    }
    for (uint32_t i = 0; i < replay->process_count; i++) {
        struct process_visit visit = {holders, OWNER_IS_PROCESS + i};
        if (replay->processes[i].state == SLOT_LIVE)
            process_for_each_frame(machine_pointer(replay->processes[i].control), hold_frame,
                                   &visit);
    }
}

static struct owner_facts process_facts(const struct replay *replay, uint32_t i)
{
    const struct replay_process *process = &replay->processes[i];

    return (struct owner_facts){
        .process = process->id,
        .since_event = slot_event(replay, process->event),
        .call = EVENT_PROCESS,
    };
}

struct owner_facts frame_states_owner(const struct replay *replay, uint32_t owner)
{
    if (owner >= OWNER_IS_PROCESS)
        return process_facts(replay, owner - OWNER_IS_PROCESS);
    const struct replay_slot *slot = &replay->slots[owner - 1u];
    bool pages = slot_kind(slot) == EVENT_PAGES;
    return (struct owner_facts){
        .since_event = slot_event(replay, slot->event),
        .bytes = pages ? (uint64_t)PAGE_SIZE << slot->bytes : slot->bytes,
        .site = slot_site(slot),
        .order = pages ? slot->bytes : 0,
        .call = (enum event_kind)slot_kind(slot),
        .page_class = slot_class(slot),
    };
}
