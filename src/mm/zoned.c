#include "zoned.h"

#include <mm/strategy.h>

#include "slab_fast.h"

static struct zoned_state *state_of(struct mm *mm)
{
    return mm->state;
}

struct slabs *zoned_slabs(struct mm *mm)
{
    return &state_of(mm)->slabs;
}

/* ---- kmalloc() ---- */

vaddr_t zoned_kmalloc(struct mm *mm, uint32_t bytes, enum page_class page_class)
{
    return slab_kmalloc_fast(mm, &state_of(mm)->slabs, bytes, page_class);
}

vaddr_t zoned_krealloc(struct mm *mm, vaddr_t block, uint32_t bytes)
{
    return slab_krealloc(mm, &state_of(mm)->slabs, block, bytes);
}

void zoned_kfree(struct mm *mm, vaddr_t block)
{
    slab_kfree_fast(mm, &state_of(mm)->slabs, block);
}

const char *zoned_block_fault(struct mm *mm, vaddr_t block)
{
    return slab_block_fault(mm, &state_of(mm)->slabs, block);
}

uint32_t zoned_ksize(struct mm *mm, vaddr_t block)
{
    return slab_ksize(mm, &state_of(mm)->slabs, block);
}

/* ---- pages ---- */

/* Returns the number of frames of a zone that are free or belong to empty slabs. */
static uint32_t zone_frames(const struct zoned_state *state, enum zone zone)
{
    uint32_t free = frames_buddy_free_in(&state->frames, zone);

    return zone == ZONE_HIGH ? free : free + state->slabs.empty_frames[zone];
}

/* Returns how many of these requests from `top` downwards may take; the rest is reserved. */
static uint32_t zone_room(const struct zoned_state *state, enum zone zone, enum zone top)
{
    uint32_t frames = zone_frames(state, zone);
    uint32_t reserve = frames_buddy_reserve(&state->frames, zone, top);

    return frames > reserve ? frames - reserve : 0;
}

static uint32_t frames_in_all(const struct zoned_state *state)
{
    return zone_frames(state, ZONE_DMA) + zone_frames(state, ZONE_LOW) +
           zone_frames(state, ZONE_HIGH);
}

static bool frame_is_free(const void *frames, pfn_t frame)
{
    return frames_buddy_is_free(frames, frame);
}

/* Tells if a block of this order is free in the zone, or would be if empty slabs were freed. */
static bool zone_could_have(const struct zoned_state *state, uint32_t order, enum zone zone)
{
    return frames_buddy_has(&state->frames, order, zone) ||
           slabs_release_makes(&state->slabs, order, zone, frame_is_free, &state->frames);
}

/* Frees the empty slabs and allocates again, after an allocation has failed. Keeps the slabs if
   their frames would not suffice. */
static __attribute__((noinline)) pfn_t pages_alloc_reclaiming(struct mm *mm, uint32_t order,
                                                              enum zone top)
{
    struct zoned_state *state = state_of(mm);

    slabs_gather(mm, &state->slabs);
    for (uint32_t zone = top < ZONE_LOW ? top : ZONE_LOW; zone <= ZONE_LOW; zone--) {
        if (zone_room(state, (enum zone)zone, top) < 1u << order ||
            !zone_could_have(state, order, (enum zone)zone))
            continue;
        slabs_release(mm, &state->slabs);
        pfn_t first = frames_buddy_alloc(&state->frames, order, top);
        MM_ASSERT(!pfn_is_none(first));
        return first;
    }
    mm_fail(mm, frames_buddy_cause(&state->frames, order, top, state->slabs.empty_frames),
            PFN_NONE);
    return PFN_NONE;
}

pfn_t zoned_pages_alloc(struct mm *mm, uint32_t order, enum page_class page_class)
{
    enum zone top = class_top_zone(page_class);
    pfn_t first = frames_buddy_alloc(&state_of(mm)->frames, order, top);

    if (pfn_is_none(first))
        first = pages_alloc_reclaiming(mm, order, top);
    if (!pfn_is_none(first))
        mm_count_frames_taken(mm, 1u << order);
    return first;
}

void zoned_pages_free(struct mm *mm, pfn_t first, uint32_t order)
{
    frames_buddy_free(&state_of(mm)->frames, first, order);
    mm_count_frames_given(mm, 1u << order);
}

/*
 * PAGES_USER leaves a reserve in LOW, both classes leave one in DMA, and that of PAGES_USER is at
 * least as large. So the order of requests makes no difference for low pages, and user pages find
 * the least if they come last, which is checked here.
 */
