/* Tests the LIFO page stack. */
#include "replay/random.h"
#include "support/model_effort.h"
#include "support/on_machine.h"
#include "support/test.h"

#include <mm/frames_stack.h>

#define LINKS    direct_map(paddr(0x400000))
#define LINK_END 0xfffffffdu

/*
 *     |3f0 ... 400 ## DMA ## 410| ... |fff DMA|1000 LOW 1008| ... |30000 HIGH 30010|
 */
static void stack_three_zones(struct frames_stack *stack)
{
    frames_stack_init(stack, LINKS, pfn(0x400), pfn(0x30010));
    frames_stack_add(stack, pfn(0x400), pfn(0x410));
    frames_stack_add(stack, pfn(0x1000), pfn(0x1008));
    frames_stack_add(stack, pfn(0x30000), pfn(0x30010));
}

static uint32_t *link_at(uint32_t frame)
{
    return (uint32_t *)machine_pointer(LINKS) + (frame - 0x400);
}

MACHINE_TEST(is_empty_at_first)
{
    struct frames_stack stack;

    assert_int_equal(frames_stack_bytes(pfn(0x400), pfn(0x410)), 64);
    frames_stack_init(&stack, LINKS, pfn(0x400), pfn(0x410));
    assert_null(frames_stack_check(&stack));
    for (enum zone zone = ZONE_DMA; zone < ZONE_COUNT; zone++) {
        assert_true(pfn_is_none(frames_stack_alloc(&stack, zone)));
        assert_int_equal(frames_stack_free_to(&stack, zone), 0);
    }
}

MACHINE_TEST(gives_the_last_freed_first)
{
    struct frames_stack stack;

    stack_three_zones(&stack);
    assert_int_equal(frames_stack_alloc(&stack, ZONE_LOW).value, 0x1000);
    assert_int_equal(frames_stack_alloc(&stack, ZONE_LOW).value, 0x1001);
    assert_int_equal(frames_stack_alloc(&stack, ZONE_LOW).value, 0x1002);
    frames_stack_free(&stack, pfn(0x1001));
    frames_stack_free(&stack, pfn(0x1000));
    assert_null(frames_stack_check(&stack));
    assert_int_equal(frames_stack_alloc(&stack, ZONE_LOW).value, 0x1000);
    assert_int_equal(frames_stack_alloc(&stack, ZONE_LOW).value, 0x1001);
    assert_int_equal(frames_stack_alloc(&stack, ZONE_LOW).value, 0x1003);
}

MACHINE_TEST(keeps_the_zones_apart)
{
    struct frames_stack stack;

    stack_three_zones(&stack);
    assert_int_equal(frames_stack_free_to(&stack, ZONE_DMA), 16);
    assert_int_equal(frames_stack_free_to(&stack, ZONE_LOW), 24);
    assert_int_equal(frames_stack_free_to(&stack, ZONE_HIGH), 40);
    for (uint32_t i = 0; i < 16; i++)
        assert_int_equal(frames_stack_alloc(&stack, ZONE_DMA).value, 0x400 + i);
    assert_true(pfn_is_none(frames_stack_alloc(&stack, ZONE_DMA)));
    assert_int_equal(frames_stack_free_to(&stack, ZONE_HIGH), 24);
    frames_stack_free(&stack, pfn(0x40f));
    assert_int_equal(frames_stack_free_to(&stack, ZONE_DMA), 1);
    assert_null(frames_stack_check(&stack));
}

MACHINE_TEST(reaches_the_last_frame_below_4_gib)
{
    struct frames_stack stack;

    frames_stack_init(&stack, LINKS, pfn(FRAMES_MAX - 4), pfn(FRAMES_MAX));
    frames_stack_add(&stack, pfn(FRAMES_MAX - 2), pfn(FRAMES_MAX));
    assert_int_equal(frames_stack_alloc(&stack, ZONE_HIGH).value, FRAMES_MAX - 2);
    assert_int_equal(frames_stack_alloc(&stack, ZONE_HIGH).value, FRAMES_MAX - 1);
    assert_true(pfn_is_none(frames_stack_alloc(&stack, ZONE_HIGH)));
    frames_stack_free(&stack, pfn(FRAMES_MAX - 1));
    assert_null(frames_stack_check(&stack));
}

/* |400 # 401 . 402 #### 406 . ... 410)     and     first used, last free */
MACHINE_TEST(counts_free_blocks)
{
    struct frames_stack stack;
    struct free_blocks blocks = {0};

    frames_stack_init(&stack, LINKS, pfn(0x400), pfn(0x410));
    frames_stack_add(&stack, pfn(0x400), pfn(0x401));
    frames_stack_add(&stack, pfn(0x402), pfn(0x406));
    frames_stack_add(&stack, pfn(0x408), pfn(0x410));
    frames_stack_free_blocks(&stack, &blocks);
    assert_int_equal(blocks.frames, 13);
    assert_int_equal(blocks.count[0], 1);
    assert_int_equal(blocks.count[1], 2);
    assert_int_equal(blocks.count[3], 1);
    assert_int_equal(frames_stack_alloc(&stack, ZONE_DMA).value, 0x408);
    blocks = (struct free_blocks){0};
    frames_stack_free_blocks(&stack, &blocks);
    assert_int_equal(blocks.frames, 12);
    assert_int_equal(blocks.count[2], 1); /* 40c-410 */
}

