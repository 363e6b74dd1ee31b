/* Compares the buddy allocator with the naive model over long seeded random runs. */
#include "replay/random.h"
#include "support/model_buddy.h"
#include "support/model_effort.h"
#include "support/on_machine.h"
#include "support/test.h"

#include <mm/frames_buddy.h>

#define ARRAYS direct_map(paddr(0x400000))

#define OPERATIONS  200000u /* over the whole run */
#define CHECK_EVERY 997u
#define HELD_MAX    16384u

struct held_block {
    uint32_t first;
    uint32_t order;
};

static struct {
    struct frames_buddy buddy;
    struct model_buddy model;
    struct held_block held[HELD_MAX];
    uint32_t held_count;
    uint32_t seed;
} run;

static uint32_t random_below(uint32_t bound)
{
    return random32_below(&run.seed, bound);
}

/* Half of the requests are for single frames; each larger order is rarer. */
static uint32_t random_order(void)
{
    uint32_t order = (uint32_t)__builtin_ctz(random32(&run.seed) | 1u << 31);

    return order <= ORDER_MAX ? order : random_below(ORDER_COUNT);
}

static bool step_alloc(void)
{
    uint32_t order = random_order();
    enum zone top = (enum zone)random_below(ZONE_COUNT);
    pfn_t got = frames_buddy_alloc(&run.buddy, order, top);

    if (!model_buddy_follow(&run.model, order, top, got.value))
        return false;
    if (!pfn_is_none(got))
        run.held[run.held_count++] = (struct held_block){got.value, order};
    return true;
}

/* Frees the block whole, or in parts, upwards or downwards. */
static void give_back(const struct held_block *block)
{
    uint32_t parts = block->order > 0 && random_below(4) == 0 ? 1u + random_below(block->order) : 0;
    uint32_t order = block->order - parts;
    bool upwards = random_below(2) == 0;

    for (uint32_t i = 0; i < 1u << parts; i++) {
        uint32_t part = upwards ? i : (1u << parts) - 1u - i;
        uint32_t first = block->first + (part << order);
        frames_buddy_free(&run.buddy, pfn(first), order);
        model_buddy_free(&run.model, first, order);
    }
}

static void free_held(uint32_t at)
{
    struct held_block block = run.held[at];

    run.held[at] = run.held[--run.held_count];
    give_back(&block);
}

static bool step_free(void)
{
    if (run.held_count != 0)
        free_held(random_below(run.held_count));
    return true;
}

/* Frees the last blocks first, which is the order that fills the open block again. */
static bool step_free_last(void)
{
    for (uint32_t left = random_below(40); left > 0 && run.held_count != 0; left--)
        free_held(run.held_count - 1u);
    return true;
}

static bool step_alloc_many(void)
{
    for (uint32_t left = random_below(30); left > 0; left--)
        if (run.held_count == HELD_MAX || !step_alloc())
            return run.held_count == HELD_MAX;
    return true;
}

static bool (*const steps[])(void) = {
    step_alloc,      step_alloc, step_alloc, step_alloc, step_alloc,
    step_alloc_many, step_free,  step_free,  step_free,  step_free_last,
};

static bool blocks_agree(void)
{
    struct free_blocks blocks = {0};
    bool agree = true;

    frames_buddy_free_blocks(&run.buddy, &blocks);
    for (uint32_t order = 0; order <= ORDER_MAX; order++) {
        uint32_t expected = 0;
        for (uint32_t zone = 0; zone < ZONE_COUNT; zone++)
            expected += run.model.blocks[zone][order];
        agree = agree && blocks.count[order] == expected;
    }
    return agree && blocks.frames == model_buddy_free_to(&run.model, ZONE_HIGH);
}

static bool zones_agree(void)
{
    bool agree = true;

    for (enum zone zone = ZONE_DMA; zone < ZONE_COUNT; zone++) {
        agree = agree &&
                frames_buddy_free_to(&run.buddy, zone) == model_buddy_free_to(&run.model, zone) &&
                frames_buddy_available(&run.buddy, zone, NULL) ==
                    model_buddy_available(&run.model, zone);
        for (enum zone top = zone; top < ZONE_COUNT; top++)
            agree = agree && frames_buddy_reserve(&run.buddy, zone, top) ==
                                 model_buddy_reserve(&run.model, zone, top);
    }
    return agree;
}

