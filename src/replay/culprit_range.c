/* The culprit for no_run: it lies in the range that is nearest to being free. */
#include "culprit.h"

#include <mm/machine.h>
#include <mm/process.h>

#include "slots.h"

#define WORD_BITS 32u

/* The cost of a frame in a range; the map has two bits for each frame. In a range of up to 8 MiB, a
   frame without an owner costs more than all other frames together. */
enum { COST_FREE, COST_OWNER, COST_OWNERS, COST_NO_OWNER };
static const uint32_t cost_of[] = {0, 1, 2, 4096};

/* The map is made anew for each culprit. Only one replay at a time may look for one. */
static uint32_t cost_map[FRAMES_MAX / (WORD_BITS / 2u)];

static void set_cost(pfn_t frame, uint32_t cost)
{
    uint32_t shift = frame.value % 16u * 2u;
    uint32_t *word = &cost_map[frame.value / 16u];

    *word = (*word & ~(3u << shift)) | cost << shift;
}

static uint32_t get_cost(uint32_t frame)
{
    return cost_of[cost_map[frame / 16u] >> (frame % 16u * 2u) & 3u];
}

/* ---- the map ---- */

static void note_owner(void *context, pfn_t frame)
{
    (void)context;
    set_cost(frame, COST_OWNER);
}

static void note_block(void *context, pfn_t frame)
{
    (void)context;
    set_cost(frame, COST_OWNERS);
}

static void note_free(void *context, pfn_t start, pfn_t end)
{
    (void)context;
    for (; start.value < end.value; start = pfn_add(start, 1))
        set_cost(start, COST_FREE);
}

static void note_owners(const struct replay *replay)
{
    for (uint32_t i = 0; i < replay->slot_count; i++) {
        const struct replay_slot *slot = &replay->slots[i];
        if (slot_state(slot) == SLOT_LIVE)
            culprit_slot_frames(replay->mm, slot,
                                slot_kind(slot) == EVENT_PAGES ? note_owner : note_block, NULL);
    }
    for (uint32_t i = 0; i < replay->process_count; i++) {
        const struct replay_process *slot = &replay->processes[i];
        if (slot->state == SLOT_LIVE)
            process_for_each_frame(machine_pointer(slot->control), note_owner, NULL);
    }
}

/* A heap that owns its memory has free ranges below its end, which mm_free_ranges() reports. */
static void make_map(const struct replay *replay)
{
    struct mm *mm = replay->mm;

    for (uint32_t i = 0; i < mm->map.count; i++)
        for (pfn_t frame = mm->map.range[i].start; frame.value < mm->map.range[i].end.value;
             frame = pfn_add(frame, 1))
            set_cost(frame, mm_frame_kind(mm, frame) == FRAME_FREE ? COST_FREE : COST_NO_OWNER);
    note_owners(replay);
    mm_free_ranges(mm, note_free, NULL);
}

/* ---- the search ---- */

struct candidate {
    uint32_t cost; /* UINT32_MAX: there is none */
    uint32_t start;
    bool any_free; /* there is a free range, which the request could not use */
};

static uint32_t cost_between(uint32_t start, uint32_t end)
{
    uint32_t cost = 0;

    for (uint32_t frame = start; frame < end; frame++)
        cost += get_cost(frame);
    return cost;
}

static void consider(struct candidate *best, uint32_t cost, uint32_t start)
{
    best->any_free |= cost == 0;
    if (cost == 0 || cost >= best->cost)
        return;
    best->cost = cost;
    best->start = start;
}

/* Slides a range of `length` frames through a range of RAM. O(frames) */
static void search_range(struct frame_range ram, uint32_t length, uint32_t alignment,
                         struct candidate *best)
{
    uint32_t start = align_up(ram.start.value, alignment);

    if (start >= ram.end.value || ram.end.value - start < length)
        return;
    uint32_t cost = cost_between(start, start + length);
    consider(best, cost, start);
    while (ram.end.value - start - length >= alignment) {
        cost -= cost_between(start, start + alignment);
        cost += cost_between(start + length, start + length + alignment);
        start += alignment;
        consider(best, cost, start);
    }
}

static struct candidate search(const struct mm *mm, enum page_class page_class, uint32_t length,
                               uint32_t alignment)
{
    struct candidate best = {.cost = UINT32_MAX};

    for (uint32_t i = 0; i < mm->map.count; i++) {
        struct frame_range ram = mm->map.range[i];
        pfn_t end = culprit_class_end(mm, page_class);
        if (ram.end.value > end.value)
            ram.end = end;
        search_range(ram, length, alignment, &best);
    }
    return best;
}

/* Returns the lowest frame of the range that has an owner, or else its lowest used frame. */
static pfn_t frame_in(struct candidate range)
{
    uint32_t frame = range.start;
    uint32_t without_owner = UINT32_MAX;

    for (uint32_t cost = 0; cost < range.cost; frame++) {
        uint32_t of_frame = get_cost(frame);
        if (of_frame == cost_of[COST_OWNER] || of_frame == cost_of[COST_OWNERS])
            return pfn(frame);
        if (of_frame != 0 && without_owner == UINT32_MAX)
            without_owner = frame;
        cost += of_frame;
    }
    return pfn(without_owner);
}

static uint32_t power_of_two_above(uint32_t length)
{
    uint32_t power = 1;

    while (power < length)
        power *= 2u;
    return power;
}

/* If there is a free range of the block's length, the block of a failed request needs the alignment
   of a buddy system. */
static struct candidate search_block(const struct mm *mm, enum page_class page_class,
                                     uint32_t length)
{
    struct candidate best = search(mm, page_class, length, 1);
    uint32_t power = power_of_two_above(length);

    return best.any_free ? search(mm, page_class, power, power) : best;
}

pfn_t culprit_in_range(const struct replay *replay, const struct replay_failure *failure)
{
    uint32_t pages = bytes_to_pages(failure->bytes);
    struct candidate best;

    make_map(replay);
    if (failure->request == REQUEST_KMALLOC)
        best = search_block(replay->mm, failure->page_class, pages);
    else if (failure->request == REQUEST_PAGES)
        best = search(replay->mm, failure->page_class, pages, pages);
    else
        best = search(replay->mm, failure->page_class, 1, 1);
    return best.cost == UINT32_MAX ? PFN_NONE : frame_in(best);
}
