/*
 * Tests where the heap writes, because the owner of a span may not have frames for all of it. Each
 * operation of a random run is compared byte by byte with a snapshot from before. It may write
 *
 *     the header of each block and the word before it        (on one page: headers are at 4 mod 8)
 *     the links of each free block
 *     the head of each slab, and the links of its objects that are not used
 * heap_alloc(): HEAP_LINKED_BYTES from the plan's address, and a slab that it makes
 * heap_free():  HEAP_LINKED_BYTES from the header of the block or of its slab, the links of the
 * object
 */
#include "mm/heap_plan.h"
#include "mm/heap_slabs.h"
#include "replay/random.h"
#include "support/model_effort.h"
#include "support/model_heap.h"
#include "support/on_machine.h"
#include "support/test.h"

#include <string.h>

#define HEAP_START 0xc1000000u
#define SPAN_BYTES (24u * PAGE_SIZE)
#define LIVE_MAX   300u
#define OPERATIONS 4000u

static struct {
    struct heap heap;
    vaddr_t live[LIVE_MAX];
    uint32_t count;
    uint32_t seed;
    unsigned char before[SPAN_BYTES];
    bool allowed[SPAN_BYTES];
} run;

static uint32_t random_below(uint32_t bound)
{
    return random32_below(&run.seed, bound);
}

static void allow(uint32_t address, uint32_t bytes)
{
    memset(&run.allowed[address - HEAP_START], true, bytes);
}

static void allow_slab(uint32_t page)
{
    const struct heap_slab *slab = heap_slab_at(page);

    allow(page, sizeof(struct heap_slab));
    for (uint32_t at = HEAP_SLAB_FIRST; at + slab->object_bytes <= HEAP_SLAB_BYTES;
         at += slab->object_bytes)
        if (!heap_object_is_used(page + at))
            allow(page + at, sizeof(struct heap_object));
}

static void snapshot(void)
{
    const struct heap *heap = &run.heap;

    memcpy(run.before, machine_pointer(vaddr(HEAP_START)), SPAN_BYTES);
    memset(run.allowed, false, sizeof run.allowed);
    for (uint32_t block = heap_first(heap); block != heap->top;
         block += header_size(*word_at(block))) {
        allow(block - 4, 8);
        if ((*word_at(block) & HEADER_FREE) != 0)
            allow(block, HEAP_LINKED_BYTES);
        if (page_is_slab(heap, block + HEAP_HEADER_BYTES))
            allow_slab(block + HEAP_HEADER_BYTES);
    }
}

static void assert_only_allowed(const char *operation)
{
    const unsigned char *now = machine_pointer(vaddr(HEAP_START));

    for (uint32_t i = 0; i < SPAN_BYTES; i++)
        if (now[i] != run.before[i] && !run.allowed[i])
            fail_msg("%s must not write to offset 0x%x of %s", operation, i,
                     model_heap_picture(&run.heap));
    assert_null(heap_check(&run.heap));
}

static void allow_plan(const struct heap_plan *plan)
{
    if (!vaddr_is_none(plan->gap))
        allow(plan->gap.value, HEAP_LINKED_BYTES);
    allow(plan->block.value - 2 * HEAP_HEADER_BYTES, 4); /* the size of the gap, on the same page */
    allow(plan->block.value - HEAP_HEADER_BYTES, HEAP_LINKED_BYTES);
    if (!vaddr_is_none(plan->rest))
        allow(plan->rest.value, HEAP_LINKED_BYTES);
}

static void step_alloc(void)
{
    uint32_t bytes = 1u + random_below(1u << (1u + random_below(12)));
    uint32_t alignment = random_below(8) == 0 ? PAGE_SIZE : HEAP_ALIGN;
    struct heap_plan plan;

    snapshot();
    bool fits = alignment > HEAP_ALIGN ? heap_plan_aligned(&run.heap, bytes, alignment, &plan)
                                       : heap_plan_alloc(&run.heap, bytes, &plan);
    if (fits)
        allow_plan(&plan);
    vaddr_t block = heap_alloc(&run.heap, bytes, alignment);
    bool opened = fits && plan.block.value != block.value;
    if (opened) { /* the block is the first object of a slab */
        allow_slab(plan.block.value);
        allow(block.value, sizeof(struct heap_object));
    }
    assert_only_allowed("heap_alloc");
    assert_int_equal(fits, !vaddr_is_none(block));
    if (!fits)
        return;
    assert_int_equal(plan.block.value, opened ? block.value & ~PAGE_OFFSET_MASK : block.value);
    run.live[run.count++] = block;
}

static void step_resize(void)
{
    if (run.count == 0)
        return;
    uint32_t bytes = 1u + random_below(1u << (1u + random_below(12)));
    vaddr_t block = run.live[random_below(run.count)];
    struct heap_plan plan;

    snapshot();
    bool fits = heap_plan_resize(&run.heap, block, bytes, &plan);
    if (fits)
        allow_plan(&plan);
    assert_int_equal(heap_resize(&run.heap, block, bytes), fits);
    assert_only_allowed("heap_resize");
}

static void step_free(void)
{
    if (run.count == 0)
        return;
    uint32_t at = random_below(run.count);
    vaddr_t block = run.live[at];

    run.live[at] = run.live[--run.count];
    snapshot();
    uint32_t whole =
        page_is_slab(&run.heap, block.value) ? heap_slab_page(block.value) : block.value;
    allow(block.value, sizeof(struct heap_object));
    allow(whole - HEAP_HEADER_BYTES, HEAP_LINKED_BYTES);
    heap_free(&run.heap, block);
    assert_only_allowed("heap_free");
}

/* Growing and shrinking the span writes nothing. */
static void step_span(void)
{
    snapshot();
    memset(run.allowed, false, sizeof run.allowed);
    uint32_t bytes = heap_tail_bytes(&run.heap);
    heap_shrink(&run.heap, bytes);
    heap_extend(&run.heap, bytes);
    assert_only_allowed("heap_shrink and heap_extend");
}

static void (*const steps[])(void) = {step_alloc, step_alloc,  step_alloc, step_free,
                                      step_free,  step_resize, step_span};

MACHINE_TEST(writes_only_where_it_may)
{
    memset(&run, 0, sizeof run);
    run.seed = 11;
    memset(machine_pointer(vaddr(HEAP_START)), 0xa5, SPAN_BYTES);
    heap_init(&run.heap, vaddr(HEAP_START));
    heap_extend(&run.heap, SPAN_BYTES);
    for (uint32_t i = 0; i < effort_operations(OPERATIONS); i++) {
        if (run.count == LIVE_MAX)
            step_free();
        steps[random_below(sizeof steps / sizeof steps[0])]();
    }
    while (run.count != 0)
        step_free();
    assert_int_equal(heap_tail_bytes(&run.heap), SPAN_BYTES);
}