static bool frames_agree(void)
{
    for (uint32_t i = 0; i < 100; i++) {
        uint32_t frame = random_below(run.model.end);
        if (frames_buddy_is_free(&run.buddy, pfn(frame)) != model_buddy_is_free(&run.model, frame))
            return false;
    }
    return true;
}

static void verify(void)
{
    assert_null(frames_buddy_check(&run.buddy));
    assert_true(blocks_agree());
    assert_true(zones_agree());
    assert_true(frames_agree());
}

static void add_run(uint32_t start, uint32_t end)
{
    frames_buddy_add(&run.buddy, pfn(start), pfn(end));
    model_buddy_add(&run.model, start, end);
}

static void run_start(uint32_t end, uint32_t low_end)
{
    run.held_count = 0;
    run.seed = end;
    frames_buddy_init(&run.buddy, ARRAYS, pfn(end), pfn(low_end));
    model_buddy_create(&run.model, end, low_end);
}

static void run_operations(uint32_t operations)
{
    uint32_t free_frames = model_buddy_free_to(&run.model, ZONE_HIGH);

    verify();
    for (uint32_t i = 0; i < operations; i++) {
        uint32_t step = random_below(sizeof steps / sizeof steps[0]);
        if (run.held_count == HELD_MAX)
            step_free();
        if (!steps[step]())
            fail_msg("operation %u (step %u) of the run to frame 0x%x differs from the model", i,
                     step, run.model.end);
        if (i % CHECK_EVERY == 0)
            verify();
    }
    while (run.held_count != 0)
        step_free();
    verify();
    assert_int_equal(frames_buddy_free_to(&run.buddy, ZONE_HIGH), free_frames);
    model_buddy_destroy(&run.model);
}

/* All zones are small, have holes, and end at an odd frame. */
MACHINE_TEST(agrees_with_the_model_in_small_zones)
{
    run_start(0x30a03, LOW_END_PFN);
    add_run(0x401, 0x7ff);
    add_run(0x800, 0x812);
    add_run(0xfe0, 0x1833); /* in two zones */
    add_run(0x2f000, 0x309ff);
    add_run(0x30a01, 0x30a03);
    run_operations(effort_operations(OPERATIONS / 4));
}

/* LOW ends at 512 MiB. The reserves are larger than what is left of DMA. */
MACHINE_TEST(agrees_with_the_model_if_low_ends_at_512_mib)
{
    run_start(0x40000, 0x20000);
    add_run(0xfe0, 0x1200);
    add_run(0x1fc00, 0x24000);
    run_operations(effort_operations(OPERATIONS / 4));
}

/* With 8 MiB there is only a part of DMA. */
MACHINE_TEST(agrees_with_the_model_with_8_mib)
{
    run_start(0x7e1, LOW_END_PFN);
    add_run(0x400, 0x7e1);
    run_operations(effort_operations(OPERATIONS / 8));
}

/* With 64 MiB there are DMA and LOW. */
MACHINE_TEST(agrees_with_the_model_with_64_mib)
{
    run_start(0x4000, LOW_END_PFN);
    add_run(0x418, 0x3fe0);
    run_operations(effort_operations(OPERATIONS / 8));
}

/* One machine ends at 4 GiB, the other one frame below. */
MACHINE_TEST(agrees_with_the_model_up_to_4_gib)
{
    run_start(FRAMES_MAX, LOW_END_PFN);
    add_run(0x1000, 0x1010);
    add_run(FRAMES_MAX - 0x2000, FRAMES_MAX - 0x1100);
    add_run(FRAMES_MAX - 0x1000, FRAMES_MAX);
    run_operations(effort_operations(OPERATIONS / 8));
}

MACHINE_TEST(agrees_with_the_model_up_to_one_below_4_gib)
{
    run_start(FRAMES_MAX - 1, LOW_END_PFN);
    add_run(FRAMES_MAX - 0x1800, FRAMES_MAX - 1);
    run_operations(effort_operations(OPERATIONS / 8));
}
