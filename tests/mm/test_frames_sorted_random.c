/* Compares the sorted frame allocator with the naive model over long seeded random runs. */
#include "replay/random.h"
#include "support/model_effort.h"
#include "support/model_frames.h"
#include "support/on_machine.h"
#include "support/test.h"

#include <mm/frames_sorted.h>

#define ARRAYS direct_map(paddr(0x400000))

#define OPERATIONS  100000u /* over the whole run */
#define CHECK_EVERY 997u
#define HELD_MAX    4096u

struct held_block {
    uint32_t first;
    uint32_t end;
};

static struct {
    struct frames_sorted sorted;
    struct model_frames model;
    struct held_block held[HELD_MAX];
    uint32_t held_count;
    uint32_t seed;
    uint32_t lowest; /* random frames are at or above this one */
    uint32_t end;
} run;

static uint32_t random_below(uint32_t bound)
{
    return random32_below(&run.seed, bound);
}

/* Returns whether the allocator's answer is the model's. If it is, the model takes the frames. */
static bool settle(pfn_t got, uint32_t expected, uint32_t frames)
{
    if (got.value != expected)
        return false;
    if (expected == UINT32_MAX)
        return true;
    model_frames_set(&run.model, expected, expected + frames, false);
    run.held[run.held_count++] = (struct held_block){expected, expected + frames};
    return true;
}

static bool step_alloc_block(void)
{
    uint32_t order = random_below(ORDER_COUNT);
    enum zone zone = (enum zone)random_below(ZONE_COUNT);
    uint32_t expected = model_frames_highest_block(&run.model, order, zone);

    return settle(frames_sorted_alloc_block(&run.sorted, order, zone), expected, 1u << order);
}

static bool step_alloc_highest(void)
{
    enum zone zone = (enum zone)random_below(ZONE_COUNT);
    uint32_t expected = model_frames_highest_block(&run.model, 0, zone);

    return settle(frames_sorted_alloc_highest(&run.sorted, zone), expected, 1);
}

static bool step_alloc_lowest(void)
{
    uint32_t from = run.lowest + random_below(run.end - run.lowest + 2u);
    uint32_t expected = model_frames_lowest(&run.model, from);

    return settle(frames_sorted_alloc_lowest(&run.sorted, pfn(from)), expected, 1);
}

static bool step_take(void)
{
    uint32_t start = run.lowest + random_below(run.end - run.lowest);
    uint32_t frames = 1u + (random_below(100) << random_below(4));
    uint32_t expected = model_frames_first_used(&run.model, start, start + frames);
    pfn_t used = frames_sorted_first_used(&run.sorted, pfn(start), pfn(start + frames));

    if (used.value != expected)
        return false;
    if (frames_sorted_take(&run.sorted, pfn(start), pfn(start + frames)).value != expected)
        return false;
    return expected != UINT32_MAX || settle(pfn(start), start, frames);
}

/* Frees the block whole, in two runs, or frame by frame. */
static void give_back(const struct held_block *block)
{
    uint32_t frames = block->end - block->first;
    uint32_t order = (uint32_t)__builtin_ctz(frames);

    if (frames == 1u << order && order <= ORDER_MAX && block->first % frames == 0 &&
        random_below(2) == 0) {
        frames_sorted_free_block(&run.sorted, pfn(block->first), order);
    } else if (random_below(4) != 0) {
        uint32_t middle = block->first + random_below(frames);
        frames_sorted_free_range(&run.sorted, pfn(middle), pfn(block->end));
        frames_sorted_free_range(&run.sorted, pfn(block->first), pfn(middle));
    } else {
        for (uint32_t frame = block->first; frame < block->end; frame++)
            frames_sorted_free(&run.sorted, pfn(frame));
    }
    model_frames_set(&run.model, block->first, block->end, true);
}

static bool step_free(void)
{
    if (run.held_count == 0)
        return true;
    uint32_t at = random_below(run.held_count);
    struct held_block block = run.held[at];

    run.held[at] = run.held[--run.held_count];
    give_back(&block);
    return true;
}

static bool (*const steps[])(void) = {
    step_alloc_block, step_alloc_block, step_alloc_highest, step_alloc_lowest, step_take,
    step_take,        step_free,        step_free,          step_free,         step_free,
};

static bool free_blocks_agree(void)
{
    struct free_blocks counted = {0};
    uint32_t frames = 0;

    frames_sorted_free_blocks(&run.sorted, &counted);
    for (uint32_t order = 0; order <= ORDER_MAX; order++)
        frames += counted.count[order] << order;
    return frames == counted.frames && frames == model_frames_free_to(&run.model, ZONE_HIGH);
}

static void verify(void)
{
    assert_null(frames_sorted_check(&run.sorted));
    for (enum zone zone = ZONE_DMA; zone < ZONE_COUNT; zone++)
        assert_int_equal(frames_sorted_free_to(&run.sorted, zone),
                         model_frames_free_to(&run.model, zone));
    assert_true(free_blocks_agree());
}

static void add_run(uint32_t start, uint32_t end)
{
    frames_sorted_add(&run.sorted, pfn(start), pfn(end));
    model_frames_set(&run.model, start, end, true);
}

