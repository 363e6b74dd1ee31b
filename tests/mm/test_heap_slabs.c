/* Tests the heap's small objects: when their slabs are made and given back, and which pointers are
 * refused. The checker is tested in test_heap_slabs_check.c. */
#include "mm/heap_objects.h"
#include "mm/heap_plan.h"
#include "support/on_machine.h"
#include "support/test.h"

MACHINE_TEST(many_blocks_of_a_size_make_a_slab)
{
    start(4);
    assert_heap(&heap, BLOCKS "|15996");
    take_objects(0, 2);
    assert_heap(&heap, BLOCKS "F3704 S4096 |8196");
    assert_int_equal(object[0].value, HEAP_START + PAGE_SIZE + FIRST);
    assert_int_equal(object[1].value, object[0].value + OBJECT_BYTES);
    assert_int_equal(heap.free_bytes, 3704 + 8196 + (OBJECTS - 2) * OBJECT_BYTES);
    heap_free(&heap, object[0]);
    assert_int_equal(alloc_small().value, object[0].value);
    free_objects(0, 2); /* the slab is empty and goes at once */
    assert_heap(&heap, BLOCKS "|15996");
    assert_int_equal(heap.free_bytes, 15996);
}

MACHINE_TEST(tells_what_a_slab_lacks)
{
    start(1);
    assert_int_equal(heap_slab_shortfall(&heap, 20), PAGE_SIZE);
    assert_int_equal(heap_slab_shortfall(&heap, 100), 0); /* deserves none */
    assert_int_equal(heap_slab_shortfall(&heap, HEAP_OBJECT_MAX + 1), 0);
    heap_extend(&heap, PAGE_SIZE);
    assert_int_equal(heap_slab_shortfall(&heap, 20), 0);
    vaddr_t large = heap_alloc(&heap, 5000, HEAP_ALIGN);
    assert_int_equal(heap_slab_shortfall(&heap, 20), PAGE_SIZE);
    take_objects(0, 1); /* a block serves it */
    assert_heap(&heap, BLOCKS "U5008 U24 |2772");
    heap_extend(&heap, 2 * PAGE_SIZE);
    vaddr_t hole = heap_alloc(&heap, 2 * PAGE_SIZE, HEAP_ALIGN);
    (void)heap_alloc(&heap, 8, HEAP_ALIGN);
    assert_int_equal(heap_slab_shortfall(&heap, 20), PAGE_SIZE);
    heap_free(&heap, hole);
    assert_int_equal(heap_slab_shortfall(&heap, 20), 0);
    heap_free(&heap, large);
}

MACHINE_TEST(slabs_follow_one_another)
{
    start(4);
    take_objects(0, 2 * OBJECTS);
    assert_heap(&heap, BLOCKS "F3704 S4096 S4096 |4100");
    assert_int_equal(object[OBJECTS].value, HEAP_START + 2 * PAGE_SIZE + FIRST);
    free_objects(0, OBJECTS);
    assert_heap(&heap, BLOCKS "F7800 S4096 |4100");
    free_objects(OBJECTS, 2 * OBJECTS);
    assert_heap(&heap, BLOCKS "|15996");
}

/* Whatever their slabs; objects that were never used come last. */
MACHINE_TEST(the_object_freed_last_is_used_first)
{
    start(5);
    take_objects(0, OBJECTS + 1);
    free_objects(3, 5);
    heap_free(&heap, object[OBJECTS]); /* its slab goes, and so do its other objects */
    assert_int_equal(alloc_small().value, object[4].value);
    assert_int_equal(alloc_small().value, object[3].value);
    take_objects(OBJECTS, OBJECTS + 2);
    heap_free(&heap, object[7]);
    heap_free(&heap, object[OBJECTS]);
    assert_null(heap_check(&heap));
    assert_int_equal(alloc_small().value, object[OBJECTS].value);
    assert_int_equal(alloc_small().value, object[7].value);
    assert_int_equal(alloc_small().value, object[OBJECTS + 1].value + OBJECT_BYTES);
}

