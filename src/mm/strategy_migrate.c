/*
 * `migrate`: as `brk`, but a movable page in the heap's path is moved: it is copied to the highest
 * free frame, and the entry that maps it is changed.
 *
 *     | heap -> brk  . X . . X .  <- pages | metadata |  HIGH  <- pages |
 *                      |_____|_________________________________^
 *
 * All pages come from the high end. Movable ones could lie just above brk instead, and leave the
 * high end to pinned ones; but then nearly every page by which the heap grows would cost a move,
 * and now few do. If memory is so full that a pinned page would lie near brk, it changes places
 * with the highest single page that can be moved.
 */
#include <mm/strategy.h>
#include <mm/tempmap.h>

#include "brk_heap.h"
#include "frame_fill.h"
#include "movable.h"

struct migrate_state {
    struct brk_state brk;
    struct movable movable;
    struct frames_sorted singles; /* its "free" frames are the movable single pages of low memory */
};

/* A page is near brk if the heap reaches it by doubling plus this many frames. */
#define NEAR_FRAMES 256u

static struct movable *movable_of(struct mm *mm)
{
    return &((struct migrate_state *)mm->state)->movable;
}

static struct frames_sorted *singles_of(struct mm *mm)
{
    return &((struct migrate_state *)mm->state)->singles;
}

/* ---- movable pages ---- */

static uint32_t holder_of(struct mm *mm, pfn_t frame)
{
    return movable_holder(movable_of(mm), frame);
}

static bool is_low_single(pfn_t first, uint32_t order)
{
    return order == 0 && first.value < LOW_END_PFN;
}

static void hold(struct mm *mm, pfn_t first, uint32_t holder)
{
    if (is_low_single(first, owner_order(mm, first)) && holder_of(mm, first) == HOLDER_NONE)
        frames_sorted_free(singles_of(mm), first);
    movable_set(movable_of(mm), first, holder);
}

static void let_go(struct mm *mm, pfn_t first, uint32_t order)
{
    if (is_low_single(first, order) && holder_of(mm, first) != HOLDER_NONE)
        (void)frames_sorted_take(singles_of(mm), first, pfn_add(first, 1));
    movable_set(movable_of(mm), first, HOLDER_NONE);
}

/* Moves a block to frames that are allocated already. Sets *stale if the TLB may have entries of a
   process for it. */
static void move(struct mm *mm, pfn_t from, pfn_t to, bool *stale)
{
    struct owned_block block = owner_of(mm, from);
    uint32_t holder = holder_of(mm, from);

    let_go(mm, from, block.order);
    owner_set(mm, from, 0, OWNER_FREE);
    frames_verify(mm, to, pfn_add(to, 1u << block.order));
    owner_set(mm, to, block.order, block.owner);
    hold(mm, to, holder);
    *stale |= movable_move(mm, holder, from, to, block.order);
    mm->moves.count++;
    mm->moves.frames += 1u << block.order;
}

/* One load of CR3 flushes the entries of all moved pages. It is always needed if a process is
   current, because the process that maps a page is not known. */
static void flush_if_stale(struct mm *mm, bool stale)
{
    if (stale && mm->current != NULL)
        machine_load_cr3(machine_read_cr3());
}

/* ---- the growth of the heap ---- */

/* The frames [start, end) above brk that the heap is to take. */
struct span {
    uint32_t start;
    uint32_t end;
};

static uint32_t block_frames(struct mm *mm, uint32_t frame)
{
    return 1u << owner_order(mm, pfn(frame));
}

/* Returns the lowest used frame of the span that cannot be moved. If there is none, returns
   UINT32_MAX and stores the number of frames in the blocks that have to move. O(frames). */
static uint32_t first_pinned(struct mm *mm, struct span span, uint32_t *used)
{
    *used = 0;
    for (uint32_t at = span.start; at < span.end;) {
        pfn_t frame = frames_sorted_first_used(&brk_state_of(mm)->frames, pfn(at), pfn(span.end));
        if (pfn_is_none(frame))
            break;
        if (holder_of(mm, frame) == HOLDER_NONE)
            return frame.value;
        at = frame.value + block_frames(mm, frame.value);
        *used += at - frame.value;
    }
    return UINT32_MAX;
}

