/* Compares the heap with a naive map of owned bytes over long seeded random runs. Every live block
 * keeps a pattern, and all memory that the heap is given holds junk. */
#include "mm/heap_layout.h"
#include "replay/random.h"
#include "support/model_effort.h"
#include "support/model_heap.h"
#include "support/on_machine.h"
#include "support/test.h"

#include <string.h>

#define HEAP_START  0xc1000000u
#define SPAN_MAX    0x04000000u
#define LIVE_MAX    600u
#define OPERATIONS  100000u
#define CHECK_EVERY 101u
#define JUNK        0xdd

struct live {
    vaddr_t block;
    uint32_t bytes;
    uint32_t seed;
};

static struct {
    struct heap heap;
    struct model_owned owned;
    struct live live[LIVE_MAX];
    uint32_t count;
    uint32_t seed;
    uint32_t blocks_made;
} run;

static uint32_t random_below(uint32_t bound)
{
    return random32_below(&run.seed, bound);
}

/* Most sizes are small, and many are among the same few. Others reach up to 64 KiB, spread evenly
 * over the orders of magnitude; a few are some MiB. */
static uint32_t random_bytes(void)
{
    uint32_t kind = random_below(1000);

    if (kind == 0)
        return 1u + random_below(3u << 20);
    if (kind < 300)
        return 1u + random_below(40);
    if (kind < 500)
        return 1u + random_below(200);
    return 1u + random_below(1u << (1u + random_below(16)));
}

static void extend(uint32_t bytes)
{
    memset(machine_pointer(vaddr(run.heap.end)), JUNK, bytes);
    heap_extend(&run.heap, bytes);
}

/* Gives back what a live block owns: its header and the bytes that were requested. */
static void owned_give(const struct live *live)
{
    uint32_t header_bytes = model_header_bytes(&run.heap, live->block);

    model_owned_give(&run.owned, live->block.value - header_bytes, live->bytes + header_bytes);
}

static bool owned_take(vaddr_t block, uint32_t bytes)
{
    uint32_t header_bytes = model_header_bytes(&run.heap, block);

    return model_owned_take(&run.owned, block.value - header_bytes, bytes + header_bytes);
}

static void live_add(vaddr_t block, uint32_t bytes)
{
    struct live live = {block, bytes, ++run.blocks_made};

    model_fill(block, bytes, live.seed);
    run.live[run.count++] = live;
}

/* ---- whether a refusal is right ---- */

struct largest {
    uint32_t bytes;
};

static void visit_largest(void *context, vaddr_t start, uint32_t bytes)
{
    struct largest *largest = context;

    (void)start;
    largest->bytes = bytes > largest->bytes ? bytes : largest->bytes;
}

/* A refusal is right if no free block in a size class that surely fits is large enough, and the
 * tail is too small. A class is 1/32 of its size wide. */
static bool refusal_is_right(uint32_t bytes, uint32_t alignment)
{
    struct largest largest = {0};
    uint32_t slack = alignment > HEAP_ALIGN ? alignment + HEAP_ALIGN : 0;
    uint32_t need = bytes + HEAP_HEADER_BYTES + HEAP_ALIGN + slack;

    heap_for_each_free(&run.heap, 0, visit_largest, &largest);
    return heap_shortfall(&run.heap, bytes, alignment) != 0 && largest.bytes < need + need / 16u;
}

static vaddr_t alloc_growing(uint32_t bytes, uint32_t alignment)
{
    vaddr_t block = heap_alloc(&run.heap, bytes, alignment);

    if (!vaddr_is_none(block))
        return block;
    assert_true(refusal_is_right(bytes, alignment));
    uint32_t shortfall = heap_shortfall(&run.heap, bytes, alignment);
    if (shortfall > SPAN_MAX - (run.heap.end - run.heap.start))
        return VADDR_NONE;
    extend(shortfall);
    block = heap_alloc(&run.heap, bytes, alignment);
    assert_false(vaddr_is_none(block));
    return block;
}

static void step_alloc(uint32_t alignment)
{
    uint32_t bytes = alignment > PAGE_SIZE ? 1u + random_below(PAGE_SIZE) : random_bytes();
    vaddr_t block = alloc_growing(bytes, alignment);

    if (vaddr_is_none(block))
        return;
    assert_int_equal(block.value % alignment, 0);
    assert_true(heap_usable_bytes(&run.heap, block) >= bytes);
    assert_true(heap_usable_bytes(&run.heap, block) < (bytes < 12 ? 12 : bytes) + bytes / 8 + 16);
    assert_true(owned_take(block, bytes));
    live_add(block, bytes);
}

static void step_alloc_plain(void)
{
    step_alloc(HEAP_ALIGN);
}

static void step_alloc_aligned(void)
{
    uint32_t order = random_below(100) == 0 ? 13u + random_below(10) : 3u + random_below(10);

    step_alloc(1u << order);
}