static void run_start(uint32_t lowest, uint32_t end)
{
    run.lowest = lowest;
    run.end = end;
    run.held_count = 0;
    run.seed = end;
    frames_sorted_init(&run.sorted, ARRAYS, pfn(end));
    model_frames_create(&run.model, end);
}

static void run_operations(uint32_t operations)
{
    uint32_t free_frames = model_frames_free_to(&run.model, ZONE_HIGH);

    for (uint32_t i = 0; i < operations; i++) {
        uint32_t step = random_below(sizeof steps / sizeof steps[0]);
        if (run.held_count == HELD_MAX)
            step_free();
        if (!steps[step]())
            fail_msg("operation %u (step %u) of the run to frame 0x%x differs from the model", i,
                     step, run.end);
        if (i % CHECK_EVERY == 0)
            verify();
    }
    while (run.held_count != 0)
        step_free();
    verify();
    assert_int_equal(frames_sorted_free_to(&run.sorted, ZONE_HIGH), free_frames);
    model_frames_destroy(&run.model);
}

/* All zones are small and have holes. */
MACHINE_TEST(agrees_with_the_model_in_small_zones)
{
    run_start(RESERVED_END_PFN, 0x30a00);
    add_run(0x401, 0x7ff);
    add_run(0x800, 0x812);
    add_run(0xfe0, 0x1000);
    add_run(0x1000, 0x1833);
    add_run(0x2f000, 0x30000);
    add_run(0x30000, 0x309ff);
    run_operations(effort_operations(OPERATIONS / 2));
}

/* There is one group and a part of the next. */
MACHINE_TEST(agrees_with_the_model_on_a_tiny_machine)
{
    run_start(RESERVED_END_PFN, 0xa01);
    add_run(0x400, 0xa01);
    run_operations(effort_operations(OPERATIONS / 4));
}

/* One machine ends at 4 GiB, the other one frame below. */
MACHINE_TEST(agrees_with_the_model_up_to_4_gib)
{
    run_start(FRAMES_MAX - 0x2000, FRAMES_MAX);
    add_run(0x1000, 0x1010);
    add_run(FRAMES_MAX - 0x2000, FRAMES_MAX - 0x1100);
    add_run(FRAMES_MAX - 0x1000, FRAMES_MAX);
    run_operations(effort_operations(OPERATIONS / 8));
}

MACHINE_TEST(agrees_with_the_model_up_to_one_below_4_gib)
{
    run_start(FRAMES_MAX - 0x1800, FRAMES_MAX - 1);
    add_run(FRAMES_MAX - 0x1800, FRAMES_MAX - 1);
    run_operations(effort_operations(OPERATIONS / 8));
}

/* Frees what was allocated `back` calls ago. */
static void free_recent(uint32_t back)
{
    uint32_t at = run.held_count - 1u - back;
    struct held_block block = run.held[at];

    run.held[at] = run.held[--run.held_count];
    if (block.end - block.first == 1)
        frames_sorted_free(&run.sorted, pfn(block.first));
    else
        frames_sorted_free_range(&run.sorted, pfn(block.first), pfn(block.end));
    model_frames_set(&run.model, block.first, block.end, true);
}

/* Single frames only, so that words are open most of the time: bursts of requests, and of frees of
   the last frames, of some among the last 40, or of any. */
static void run_bursts(uint32_t bursts)
{
    for (uint32_t burst = 0; burst < bursts; burst++) {
        uint32_t calls = 1u + random_below(1u << random_below(7));
        uint32_t reach = random_below(3) == 0 ? HELD_MAX : 1u + random_below(2) * 40u;
        bool allocates = random_below(2) == 0;
        enum zone zone = random_below(8) == 0 ? (enum zone)random_below(ZONE_COUNT) : ZONE_HIGH;
        for (uint32_t i = 0; i < calls; i++) {
            uint32_t expected = model_frames_highest_block(&run.model, 0, zone);
            if (allocates && run.held_count < HELD_MAX)
                assert_true(settle(frames_sorted_alloc_highest(&run.sorted, zone), expected, 1));
            else if (!allocates && run.held_count != 0)
                free_recent(random_below(reach < run.held_count ? reach : run.held_count));
        }
        if (random_below(16) == 0)
            assert_true(step_alloc_block() && step_take() && step_alloc_lowest());
        if (burst % 31 == 0)
            verify();
    }
    while (run.held_count != 0)
        step_free();
    verify();
    model_frames_destroy(&run.model);
}

MACHINE_TEST(agrees_with_the_model_in_bursts_of_single_frames)
{
    run_start(RESERVED_END_PFN, 0xc00);
    add_run(0x400, 0x7f0);
    add_run(0x7f3, 0xb01);
    run_bursts(effort_operations(OPERATIONS / 10));
}

/* Both zones above DMA have free frames. */
MACHINE_TEST(agrees_with_the_model_in_bursts_of_two_zones)
{
    run_start(RESERVED_END_PFN, 0x30100);
    add_run(0xf00, 0x1080);
    add_run(0x2ff00, 0x300c0);
    run_bursts(effort_operations(OPERATIONS / 20));
}