/* Takes the free frames of the span, so that no page is moved there. Returns their number. */
static uint32_t take_free(struct mm *mm, struct span span)
{
    struct frames_sorted *sorted = &brk_state_of(mm)->frames;
    uint32_t taken = 0;

    for (uint32_t at = span.start; at < span.end;) {
        pfn_t used = frames_sorted_first_used(sorted, pfn(at), pfn(span.end));
        uint32_t stop = pfn_is_none(used) ? span.end : used.value;
        MM_ASSERT(pfn_is_none(frames_sorted_take(sorted, pfn(at), pfn(stop))));
        taken += stop - at;
        at = stop < span.end ? stop + block_frames(mm, stop) : stop;
    }
    return taken;
}

/* Gives back the frames of the span that were taken, or from which a page was moved. */
static void give_free(struct mm *mm, struct span span)
{
    for (uint32_t frame = span.start; frame < span.end; frame += block_frames(mm, frame))
        if (owner_is(mm, pfn(frame), OWNER_FREE)) {
            machine_frames_freed(pfn(frame), 1);
            frames_sorted_free(&brk_state_of(mm)->frames, pfn(frame));
        }
}

/* Moves a block out of the span. Its frames beyond the span become free at once: a block of several
   frames is not a page of a process, for which the TLB would have to be flushed first. */
static bool block_move(struct mm *mm, uint32_t first, struct span span, bool *stale)
{
    struct frames_sorted *sorted = &brk_state_of(mm)->frames;
    uint32_t frames = block_frames(mm, first);
    uint32_t order = (uint32_t)__builtin_ctz(frames);
    pfn_t to = frames_sorted_alloc_block(sorted, order, ZONE_HIGH);

    if (pfn_is_none(to))
        return false;
    move(mm, pfn(first), to, stale);
    if (first + frames > span.end) {
        machine_frames_freed(pfn(span.end), first + frames - span.end);
        frames_sorted_free_range(sorted, pfn(span.end), pfn(first + frames));
    }
    return true;
}

/* Moves all blocks of the span, the lowest first. Returns false if one has no place to go. */
static bool blocks_move(struct mm *mm, struct span span)
{
    uint32_t before = mm->moves.count;
    bool stale = false;
    bool moved = true;

    for (uint32_t frame = span.start; frame < span.end && moved; frame++)
        if (holder_of(mm, pfn(frame)) != HOLDER_NONE)
            moved = block_move(mm, frame, span, &stale);
    flush_if_stale(mm, stale);
    if (!moved)
        mm->moves.wasted += mm->moves.count - before;
    return moved;
}

/* Takes the span, or returns false and takes nothing. No page is moved if a page of the span is
   pinned or too few frames are free elsewhere. If so far all is well, only a larger block can still
   fail to move: there may be no run of free frames for it. */
static bool span_clear(struct mm *mm, struct span span)
{
    uint32_t used;

    if (first_pinned(mm, span, &used) != UINT32_MAX || tempmap_claimed(mm) == TEMPMAP_PAGES)
        return false;
    uint32_t free_before = frames_sorted_free_to(&brk_state_of(mm)->frames, ZONE_HIGH);
    if (free_before < used)
        return false;
    if (take_free(mm, span) <= free_before - used && blocks_move(mm, span))
        return true;
    give_free(mm, span);
    return false;
}

static bool extend_moving(struct mm *mm, uint32_t bytes)
{
    struct span span = {.start = brk_frame(mm).value};

    span.end = span.start + (bytes >> PAGE_SHIFT);
    if (brk_extend_free(mm, bytes))
        return true;
    if (span.end > brk_state_of(mm)->limit || !span_clear(mm, span))
        return false;
    machine_frames_freed(pfn(span.start), span.end - span.start);
    heap_extend(&brk_state_of(mm)->heap, bytes);
    brk_frames_taken(mm, pfn(span.start), pfn(span.end), OWNER_HEAP);
    return true;
}

/* Returns the first pinned frame that blocks the growth, otherwise the first used frame, which
   could not be moved for lack of free frames. */
static pfn_t blocker(struct mm *mm, pfn_t end)
{
    uint32_t limit = brk_state_of(mm)->limit;
    struct span span = {brk_frame(mm).value, end.value < limit ? end.value : limit};
    uint32_t used;
    uint32_t pinned = first_pinned(mm, span, &used);

    return pinned != UINT32_MAX ? pfn(pinned) : brk_first_used(mm, end);
}