/* The objects of a slab that is freed are at both ends of the list and within it. */
MACHINE_TEST(a_freed_slab_takes_its_objects_from_the_list)
{
    vaddr_t third;

    start(5);
    take_objects(0, 2 * OBJECTS);
    third = alloc_small();
    for (uint32_t i = 0; i < OBJECTS - 1; i++) {
        heap_free(&heap, object[i]);
        heap_free(&heap, object[OBJECTS + i]);
    }
    assert_heap(&heap, BLOCKS "F3704 S4096 S4096 S4096 |4100");
    heap_free(&heap, object[OBJECTS - 1]);
    assert_heap(&heap, BLOCKS "F7800 S4096 S4096 |4100");
    assert_int_equal(alloc_small().value, object[2 * OBJECTS - 2].value);
    heap_free(&heap, object[2 * OBJECTS - 2]);
    heap_free(&heap, object[2 * OBJECTS - 1]);
    assert_heap(&heap, BLOCKS "F11896 S4096 |4100");
    assert_int_equal(alloc_small().value, third.value + OBJECT_BYTES);
}

/* The map of the slabs in a group moves when the slab that holds it is freed. */
MACHINE_TEST(a_group_of_pages_keeps_its_map)
{
    static const uint32_t pages = 3 * HEAP_GROUP_PAGES;
    vaddr_t gap[3];
    uint32_t page[4];

    model_heap_start(&heap, pages + 8);
    for (uint32_t i = 0; i < HEAP_SLAB_DEMAND; i++)
        alloc_small();
    for (uint32_t i = 0; i < 4; i++) {
        page[i] = alloc_small().value & ~PAGE_OFFSET_MASK;
        for (uint32_t k = 1; k < OBJECTS; k++)
            alloc_small();
        if (i < 3)
            gap[i] = heap_alloc(&heap, i == 0 ? 8000 : pages / 3 * PAGE_SIZE, HEAP_ALIGN);
    }
    assert_null(heap_check(&heap));
    for (uint32_t i = 0; i < 4; i++) {
        assert_true(page_is_slab(&heap, page[i]));
        assert_false(page_is_slab(&heap, page[i] - 1));
        assert_false(page_is_slab(&heap, page[i] + PAGE_SIZE));
        for (uint32_t k = 0; k < OBJECTS; k++)
            heap_free(&heap, vaddr(page[i] + FIRST + k * OBJECT_BYTES));
        assert_null(heap_check(&heap));
        assert_false(page_is_slab(&heap, page[i]));
    }
    for (uint32_t i = 0; i < 3; i++)
        heap_free(&heap, gap[i]);
    assert_false(page_is_slab(&heap, heap.start + HEAP_REQUEST_MAX));
}

MACHINE_TEST(without_room_for_a_slab_blocks_serve)
{
    start(1);
    vaddr_t block = alloc_small();
    assert_heap(&heap, BLOCKS "U24 |3684");
    heap_free(&heap, block);
    heap_alloc(&heap, 3640, HEAP_ALIGN);
    assert_false(vaddr_is_none(heap_alloc(&heap, 20, HEAP_ALIGN)));
    assert_true(vaddr_is_none(heap_alloc(&heap, 40, HEAP_ALIGN)));
    assert_null(heap_check(&heap));
}

MACHINE_TEST(each_size_has_objects)
{
    vaddr_t block[HEAP_SLAB_DEMAND + 2];

    for (uint32_t bytes = 1; bytes <= HEAP_OBJECT_MAX; bytes++) {
        model_heap_start(&heap, 8);
        for (uint32_t i = 0; i < HEAP_SLAB_DEMAND + 2; i++)
            block[i] = heap_alloc(&heap, bytes, HEAP_ALIGN);
        vaddr_t last = block[HEAP_SLAB_DEMAND + 1];
        assert_true(page_is_slab(&heap, last.value));
        assert_true(heap_usable_bytes(&heap, last) >= bytes);
        assert_int_equal(last.value - block[HEAP_SLAB_DEMAND].value,
                         heap_usable_bytes(&heap, last));
        assert_null(heap_check(&heap));
        for (uint32_t i = 0; i < HEAP_SLAB_DEMAND + 2; i++)
            heap_free(&heap, block[i]);
        assert_heap(&heap, "|32764");
    }
}

/* Larger sizes, and size 0, are served by blocks. */
MACHINE_TEST(other_sizes_are_blocks)
{
    static const uint32_t sizes[] = {0, HEAP_OBJECT_MAX + 1};

    for (uint32_t i = 0; i < 2; i++) {
        model_heap_start(&heap, 8);
        for (uint32_t k = 0; k < 40; k++)
            assert_false(page_is_slab(&heap, heap_alloc(&heap, sizes[i], HEAP_ALIGN).value));
        assert_null(heap_check(&heap));
    }
}