static bool frames_suffice(const struct zoned_state *state, uint32_t low, uint32_t user)
{
    uint32_t high = zone_frames(state, ZONE_HIGH);
    uint32_t user_low = user > high ? user - high : 0;
    uint32_t low_frames = zone_frames(state, ZONE_LOW);
    uint32_t taken_low = low < low_frames ? low : low_frames;
    uint32_t taken_dma = low - taken_low;
    uint32_t room_low = zone_room(state, ZONE_LOW, ZONE_HIGH);
    uint32_t room_dma = zone_room(state, ZONE_DMA, ZONE_HIGH);

    if (low + user_low > low_frames + zone_room(state, ZONE_DMA, ZONE_LOW))
        return false;
    return user_low <= (room_low > taken_low ? room_low - taken_low : 0) +
                           (room_dma > taken_dma ? room_dma - taken_dma : 0);
}

bool zoned_frames_ready(struct mm *mm, uint32_t low, uint32_t user)
{
    struct zoned_state *state = state_of(mm);

    if (frames_suffice(state, low, user))
        return true;
    slabs_gather(mm, &state->slabs);
    if (frames_suffice(state, low, user))
        return true;
    mm_fail(mm, frames_in_all(state) < low + user ? MM_NO_FRAMES : MM_ZONE, PFN_NONE);
    return false;
}

/* ---- vmalloc() ---- */

vaddr_t zoned_vmalloc(struct mm *mm, uint32_t bytes)
{
    return vmalloc_alloc(mm, &state_of(mm)->vmalloc, bytes);
}

void zoned_vfree(struct mm *mm, vaddr_t block)
{
    vmalloc_free(mm, &state_of(mm)->vmalloc, block);
}

/* ---- reports and checks ---- */

uint64_t zoned_free_bytes(struct mm *mm)
{
    return (uint64_t)frames_buddy_free_to(&state_of(mm)->frames, ZONE_HIGH) << PAGE_SHIFT;
}

void zoned_free_blocks(struct mm *mm, struct free_blocks *blocks)
{
    frames_buddy_free_blocks(&state_of(mm)->frames, blocks);
}

bool zoned_heap_range(struct mm *mm, uint32_t i, struct vaddr_range *range)
{
    const struct slabs *slabs = &state_of(mm)->slabs;

    *range = (struct vaddr_range){vaddr(slabs->start),
                                  vaddr(slabs->start + (slabs->frames << PAGE_SHIFT))};
    return i == 0;
}

static const char *check_zoned(struct mm *mm)
{
    const struct zoned_state *state = state_of(mm);
    uint32_t free = frames_buddy_free_to(&state->frames, ZONE_HIGH);
    struct owner_counts counts;

    owners_count(mm, &counts);
    if (counts.frames[OWNER_SLAB] != state->slabs.slab_frames ||
        counts.frames[OWNER_BLOCK] != state->slabs.large_frames)
        return "zoned: the frames of kmalloc() are not those of its slabs and blocks";
    if (mm->counters.frames_used != mm->frames_total - free)
        return "zoned: frames_used disagrees with the free frames";
    if (mm->counters.heap_span_bytes != slabs_span_bytes(&state->slabs))
        return "zoned: heap_span_bytes disagrees with the heap's frames";
    return NULL;
}

const char *zoned_check(struct mm *mm)
{
    const struct zoned_state *state = state_of(mm);
    const char *broken = frames_buddy_check(&state->frames);

    if (broken == NULL)
        broken = slabs_check(mm, &state->slabs);
    if (broken == NULL)
        broken = vmalloc_check(mm, &state->vmalloc);
    return broken != NULL ? broken : check_zoned(mm);
}

/* ---- start ---- */

/* Returns the range from the first frame of RAM to the last below low_end; empty if there is none.
 */
static struct frame_range low_frames(const struct memmap *map, pfn_t low_end)
{
    struct frame_range low = {low_end, low_end};

    for (uint32_t i = map->count; i-- > 0;) {
        if (map->range[i].start.value >= low.start.value)
            continue;
        if (low.start.value == low_end.value && map->range[i].end.value < low_end.value)
            low.end = map->range[i].end;
        low.start = map->range[i].start;
    }
    return low;
}

bool zoned_start(struct mm *mm, vaddr_t base, pfn_t low_end)
{
    pfn_t end = memmap_end(&mm->map);
    struct frame_range low = low_frames(&mm->map, low_end);
    vaddr_t frames_arrays = mm_carve_address(mm, frames_buddy_bytes(end));
    vaddr_t slabs_arrays = mm_carve_address(mm, slabs_bytes(low.end.value - low.start.value));

    mm->state = mm_carve(mm, sizeof(struct zoned_state));
    if (vaddr_is_none(frames_arrays) || vaddr_is_none(slabs_arrays) || mm->state == NULL)
        return false;
    struct zoned_state *state = state_of(mm);
    frames_buddy_init(&state->frames, frames_arrays, end, low_end);
    for (uint32_t i = 0; i < mm->map.count; i++)
        frames_buddy_add(&state->frames, mm->map.range[i].start, mm->map.range[i].end);
    slabs_init(&state->slabs, slabs_arrays, base, low);
    vmalloc_init(&state->vmalloc);
    return true;
}