struct bad_free {
    struct frames_stack *stack;
    uint32_t frame;
};

static void run_free(void *context)
{
    const struct bad_free *bad = context;

    frames_stack_free(bad->stack, pfn(bad->frame));
}

MACHINE_TEST(panics_on_a_bad_free)
{
    struct frames_stack stack;
    static const char foreign[] = "frames_stack_free: frame was never ours";
    static const char twice[] = "frames_stack_free: frame is free already";

    stack_three_zones(&stack);
    assert_panics(run_free, &(struct bad_free){&stack, 0x3ff}, foreign);
    assert_panics(run_free, &(struct bad_free){&stack, 0x30010}, foreign);
    assert_panics(run_free, &(struct bad_free){&stack, UINT32_MAX}, foreign);
    assert_panics(run_free, &(struct bad_free){&stack, 0x500}, foreign); /* in a hole */
    assert_panics(run_free, &(struct bad_free){&stack, 0x400}, twice);
    assert_panics(run_free, &(struct bad_free){&stack, 0x40f}, twice); /* the last in its list */
    pfn_t frame = frames_stack_alloc(&stack, ZONE_LOW);
    frames_stack_free(&stack, frame);
    assert_panics(run_free, &(struct bad_free){&stack, frame.value}, twice);
    assert_null(frames_stack_check(&stack));
}

MACHINE_TEST(checker_names_each_rule)
{
    struct frames_stack stack;

    stack_three_zones(&stack);
    stack.top[ZONE_DMA] = 0x3ff;
    assert_string_equal(frames_stack_check(&stack),
                        "frames_stack: a link names a frame outside of the stack");
    stack.top[ZONE_DMA] = 0x30010;
    assert_string_equal(frames_stack_check(&stack),
                        "frames_stack: a link names a frame outside of the stack");

    stack_three_zones(&stack);
    stack.top[ZONE_DMA] = 0x500;
    assert_string_equal(frames_stack_check(&stack), "frames_stack: a used frame is on a list");

    stack_three_zones(&stack);
    *link_at(0x40f) = 0x1000;
    assert_string_equal(frames_stack_check(&stack),
                        "frames_stack: a frame is on another zone's list");

    stack_three_zones(&stack);
    *link_at(0x40f) = 0x400;
    assert_string_equal(frames_stack_check(&stack),
                        "frames_stack: a list is longer than its count, or has a cycle");

    stack_three_zones(&stack);
    stack.free[ZONE_LOW]++;
    assert_string_equal(frames_stack_check(&stack),
                        "frames_stack: a list is shorter than its count");

    stack_three_zones(&stack);
    *link_at(0x500) = LINK_END;
    assert_string_equal(frames_stack_check(&stack),
                        "frames_stack: a frame is marked as free, but is on no list");
}

/* ---- random operations against an array of stacks ---- */

#define MODEL_OPERATIONS 100000u
#define MODEL_FRAMES     64u

static struct {
    uint32_t stack[ZONE_COUNT][MODEL_FRAMES];
    uint32_t height[ZONE_COUNT];
    uint32_t held[MODEL_FRAMES];
    uint32_t held_count;
} model;

static void model_push(uint32_t frame)
{
    enum zone zone = zone_of(pfn(frame));

    model.stack[zone][model.height[zone]++] = frame;
}

static bool step_alloc(struct frames_stack *stack, enum zone zone)
{
    pfn_t frame = frames_stack_alloc(stack, zone);

    if (model.height[zone] == 0)
        return pfn_is_none(frame);
    model.held[model.held_count++] = frame.value;
    return frame.value == model.stack[zone][--model.height[zone]];
}

static void step_free(struct frames_stack *stack, uint32_t random)
{
    uint32_t at = random % model.held_count;
    uint32_t frame = model.held[at];

    model.held[at] = model.held[--model.held_count];
    frames_stack_free(stack, pfn(frame));
    model_push(frame);
}

static void model_start(struct frames_stack *stack)
{
    model.held_count = 0;
    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++)
        model.height[zone] = 0;
    stack_three_zones(stack);
    for (uint32_t i = 16; i-- > 0;)
        model_push(0x400 + i);
    for (uint32_t i = 8; i-- > 0;)
        model_push(0x1000 + i);
    for (uint32_t i = 16; i-- > 0;)
        model_push(0x30000 + i);
}

MACHINE_TEST(agrees_with_arrays)
{
    struct frames_stack stack;
    uint32_t seed = 3;

    model_start(&stack);
    for (uint32_t i = 0; i < effort_operations(MODEL_OPERATIONS); i++) {
        uint32_t random = random32(&seed);
        if (random % 2u == 0 || model.held_count == 0)
            assert_true(step_alloc(&stack, (enum zone)(random / 2u % ZONE_COUNT)));
        else
            step_free(&stack, random / 2u);
        if (i % 20000u == 0)
            assert_null(frames_stack_check(&stack));
    }
    while (model.held_count != 0)
        step_free(&stack, 0);
    assert_null(frames_stack_check(&stack));
    assert_int_equal(frames_stack_free_to(&stack, ZONE_HIGH), 40);
}
