/* Tests resizing in place, plans and the walk over the free blocks, by pictures of the whole heap.
 */
#include "mm/heap_plan.h"
#include "support/model_heap.h"
#include "support/on_machine.h"
#include "support/test.h"

#define HEAP_START MODEL_HEAP_START

static struct heap heap;

/* ---- resizing ---- */

MACHINE_TEST(shrinks_in_place)
{
    vaddr_t block[2];

    model_heap_start(&heap, 1);
    MODEL_ALLOC(&heap, block, 64, 32);
    assert_true(heap_resize(&heap, block[0], 56)); /* 8 bytes are too few for a block */
    assert_heap(&heap, "U64 U32 |3996");
    assert_true(heap_resize(&heap, block[0], 60));
    assert_heap(&heap, "U64 U32 |3996");
    assert_true(heap_resize(&heap, block[0], 40));
    assert_heap(&heap, "U48 F16 U32 |3996");
    assert_true(heap_resize(&heap, block[0], 20)); /* the rest merges with the free block behind */
    assert_heap(&heap, "U24 F40 U32 |3996");
    assert_true(heap_resize(&heap, block[1], 12)); /* the last block's rest goes to the tail */
    assert_heap(&heap, "U24 F40 U16 |4012");
    assert_int_equal(heap.free_bytes, 40 + 4012);
}

MACHINE_TEST(grows_into_the_free_block_behind)
{
    vaddr_t block[3];

    model_heap_start(&heap, 1);
    MODEL_ALLOC(&heap, block, 24, 64, 16);
    heap_free(&heap, block[1]);
    assert_true(heap_resize(&heap, block[0], 36));
    assert_heap(&heap, "U40 F48 U16 |3988");
    assert_true(heap_resize(&heap, block[0], 76)); /* needs 80 of 88 bytes: the rest is too small */
    assert_heap(&heap, "U88 U16 |3988");
    assert_false(heap_resize(&heap, block[0], 85));
    assert_heap(&heap, "U88 U16 |3988");
    assert_int_equal(heap.free_bytes, 3988);
}

MACHINE_TEST(grows_into_the_tail)
{
    vaddr_t block[2];

    model_heap_start(&heap, 1);
    MODEL_ALLOC(&heap, block, 24, 64);
    heap_free(&heap, block[0]);
    assert_int_equal(heap_resize_shortfall(&heap, block[1], 4060), 0);
    assert_true(heap_resize(&heap, block[1], 4060)); /* keeps the bit for a free block before */
    assert_heap(&heap, "F24 U4064 |4");
    assert_int_equal(heap_resize_shortfall(&heap, block[1], 4061), 4096);
    assert_false(heap_resize(&heap, block[1], 4061));
    assert_heap(&heap, "F24 U4064 |4");
    heap_extend(&heap, 4096);
    assert_true(heap_resize(&heap, block[1], 4061));
    assert_heap(&heap, "F24 U4072 |4092");
    assert_int_equal(heap_resize_shortfall(&heap, block[1], 12), 0);
}

MACHINE_TEST(says_when_another_block_stands_behind)
{
    vaddr_t block[2];

    model_heap_start(&heap, 1);
    MODEL_ALLOC(&heap, block, 24, 64);
    assert_int_equal(heap_resize_shortfall(&heap, block[0], 100), HEAP_NOT_LAST);
    assert_false(heap_resize(&heap, block[0], 100));
    assert_false(heap_resize(&heap, block[0], HEAP_REQUEST_MAX + 1));
    assert_false(heap_resize(&heap, block[1], UINT32_MAX));
    assert_heap(&heap, "U24 U64 |4004");
}

MACHINE_TEST(resizing_keeps_the_content)
{
    vaddr_t block[3];

    model_heap_start(&heap, 2);
    MODEL_ALLOC(&heap, block, 256, 512, 16);
    model_fill(block[0], 252, 5);
    heap_free(&heap, block[1]);
    assert_true(heap_resize(&heap, block[0], 700));
    assert_true(model_holds(block[0], 252, 5));
    assert_true(heap_resize(&heap, block[0], 100));
    assert_true(model_holds(block[0], 100, 5));
}

