/*
 * Sequences that are bad for the frame allocators: blocks that are split and merged through all
 * orders, a single free frame that must be found, free frames without a larger block among them,
 * and random calls when little is free.
 */
#include "frames_subjects.h"
#include "replay/random.h"
#include "worst.h"

#include "machine/machine.h"

#define RANDOM_CALLS  2000u
#define SINGLE_FRAMES 256u
#define RANGE_FRAMES  64u

struct worst_frames {
    void (*open)(pfn_t end);    /* all frames from FIRST to end are free */
    worst_operation *alloc;     /* order -> first frame */
    worst_operation *alloc_any; /* the same from every reserve, to use up all frames */
    worst_operation *free;      /* first frame, order */
    worst_operation *take;      /* first frame, end of a range; NULL: it has no ranges */
    worst_operation *find;      /* frames, end of memory */
    worst_operation *give;      /* first frame, end of a range */
};

static const vaddr_t arrays = {DIRECT_MAP_BASE + (RESERVED_END_PFN << PAGE_SHIFT)};

static uint32_t live[FRAMES_MAX]; /* frames in use; the order is in bits 20-23 */
static uint32_t live_count;
static uint32_t random_state;
static pfn_t frames_end;

/* ---- the subjects ---- */

static void open_sorted(pfn_t end)
{
    frames_sorted_init(&sorted, arrays, end);
    frames_sorted_add(&sorted, pfn(FIRST), end);
}

static uint64_t call_sorted_alloc(uint64_t order, uint64_t unused)
{
    (void)unused;
    return sorted_alloc((uint32_t)order).value;
}

static uint64_t call_sorted_free(uint64_t frame, uint64_t order)
{
    sorted_free(pfn((uint32_t)frame), (uint32_t)order);
    return 0;
}

static uint64_t call_sorted_take(uint64_t start, uint64_t end)
{
    return frames_sorted_take(&sorted, pfn((uint32_t)start), pfn((uint32_t)end)).value;
}

static uint64_t call_sorted_find(uint64_t frames, uint64_t end)
{
    return frames_sorted_find_range(&sorted, pfn(FIRST), pfn((uint32_t)end), (uint32_t)frames)
        .value;
}

static uint64_t call_sorted_give(uint64_t start, uint64_t end)
{
    frames_sorted_free_range(&sorted, pfn((uint32_t)start), pfn((uint32_t)end));
    return 0;
}

static void open_buddy(pfn_t end)
{
    frames_buddy_init(&buddy, arrays, end, pfn(LOW_END_PFN));
    frames_buddy_add(&buddy, pfn(FIRST), end);
}

static uint64_t call_buddy_alloc(uint64_t order, uint64_t unused)
{
    (void)unused;
    return frames_buddy_alloc(&buddy, (uint32_t)order, ZONE_HIGH).value;
}

static uint64_t call_buddy_alloc_any(uint64_t order, uint64_t unused)
{
    (void)unused;
    return buddy_alloc((uint32_t)order).value;
}

static uint64_t call_buddy_free(uint64_t frame, uint64_t order)
{
    buddy_free(pfn((uint32_t)frame), (uint32_t)order);
    return 0;
}

static const struct worst_frames sorted_frames = {
    open_sorted,      call_sorted_alloc, call_sorted_alloc, call_sorted_free,
    call_sorted_take, call_sorted_find,  call_sorted_give,
};
static const struct worst_frames buddy_frames = {.open = open_buddy,
                                                 .alloc = call_buddy_alloc,
                                                 .alloc_any = call_buddy_alloc_any,
                                                 .free = call_buddy_free};

/* ---- parts of sequences ---- */

static void begin(const struct worst_frames *frames, const char *name)
{
    worst_sequence(name);
    frames->open(frames_end);
    live_count = 0;
    random_state = RANDOM32_SEED;
}

static bool keep(uint64_t frame, uint32_t order)
{
    if (frame == PFN_NONE.value)
        return false;
    live[live_count++] = (uint32_t)frame | order << 20;
    return true;
}

static bool count_alloc(const struct worst_frames *frames, uint32_t order)
{
    return keep(worst_count(WORST_ALLOC, order, frames->alloc, order, 0), order);
}

static void count_free(const struct worst_frames *frames, uint32_t frame, uint32_t order)
{
    worst_count(WORST_FREE, order, frames->free, frame, order);
}

static void take_all(const struct worst_frames *frames)
{
    while (keep(frames->alloc_any(0, 0), 0))
        continue;
}

/* Removes a random block from live[]. */
static uint32_t pick(void)
{
    uint32_t at = random32_below(&random_state, live_count);
    uint32_t block = live[at];

    live[at] = live[--live_count];
    return block;
}

static uint32_t frame_of(uint32_t block)
{
    return block & (FRAMES_MAX - 1u);
}

/* ---- the sequences ---- */

/* The first call of each order, and its free, in memory that is free otherwise. */
static void run_first(const struct worst_frames *frames)
{
    for (uint32_t order = 0; order <= ORDER_MAX; order++) {
        begin(frames, "first");
        count_alloc(frames, order);
        count_free(frames, frame_of(live[0]), order);
    }
}

