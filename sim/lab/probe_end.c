#include <mm/machine.h>

#include "lab/live_allocations.h"
#include "lab/probe.h"
#include "replay/slots.h"

static uint64_t live_bytes(const struct replay *replay)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < replay->slot_count; i++) {
        const struct replay_slot *slot = &replay->slots[i];
        if (slot_state(slot) == SLOT_LIVE)
            bytes +=
                slot_kind(slot) == EVENT_PAGES ? (uint64_t)PAGE_SIZE << slot->bytes : slot->bytes;
    }
    return bytes;
}

struct measured end_not_asked_for(const struct replay *replay)
{
    uint64_t used = (uint64_t)replay->mm->counters.frames_used << PAGE_SHIFT;

    if (replay->process_count != 0)
        return (struct measured){0, 0};
    return (struct measured){used - live_bytes(replay), used};
}

/* The distances of pages from their frames. */
struct distances {
    uint32_t first; /* of the first page: its virtual minus its physical address */
    uint64_t pages;
    uint64_t same;
};

static void note_distances(struct distances *distances, vaddr_t block, uint32_t bytes)
{
    uint32_t first = block.value & ~PAGE_OFFSET_MASK;
    uint32_t end = block.value + bytes;

    for (uint32_t page = first; page < end; page += PAGE_SIZE) {
        struct machine_translation to = machine_translate(vaddr(page), MMU_READ);
        if (!to.found)
            continue;
        if (distances->pages++ == 0)
            distances->first = page - to.pa.value;
        distances->same += page - to.pa.value == distances->first;
    }
}

struct measured end_one_distance(const struct replay *replay)
{
    struct distances distances = {0};

    for (uint32_t i = 0; i < replay->slot_count; i++) {
        const struct replay_slot *slot = &replay->slots[i];
        if (slot_state(slot) == SLOT_LIVE && slot_kind(slot) == EVENT_KMALLOC)
            note_distances(&distances, vaddr(slot->where), slot->bytes);
    }
    return (struct measured){distances.same, distances.pages};
}

typedef vaddr_t (*block_maker)(struct mm *mm, uint32_t bytes);
typedef void (*block_freer)(struct mm *mm, vaddr_t block);

static vaddr_t kmalloc_low(struct mm *mm, uint32_t bytes)
{
    return kmalloc(mm, bytes, PAGES_LOW);
}

static bool is_given(struct mm *mm, uint32_t bytes, block_maker make, block_freer give_back)
{
    vaddr_t block = make(mm, bytes);

    if (vaddr_is_none(block))
        return false;
    bool usable = replay_touch_block(block, bytes);
    give_back(mm, block);
    return usable;
}

/* The largest block that is given, found by bisection in whole pages. */
static struct measured largest(struct mm *mm, block_maker make, block_freer give_back)
{
    uint64_t free_pages = mm_free_bytes(mm) >> PAGE_SHIFT;
    uint32_t given = 0;
    uint32_t refused = (uint32_t)free_pages + 1u;

    while (refused - given > 1u) {
        uint32_t pages = given + (refused - given) / 2u;
        if (is_given(mm, pages << PAGE_SHIFT, make, give_back))
            given = pages;
        else
            refused = pages;
    }
    return (struct measured){(uint64_t)given << PAGE_SHIFT, 1};
}

struct measured end_largest_kmalloc(struct mm *mm)
{
    return largest(mm, kmalloc_low, kfree);
}

struct measured end_largest_vmalloc(struct mm *mm)
{
    return largest(mm, vmalloc, vfree);
}

struct measured end_blocks(struct mm *mm, uint32_t order)
{
    struct measured share = {.whole = mm_free_bytes(mm)};
    struct live_allocations pages = live_allocations_create(mm);
    uint32_t blocks = live_allocations_add_pages(&pages, mm, order, PAGES_LOW, UINT32_MAX);

    share.part = (uint64_t)blocks << (PAGE_SHIFT + order);
    live_allocations_free_pages(&pages, mm, order, 0);
    live_allocations_destroy(&pages);
    return share;
}