MACHINE_TEST(an_object_keeps_its_size)
{
    struct heap_plan plan;

    start(4);
    take_objects(0, 1);
    assert_int_equal(heap_usable_bytes(&heap, object[0]), OBJECT_BYTES);
    assert_true(heap_plan_resize(&heap, object[0], 1, &plan));
    assert_int_equal(plan.block.value, object[0].value);
    assert_true(vaddr_is_none(plan.gap) && vaddr_is_none(plan.rest));
    assert_true(heap_resize(&heap, object[0], 1));
    assert_true(heap_resize(&heap, object[0], OBJECT_BYTES));
    assert_false(heap_resize(&heap, object[0], OBJECT_BYTES + 1));
    assert_false(heap_resize(&heap, object[0], UINT32_MAX));
    assert_false(heap_plan_resize(&heap, object[0], OBJECT_BYTES + 1, &plan));
    assert_int_equal(heap_resize_shortfall(&heap, object[0], 100), HEAP_NOT_LAST);
    assert_null(heap_check(&heap));
}

/* ---- plans ---- */

static void assert_plan(uint32_t gap, uint32_t block, uint32_t rest)
{
    struct heap_plan plan;

    assert_true(heap_plan_alloc(&heap, 20, &plan));
    assert_int_equal(plan.gap.value, gap != 0 ? HEAP_START + gap : VADDR_NONE.value);
    assert_int_equal(plan.block.value, HEAP_START + block);
    assert_int_equal(plan.rest.value, rest != 0 ? HEAP_START + rest : VADDR_NONE.value);
}

MACHINE_TEST(plans_a_slab)
{
    vaddr_t block[2];

    start(4);
    assert_plan(388, 4096, 0);
    take_objects(0, 1);
    assert_plan(0, 4096 + FIRST + OBJECT_BYTES, 0);
    take_objects(1, OBJECTS);
    assert_plan(0, 8192, 0); /* behind the first slab, from the tail */
    start(4);
    MODEL_ALLOC(&heap, block, 12000, 64);
    heap_free(&heap, block[0]);
    assert_plan(388, 4096, 8188);
    start(5);
    take_objects(0, 2 * OBJECTS);
    for (uint32_t i = 0; i < OBJECTS; i++)
        alloc_small();
    free_objects(OBJECTS, 2 * OBJECTS);
    assert_heap(&heap, BLOCKS "F3704 S4096 F4096 S4096 |4100");
    assert_plan(0, 8192, 0); /* in the place of the freed slab */
}

/* ---- pointers ---- */

static void assert_fault(uint32_t pointer, const char *fact)
{
    const char *fault = heap_pointer_fault(&heap, vaddr(pointer));

    assert_non_null(fault);
    assert_string_equal(fault, fact);
}

MACHINE_TEST(believes_only_used_objects)
{
    static const char start_fact[] = "not the start of a block, or its header is smashed";

    start(4);
    take_objects(0, 2);
    model_fill(object[0], OBJECT_BYTES, 5);
    assert_null(heap_pointer_fault(&heap, object[0]));
    assert_fault(object[0].value + 8, start_fact);
    assert_fault(object[0].value + 16, start_fact);
    assert_fault(object[0].value + 4, "pointer is not into the heap's blocks");
    assert_fault(HEAP_START + PAGE_SIZE, start_fact);
    assert_fault(HEAP_START + 2 * PAGE_SIZE - 8, start_fact);
    assert_fault(object[1].value + OBJECT_BYTES, "block is free already");
    heap_free(&heap, object[1]);
    assert_fault(object[1].value, "block is free already");
    *word_at(HEAP_START + PAGE_SIZE) ^= 0x40000000u;
    assert_fault(object[0].value, "the head of the slab is smashed");
}

static void run_free(void *context)
{
    heap_free(&heap, *(const vaddr_t *)context);
}

MACHINE_TEST(panics_name_the_function_and_the_fact)
{
    start(4);
    take_objects(0, 2);
    vaddr_t inside = vaddr_add(object[0], 8);
    heap_free(&heap, object[1]);
    assert_panics(run_free, &object[1], "heap_free: block is free already: 0xc10010a8");
    assert_panics(run_free, &inside, "heap_free: not the start of a block");
    *word_at(HEAP_START + PAGE_SIZE) ^= 0x1000u;
    assert_panics(run_free, &object[0], "heap_free: the head of the slab is smashed");
}

/* The header of the block that the slab lies in is checked when the slab is freed. */
MACHINE_TEST(the_header_of_a_slabs_block_is_checked)
{
    start(4);
    take_objects(0, 1);
    *word_at(HEAP_START + PAGE_SIZE - HEAP_HEADER_BYTES) ^= 4;
    assert_panics(run_free, &object[0], "heap_free: not the start of a block");
}