/* Every frame is used; then one is free, here and there, and is allocated again. */
static void run_single(const struct worst_frames *frames)
{
    begin(frames, "single");
    take_all(frames);
    for (uint32_t order = 0; order <= ORDER_MAX; order++)
        count_alloc(frames, order);
    for (uint32_t i = 0; i < SINGLE_FRAMES; i++) {
        count_free(frames, frame_of(pick()), 0);
        count_alloc(frames, 1);
        count_alloc(frames, ORDER_MAX);
        count_alloc(frames, 0);
    }
}

/* Free every frame of each block of 1,024, the last one last: it merges with all orders below. */
static void run_merge(const struct worst_frames *frames)
{
    begin(frames, "merge");
    take_all(frames);
    for (uint32_t block = FIRST; block < frames_end.value; block += 1024) {
        uint32_t last = random32_below(&random_state, 1024);
        for (uint32_t i = 0; i < 1024; i++)
            if (i != last)
                frames->free(block + i, 0);
        count_free(frames, block + last, 0);
        if (count_alloc(frames, 0)) /* splits it again */
            count_free(frames, frame_of(live[--live_count]), 0);
    }
}

/* Free frames whose neighbours are used: a request of any order above 0 fails. */
static void run_comb(const struct worst_frames *frames)
{
    begin(frames, "comb");
    take_all(frames);
    for (uint32_t frame = FIRST; frame < frames_end.value; frame += 2)
        frames->free(frame, 0);
    for (uint32_t order = 1; order <= ORDER_MAX; order++)
        count_alloc(frames, order);
    for (uint32_t i = 0; i < SINGLE_FRAMES; i++)
        count_alloc(frames, 0);
    for (uint32_t frame = FIRST + 1; frame < FIRST + 1024; frame += 2)
        count_free(frames, frame, 0);
}

static uint32_t random_order(void)
{
    uint32_t draw = random32_below(&random_state, 100);

    return draw < 60 ? 0 : draw % (ORDER_MAX + 1u);
}

/* Blocks of all orders, until nothing is left; then free and allocate at random. */
static void run_random(const struct worst_frames *frames)
{
    begin(frames, "random");
    for (uint32_t order = ORDER_MAX + 1u; order-- > 0;)
        for (uint32_t i = 0; i < frames_end.value >> (order + 4u); i++)
            keep(frames->alloc(order, 0), order);
    for (uint32_t i = 0; i < RANDOM_CALLS; i++) {
        uint32_t block = pick();
        count_free(frames, frame_of(block), block >> 20);
        count_alloc(frames, random_order());
        if (i % 2 != 0)
            count_alloc(frames, random_order());
    }
}

/* Every other frame is taken by its number, so no request has found out yet that no block is
   left. */
static void run_taken(const struct worst_frames *frames)
{
    for (uint32_t order = ORDER_MAX + 1u; order-- > 1;) {
        begin(frames, "taken");
        for (uint32_t frame = FIRST; frame < frames_end.value; frame += 1u << order)
            frames->take(frame, frame + 1);
        count_alloc(frames, order);
        count_alloc(frames, order);
    }
}

/* Takes every frame whose number is a multiple of `step` above FIRST. */
static void take_each(const struct worst_frames *frames, uint32_t step)
{
    begin(frames, "ranges");
    for (uint32_t frame = FIRST; frame < frames_end.value; frame += step)
        frames->take(frame, frame + 1);
}

/* Ranges of RANGE_FRAMES, and finding one. Then all free ranges are one frame shorter than the one
   that is searched for. */
static void run_ranges(const struct worst_frames *frames)
{
    begin(frames, "ranges");
    for (uint32_t i = 0; i < SINGLE_FRAMES; i++) {
        uint32_t start = FIRST + random32_below(&random_state, 2048 - RANGE_FRAMES);
        worst_count(WORST_OTHER, RANGE_FRAMES, frames->take, start, start + RANGE_FRAMES);
        worst_count(WORST_OTHER, RANGE_FRAMES, frames->give, start, start + RANGE_FRAMES);
    }
    take_each(frames, RANGE_FRAMES);
    for (uint32_t range = 1; range <= 2048; range *= 2)
        worst_count(WORST_OTHER, range, frames->find, range, frames_end.value);
    for (uint32_t range = 3; range < 2048; range = 2 * range + 1) {
        take_each(frames, range);
        worst_count(WORST_OTHER, range, frames->find, range, frames_end.value);
    }
}

static void run_all(const struct worst_frames *frames, enum worst_size size)
{
    bench_require(simulated_open("worst"), "no simulated machine");
    frames_end = pfn((uint32_t)(worst_memory_bytes(size) >> PAGE_SHIFT));
    run_first(frames);
    run_single(frames);
    run_merge(frames);
    run_comb(frames);
    run_random(frames);
    if (frames->take != NULL) {
        run_taken(frames);
        run_ranges(frames);
    }
    simulated_close();
}

void worst_run_sorted(enum worst_size size)
{
    run_all(&sorted_frames, size);
}

void worst_run_buddy(enum worst_size size)
{
    run_all(&buddy_frames, size);
}