static void step_free(void)
{
    if (run.count == 0)
        return;
    uint32_t at = random_below(run.count);
    struct live live = run.live[at];

    assert_true(model_holds(live.block, live.bytes, live.seed));
    owned_give(&live);
    heap_free(&run.heap, live.block);
    run.live[at] = run.live[--run.count];
}

static void step_resize(void)
{
    if (run.count == 0)
        return;
    struct live *live = &run.live[random_below(run.count)];
    uint32_t bytes = random_bytes();
    uint32_t kept = bytes < live->bytes ? bytes : live->bytes;
    uint32_t shortfall = heap_resize_shortfall(&run.heap, live->block, bytes);

    if (shortfall != HEAP_NOT_LAST && shortfall <= SPAN_MAX - (run.heap.end - run.heap.start))
        extend(shortfall);
    if (!heap_resize(&run.heap, live->block, bytes)) {
        assert_true(shortfall == HEAP_NOT_LAST || shortfall != 0);
        assert_true(model_holds(live->block, live->bytes, live->seed));
        return;
    }
    assert_true(model_holds(live->block, kept, live->seed));
    assert_true(heap_usable_bytes(&run.heap, live->block) >= bytes);
    owned_give(live);
    assert_true(owned_take(live->block, bytes));
    live->bytes = bytes;
    model_fill(live->block, bytes, live->seed);
}

static void step_extend(void)
{
    uint32_t bytes = PAGE_SIZE * (1u + random_below(4));

    if (bytes <= SPAN_MAX - (run.heap.end - run.heap.start))
        extend(bytes);
}

/* The bytes that a block gives back are not owned any more. */
static void step_shrink(void)
{
    uint32_t bytes = heap_tail_bytes(&run.heap);

    if (random_below(2) != 0)
        bytes = random_below(bytes / PAGE_SIZE + 1u) * PAGE_SIZE;
    heap_shrink(&run.heap, bytes);
    memset(machine_pointer(vaddr(run.heap.end)), JUNK, bytes);
}

static void (*const steps[])(void) = {
    step_alloc_plain,   step_alloc_plain, step_alloc_plain, step_alloc_plain, step_alloc_plain,
    step_alloc_aligned, step_free,        step_free,        step_free,        step_free,
    step_free,          step_resize,      step_resize,      step_extend,      step_shrink,
};

static uint32_t live_block_bytes(void)
{
    uint32_t bytes = 0;

    for (uint32_t i = 0; i < run.count; i++)
        bytes += heap_usable_bytes(&run.heap, run.live[i].block) +
                 model_header_bytes(&run.heap, run.live[i].block);
    return bytes;
}

static void verify(void)
{
    uint32_t span_bytes = run.heap.end - run.heap.start;

    const char *broken = heap_check(&run.heap);
    if (broken != NULL)
        fail_msg("%s in: %s", broken, model_heap_picture(&run.heap));
    if (span_bytes != 0)
        assert_int_equal(run.heap.free_bytes + live_block_bytes() + model_heap_overhead(&run.heap),
                         span_bytes);
    for (uint32_t i = 0; i < run.count; i++)
        assert_true(model_holds(run.live[i].block, run.live[i].bytes, run.live[i].seed));
}

static void run_with_seed(uint32_t seed, uint32_t operations)
{
    memset(&run, 0, sizeof run);
    run.seed = seed;
    heap_init(&run.heap, vaddr(HEAP_START));
    model_owned_create(&run.owned, HEAP_START + HEAP_HEADER_BYTES, SPAN_MAX);
    for (uint32_t i = 0; i < operations; i++) {
        if (run.count == LIVE_MAX)
            step_free();
        steps[random_below(sizeof steps / sizeof steps[0])]();
        if (i % CHECK_EVERY == 0)
            verify();
    }
    while (run.count != 0)
        step_free();
    verify();
    assert_int_equal(heap_tail_bytes(&run.heap), run.heap.end - run.heap.start);
    model_owned_destroy(&run.owned);
}

MACHINE_TEST(agrees_with_the_model_for_seed_1)
{
    run_with_seed(1, effort_operations(OPERATIONS / 2));
}

MACHINE_TEST(agrees_with_the_model_for_seed_2)
{
    run_with_seed(2, effort_operations(OPERATIONS / 2));
}

/* A small heap is checked after each operation. */
MACHINE_TEST(is_sound_after_each_operation)
{
    memset(&run, 0, sizeof run);
    run.seed = 3;
    heap_init(&run.heap, vaddr(HEAP_START));
    model_owned_create(&run.owned, HEAP_START + HEAP_HEADER_BYTES, SPAN_MAX);
    for (uint32_t i = 0; i < effort_operations(10000); i++) {
        while (run.count >= 24)
            step_free();
        steps[random_below(sizeof steps / sizeof steps[0])]();
        const char *broken = heap_check(&run.heap);
        if (broken != NULL)
            fail_msg("operation %u: %s in: %s", i, broken, model_heap_picture(&run.heap));
    }
    model_owned_destroy(&run.owned);
}