/* ---- plans ---- */

static void assert_plan(bool fits, const struct heap_plan *plan, vaddr_t block, uint32_t rest)
{
    assert_true(fits);
    assert_int_equal(plan->block.value, block.value);
    assert_int_equal(plan->rest.value, rest);
}

MACHINE_TEST(plans_an_allocation)
{
    struct heap_plan plan;
    vaddr_t block[2];

    model_heap_start(&heap, 1);
    assert_plan(heap_plan_alloc(&heap, 12, &plan), &plan, vaddr(HEAP_START + 8), 0);
    assert_false(heap_plan_alloc(&heap, 4085, &plan));
    assert_false(heap_plan_alloc(&heap, HEAP_REQUEST_MAX + 1, &plan));
    MODEL_ALLOC(&heap, block, 64, 16);
    heap_free(&heap, block[0]);
    assert_plan(heap_plan_alloc(&heap, 20, &plan), &plan, block[0], HEAP_START + 4 + 24);
    assert_plan(heap_plan_alloc(&heap, 52, &plan), &plan, block[0], 0); /* leaves no rest */
    assert_heap(&heap, "F64 U16 |4012");
}

MACHINE_TEST(plans_a_resize)
{
    struct heap_plan plan;
    vaddr_t block[3];

    model_heap_start(&heap, 1);
    MODEL_ALLOC(&heap, block, 64, 64, 16);
    uint32_t rest = block[0].value - HEAP_HEADER_BYTES;
    assert_plan(heap_plan_resize(&heap, block[0], 20, &plan), &plan, block[0], rest + 24);
    assert_plan(heap_plan_resize(&heap, block[0], 52, &plan), &plan, block[0], 0);
    assert_false(heap_plan_resize(&heap, block[0], 61, &plan));
    assert_false(heap_plan_resize(&heap, block[0], HEAP_REQUEST_MAX + 1, &plan));
    heap_free(&heap, block[1]);
    assert_plan(heap_plan_resize(&heap, block[0], 84, &plan), &plan, block[0], rest + 88);
    assert_plan(heap_plan_resize(&heap, block[0], 124, &plan), &plan, block[0], 0);
    assert_plan(heap_plan_resize(&heap, block[2], 2000, &plan), &plan, block[2], 0);
    assert_heap(&heap, "U64 F64 U16 |3948");
}

/* ---- walking ---- */

struct visited {
    uint32_t blocks;
    uint32_t bytes;
};

static void visit(void *context, vaddr_t start, uint32_t bytes)
{
    struct visited *visited = context;

    visited->blocks++;
    visited->bytes += bytes + start.value % HEAP_ALIGN - HEAP_HEADER_BYTES;
}

MACHINE_TEST(visits_each_free_block)
{
    vaddr_t block[8];
    struct visited visited = {0};

    model_heap_start(&heap, 2);
    heap_for_each_free(&heap, 0, visit, &visited);
    assert_int_equal(visited.blocks, 0);
    MODEL_ALLOC(&heap, block, 24, 16, 24, 16, 1024, 16, 2048, 16);
    for (uint32_t i = 0; i < 8; i += 2)
        heap_free(&heap, block[i]);
    heap_for_each_free(&heap, 0, visit, &visited);
    assert_int_equal(visited.blocks, 4);
    assert_int_equal(visited.bytes, 24 + 24 + 1024 + 2048);
    visited = (struct visited){0};
    heap_for_each_free(&heap, 1500, visit, &visited); /* 1,024 shares the class, 24 does not */
    assert_int_equal(visited.blocks, 2);
    visited = (struct visited){0};
    heap_for_each_free(&heap, PAGE_SIZE, visit, &visited);
    assert_int_equal(visited.blocks, 0);
}