/* ---- requests ---- */

static const struct brk_growth growth = {.extend = extend_moving, .blocker = blocker};

static vaddr_t migrate_kmalloc(struct mm *mm, uint32_t bytes, enum page_class page_class)
{
    return brk_kmalloc(mm, bytes, page_class, &growth);
}

static vaddr_t migrate_krealloc(struct mm *mm, vaddr_t block, uint32_t bytes)
{
    return brk_krealloc(mm, block, bytes, &growth);
}

static bool is_near_brk(struct mm *mm, pfn_t frame)
{
    const struct brk_state *state = brk_state_of(mm);
    uint32_t heap_frames = (state->heap.end - state->skip.home) >> PAGE_SHIFT;

    return frame.value - brk_frame(mm).value < heap_frames + NEAR_FRAMES;
}

/* Exchanges the kernel's page with a movable page that lies higher. That page must not lie near brk
   itself, so that pages are not moved repeatedly in front of the heap. */
static pfn_t trade_up(struct mm *mm, pfn_t frame, enum zone top)
{
    pfn_t higher = frames_sorted_alloc_highest(singles_of(mm), top);
    bool stale = false;

    if (pfn_is_none(higher))
        return frame;
    frames_sorted_free(singles_of(mm), higher);
    if (higher.value < frame.value || is_near_brk(mm, higher))
        return frame;
    move(mm, higher, frame, &stale);
    flush_if_stale(mm, stale);
    machine_frames_freed(higher, 1);
    return higher;
}

static pfn_t migrate_pages_alloc(struct mm *mm, uint32_t order, enum page_class page_class)
{
    pfn_t first = brk_pages_alloc(mm, order, page_class);

    if (order != 0 || page_class == PAGES_USER || pfn_is_none(first) || !is_near_brk(mm, first))
        return first;
    return trade_up(mm, first, class_top_zone(page_class));
}

static void migrate_pages_free(struct mm *mm, pfn_t first, uint32_t order)
{
    brk_pages_free(mm, first, order);
    let_go(mm, first, order);
}

/* ---- the checker and the initialization ---- */

static const char *check_singles(struct mm *mm)
{
    uint32_t first = movable_of(mm)->first;
    uint32_t end = first + movable_of(mm)->frames;

    for (pfn_t frame = pfn(first); frame.value < end; frame = pfn_add(frame, 1)) {
        pfn_t end_of_frame = pfn_add(frame, 1);
        bool single = holder_of(mm, frame) != HOLDER_NONE && owner_order(mm, frame) == 0;
        if (single != pfn_is_none(frames_sorted_first_used(singles_of(mm), frame, end_of_frame)))
            return "migrate: the single pages are not those that have a holder";
    }
    return frames_sorted_check(singles_of(mm));
}

static const char *migrate_check(struct mm *mm)
{
    const char *broken = brk_check(mm);

    if (broken == NULL)
        broken = movable_check(mm, movable_of(mm));
    return broken != NULL ? broken : check_singles(mm);
}

static bool migrate_init(struct mm *mm)
{
    pfn_t first = mm->map.range[0].start;
    pfn_t end = memmap_end(&mm->map);
    pfn_t low_end = end.value < LOW_END_PFN ? end : pfn(LOW_END_PFN);
    vaddr_t holders = mm_carve_address(mm, movable_bytes(first, end));
    vaddr_t singles = mm_carve_address(mm, frames_sorted_bytes(low_end));

    if (vaddr_is_none(holders) || vaddr_is_none(singles) ||
        !brk_heap_init(mm, sizeof(struct migrate_state)))
        return false;
    movable_init(&((struct migrate_state *)mm->state)->movable, holders, first, end);
    frames_sorted_init(singles_of(mm), singles, low_end);
    return true;
}

const struct strategy strategy_migrate = {
    .name = "migrate",
    .source = "ours",
    .frames = "sorted; pages from the high end",
    .heap = "as brk, but moves pages out of its way",
    .init = migrate_init,
    .kmalloc = migrate_kmalloc,
    .krealloc = migrate_krealloc,
    .pages_alloc = migrate_pages_alloc,
    .pages_free = migrate_pages_free,
    .pages_hold = hold,
    BRK_OPERATIONS,
    .check = migrate_check,
};
