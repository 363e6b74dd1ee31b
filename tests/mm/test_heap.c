/* The heap block allocator, by pictures of the whole heap before and after: see model_heap.h. */
#include "support/model_heap.h"
#include "support/on_machine.h"

#define HEAP_START 0xc1000000u

static struct heap heap;

static void heap_of_pages(uint32_t pages)
{
    heap_init(&heap, vaddr(HEAP_START));
    heap_extend(&heap, pages * PAGE_SIZE);
}

/* The heap looks like this, and is sound. */
static void assert_heap(const char *picture)
{
    const char *broken = heap_check(&heap);

    if (broken)
        fail_msg("%s in: %s", broken, model_heap_picture(&heap));
    assert_string_equal(model_heap_picture(&heap), picture);
}

/* `count` blocks of a payload that makes a block of `size`. */
static void alloc_blocks(vaddr_t *blocks, const uint32_t *sizes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        blocks[i] = heap_alloc(&heap, sizes[i] - HEAP_HEADER_BYTES, HEAP_ALIGN);
        assert_false(vaddr_is_none(blocks[i]));
    }
}

#define ALLOC(blocks, ...)                                                                         \
    alloc_blocks(blocks, (const uint32_t[]){__VA_ARGS__},                                          \
                 sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

/* ---- the span ---- */

MACHINE_TEST(an_empty_heap_has_nothing)
{
    heap_init(&heap, vaddr(HEAP_START));
    assert_heap("|-4");
    assert_true(vaddr_is_none(heap_alloc(&heap, 1, HEAP_ALIGN)));
    assert_true(vaddr_is_none(heap_alloc(&heap, 1, 4096)));
    assert_int_equal(heap_tail_bytes(&heap), 0);
    assert_int_equal(heap.free_bytes, 0);
    heap_shrink(&heap, 0);
    assert_heap("|-4");
}

MACHINE_TEST(the_span_grows_and_shrinks_by_pages)
{
    heap_of_pages(2);
    assert_heap("|8188");
    assert_int_equal(heap.free_bytes, 8188);
    assert_int_equal(heap_tail_bytes(&heap), 8192);
    vaddr_t block = heap_alloc(&heap, 12, HEAP_ALIGN);
    assert_heap("U16 |8172");
    assert_int_equal(heap.free_bytes, 8172);
    assert_int_equal(heap_tail_bytes(&heap), 4096);
    heap_shrink(&heap, 4096);
    assert_heap("U16 |4076");
    assert_int_equal(heap_tail_bytes(&heap), 0);
    heap_free(&heap, block);
    assert_int_equal(heap_tail_bytes(&heap), 4096);
    heap_shrink(&heap, 4096);
    assert_heap("|-4");
    heap_extend(&heap, 4096);
    assert_heap("|4092");
}

static void run_shrink(void *context)
{
    heap_shrink(&heap, *(const uint32_t *)context);
}

MACHINE_TEST(panics_when_shrunk_over_blocks)
{
    heap_of_pages(2);
    heap_alloc(&heap, 12, HEAP_ALIGN);
    assert_panics(run_shrink, &(uint32_t){8192}, "heap_shrink: bytes <= heap_tail_bytes(heap)");
    assert_heap("U16 |8172");
}

/* The shortfall is what makes the request fit, and a page less does not. */
MACHINE_TEST(says_how_much_it_lacks)
{
    heap_init(&heap, vaddr(HEAP_START));
    assert_int_equal(heap_shortfall(&heap, 1, HEAP_ALIGN), 4096);
    assert_int_equal(heap_shortfall(&heap, 4084, HEAP_ALIGN), 4096); /* 4 + 4,088, and 4 to spare */
    assert_int_equal(heap_shortfall(&heap, 4085, HEAP_ALIGN), 8192);
    assert_int_equal(heap_shortfall(&heap, 4096, 4096), 12288); /* the gap before it is a page */
    assert_int_equal(heap_shortfall(&heap, HEAP_REQUEST_MAX, HEAP_ALIGN),
                     HEAP_REQUEST_MAX + PAGE_SIZE);
    heap_extend(&heap, 4096);
    assert_int_equal(heap_shortfall(&heap, 4084, HEAP_ALIGN), 0);
    assert_false(vaddr_is_none(heap_alloc(&heap, 4084, HEAP_ALIGN)));
    assert_heap("U4088 |4");
    assert_int_equal(heap_shortfall(&heap, 1, HEAP_ALIGN), 4096);
    assert_true(vaddr_is_none(heap_alloc(&heap, 1, HEAP_ALIGN)));
}

/* ---- allocating ---- */

MACHINE_TEST(four_bytes_a_block)
{
    heap_of_pages(1);
    vaddr_t first = heap_alloc(&heap, 12, HEAP_ALIGN);
    vaddr_t second = heap_alloc(&heap, 13, HEAP_ALIGN);
    vaddr_t third = heap_alloc(&heap, 1, HEAP_ALIGN);
    heap_alloc(&heap, 20, HEAP_ALIGN);
    assert_heap("U16 U24 U16 U24 |4012");
    assert_int_equal(first.value, HEAP_START + 8);
    assert_int_equal(second.value, first.value + 16);
    assert_int_equal(heap_usable_bytes(&heap, first), 12);
    assert_int_equal(heap_usable_bytes(&heap, second), 20);
    assert_int_equal(heap_usable_bytes(&heap, third), 12);
    assert_int_equal(heap.free_bytes, 4012);
}

MACHINE_TEST(refuses_what_no_span_can_hold)
{
    heap_of_pages(1);
    assert_true(vaddr_is_none(heap_alloc(&heap, HEAP_REQUEST_MAX + 1, HEAP_ALIGN)));
    assert_true(vaddr_is_none(heap_alloc(&heap, UINT32_MAX, HEAP_ALIGN)));
    assert_true(vaddr_is_none(heap_alloc(&heap, HEAP_REQUEST_MAX, HEAP_ALIGN)));
    assert_true(vaddr_is_none(heap_alloc(&heap, HEAP_REQUEST_MAX, LARGE_PAGE_SIZE)));
    assert_heap("|4092");
}

/*
 *     U64 U16    free the first     F64 U16    take 24     U24 F40 U16    take 24 of 40: 16 are
 * left
 */
MACHINE_TEST(splits_a_free_block)
{
    vaddr_t block[2];

    heap_of_pages(1);
    ALLOC(block, 64, 16);
    heap_free(&heap, block[0]);
    assert_heap("F64 U16 |4012");
    heap_alloc(&heap, 20, HEAP_ALIGN);
    assert_heap("U24 F40 U16 |4012");
    heap_alloc(&heap, 20, HEAP_ALIGN);
    assert_heap("U24 U24 F16 U16 |4012");
    heap_alloc(&heap, 1, HEAP_ALIGN);
    assert_heap("U24 U24 U16 U16 |4012");
}

/* A rest of 8 bytes is no block: the request gets it too. */
MACHINE_TEST(leaves_no_rest_below_the_smallest_block)
{
    vaddr_t block[2];

    heap_of_pages(1);
    ALLOC(block, 32, 16);
    heap_free(&heap, block[0]);
    vaddr_t again = heap_alloc(&heap, 20, HEAP_ALIGN);
    assert_heap("U32 U16 |4044");
    assert_int_equal(heap_usable_bytes(&heap, again), 28);
}

MACHINE_TEST(prefers_free_blocks_to_the_tail)
{
    vaddr_t block[4];

    heap_of_pages(1);
    ALLOC(block, 16, 16, 1024, 16);
    heap_free(&heap, block[0]);
    heap_free(&heap, block[2]);
    assert_heap("F16 U16 F1024 U16 |3020");
    heap_alloc(&heap, 12, HEAP_ALIGN); /* the list that fits, not a larger class */
    assert_heap("U16 U16 F1024 U16 |3020");
    heap_alloc(&heap, 12, HEAP_ALIGN); /* the next class that has a block */
    assert_heap("U16 U16 U16 F1008 U16 |3020");
}

/* 1,024 to 1,055 are one list: its first block is tried when no surely large enough one is free. */
MACHINE_TEST(looks_at_the_first_of_its_own_list_last)
{
    vaddr_t block[4];

    heap_of_pages(1);
    ALLOC(block, 1048, 16, 1024, 16);
    heap_free(&heap, block[0]);
    heap_free(&heap, block[2]);
    heap_alloc(&heap, 1984 - HEAP_HEADER_BYTES, HEAP_ALIGN);
    assert_heap("F1048 U16 F1024 U16 U1984 |4");
    assert_true(vaddr_is_none(heap_alloc(&heap, 1032 - 4, HEAP_ALIGN))); /* the 1,024 is first */
    heap_alloc(&heap, 1024 - 4, HEAP_ALIGN);
    heap_alloc(&heap, 1032 - 4, HEAP_ALIGN);
    assert_heap("U1032 F16 U16 U1024 U16 U1984 |4");
}

/* ---- freeing ---- */

MACHINE_TEST(merges_with_both_neighbours)
{
    vaddr_t block[6];

    heap_of_pages(1);
    ALLOC(block, 16, 24, 32, 40, 48, 16);
    heap_free(&heap, block[1]);
    assert_heap("U16 F24 U32 U40 U48 U16 |3916");
    heap_free(&heap, block[2]); /* with the one before */
    assert_heap("U16 F56 U40 U48 U16 |3916");
    heap_free(&heap, block[4]);
    assert_heap("U16 F56 U40 F48 U16 |3916");
    heap_free(&heap, block[3]); /* with both */
    assert_heap("U16 F144 U16 |3916");
    heap_free(&heap, block[0]); /* with the one behind */
    assert_heap("F160 U16 |3916");
    heap_free(&heap, block[5]); /* all goes into the tail */
    assert_heap("|4092");
    assert_int_equal(heap.free_bytes, 4092);
}

MACHINE_TEST(the_last_block_goes_into_the_tail)
{
    vaddr_t block[3];

    heap_of_pages(1);
    ALLOC(block, 16, 24, 32);
    heap_free(&heap, block[2]);
    assert_heap("U16 U24 |4052");
    heap_free(&heap, block[1]);
    assert_heap("U16 |4076");
}

/* Three blocks on one list, freed in a row; taken from the middle, the front, the end. */
MACHINE_TEST(lists_link_and_unlink)
{
    vaddr_t block[8];

    heap_of_pages(1);
    ALLOC(block, 24, 16, 24, 16, 24, 16, 24, 16);
    heap_free(&heap, block[0]);
    heap_free(&heap, block[2]);
    heap_free(&heap, block[4]);
    heap_free(&heap, block[6]);
    heap_free(&heap, block[3]); /* takes 2 and 4 off the middle */
    assert_heap("F24 U16 F64 U16 F24 U16 |3932");
    heap_free(&heap, block[1]); /* takes 0 off the end */
    assert_heap("F104 U16 F24 U16 |3932");
    assert_int_equal(heap_alloc(&heap, 20, HEAP_ALIGN).value, block[6].value);
    assert_heap("F104 U16 U24 U16 |3932");
}

/* ---- alignment ---- */

/*
 *     |4| tail      becomes    |4| F4088 | U4104: payload at the page |
 */
MACHINE_TEST(aligned_from_the_tail_leaves_a_free_gap)
{
    heap_of_pages(5);
    vaddr_t page = heap_alloc(&heap, 4096, 4096);
    assert_int_equal(page.value, HEAP_START + 4096);
    assert_heap("F4088 U4104 |12284");
    page = heap_alloc(&heap, 4096, 4096); /* and as much between two pages: the waste of #1 */
    assert_int_equal(page.value, HEAP_START + 3 * 4096);
    assert_heap("F4088 U4104 F4088 U4104 |4092");
    assert_int_equal(heap_usable_bytes(&heap, page), 4100);
    assert_int_equal(heap_shortfall(&heap, 4096, 4096), 8192);
    assert_true(vaddr_is_none(heap_alloc(&heap, 4096, 4096)));
    assert_heap("F4088 U4104 F4088 U4104 |4092");
}

/* Where the tail is aligned as it is, there is no gap. */
MACHINE_TEST(aligned_from_the_tail_without_a_gap)
{
    vaddr_t block;

    heap_of_pages(2);
    ALLOC(&block, 4088);
    assert_int_equal(heap_shortfall(&heap, 4000, 4096), 0);
    assert_int_equal(heap_alloc(&heap, 4000, 4096).value, HEAP_START + 4096);
    assert_heap("U4088 U4008 |92");
}

/* A gap of 8 bytes is no block: the next place is taken. */
MACHINE_TEST(a_gap_has_room_for_a_block)
{
    vaddr_t block;

    heap_of_pages(1);
    ALLOC(&block, 48); /* the next payload: start + 56, 8 below the alignment */
    assert_int_equal(heap_alloc(&heap, 12, 64).value, HEAP_START + 128);
    assert_heap("U48 F72 U16 |3956");
}

/*
 *     F8184 U16    becomes    F4088 U4104 U16, without a rest, or    F248 U40 F.. U16 with one
 */
MACHINE_TEST(aligned_from_a_free_block)
{
    vaddr_t block[2];

    heap_of_pages(3);
    ALLOC(block, 8192, 16);
    heap_free(&heap, block[0]);
    assert_heap("F8192 U16 |4076");
    vaddr_t aligned = heap_alloc(&heap, 36, 256);
    assert_int_equal(aligned.value, HEAP_START + 256);
    assert_heap("F248 U40 F7904 U16 |4076");
    heap_free(&heap, aligned);
    assert_heap("F8192 U16 |4076");
    heap_alloc(&heap, 7900, 256);
    assert_heap("F248 U7904 F40 U16 |4076");
}

/* A block freed by one of the same size and alignment fits as it is, though a list of sizes cannot
 * know that. */
MACHINE_TEST(aligned_again_where_one_was_freed)
{
    vaddr_t block[3];

    heap_of_pages(8);
    for (uint32_t i = 0; i < 3; i++)
        block[i] = heap_alloc(&heap, 4096, 4096);
    heap_alloc(&heap, 4080, HEAP_ALIGN); /* the gaps are used: nothing merges */
    heap_alloc(&heap, 4080, HEAP_ALIGN);
    heap_alloc(&heap, 4080, HEAP_ALIGN);
    heap_alloc(&heap, 12, HEAP_ALIGN);
    assert_heap("U4088 U4104 U4088 U4104 U4088 U4104 U16 |8172");
    heap_free(&heap, block[0]);
    heap_free(&heap, block[2]);
    heap_free(&heap, block[1]);
    for (uint32_t i = 3; i-- > 0;)
        assert_false(vaddr_is_none(heap_alloc(&heap, 4096, 4096)));
    assert_heap("U4088 U4104 U4088 U4104 U4088 U4104 U16 |8172");
}

MACHINE_TEST(aligned_to_a_large_page)
{
    heap_of_pages(4096);
    vaddr_t large = heap_alloc(&heap, LARGE_PAGE_SIZE, LARGE_PAGE_SIZE);
    assert_int_equal(large.value % LARGE_PAGE_SIZE, 0);
    assert_null(heap_check(&heap));
    heap_free(&heap, large);
    assert_int_equal(heap.free_bytes, 4096 * PAGE_SIZE - HEAP_HEADER_BYTES);
    assert_null(heap_check(&heap));
}

/* ---- resizing ---- */

MACHINE_TEST(shrinks_in_place)
{
    vaddr_t block[2];

    heap_of_pages(1);
    ALLOC(block, 64, 32);
    assert_true(heap_resize(&heap, block[0], 56)); /* 8 bytes less are not worth a block */
    assert_heap("U64 U32 |3996");
    assert_true(heap_resize(&heap, block[0], 60));
    assert_heap("U64 U32 |3996");
    assert_true(heap_resize(&heap, block[0], 40));
    assert_heap("U48 F16 U32 |3996");
    assert_true(heap_resize(&heap, block[0], 20)); /* the rest merges with the free block behind */
    assert_heap("U24 F40 U32 |3996");
    assert_true(heap_resize(&heap, block[1], 12)); /* the last one's goes to the tail */
    assert_heap("U24 F40 U16 |4012");
    assert_int_equal(heap.free_bytes, 40 + 4012);
}

MACHINE_TEST(grows_into_the_free_block_behind)
{
    vaddr_t block[3];

    heap_of_pages(1);
    ALLOC(block, 24, 64, 16);
    heap_free(&heap, block[1]);
    assert_true(heap_resize(&heap, block[0], 36));
    assert_heap("U40 F48 U16 |3988");
    assert_true(heap_resize(&heap, block[0], 76)); /* of 88, 80: no rest */
    assert_heap("U88 U16 |3988");
    assert_false(heap_resize(&heap, block[0], 85));
    assert_heap("U88 U16 |3988");
    assert_int_equal(heap.free_bytes, 3988);
}

MACHINE_TEST(grows_into_the_tail)
{
    vaddr_t block[2];

    heap_of_pages(1);
    ALLOC(block, 24, 64);
    heap_free(&heap, block[0]);
    assert_int_equal(heap_resize_shortfall(&heap, block[1], 4060), 0);
    assert_true(heap_resize(&heap, block[1], 4060)); /* keeps the mark of the free one before */
    assert_heap("F24 U4064 |4");
    assert_int_equal(heap_resize_shortfall(&heap, block[1], 4061), 4096);
    assert_false(heap_resize(&heap, block[1], 4061));
    assert_heap("F24 U4064 |4");
    heap_extend(&heap, 4096);
    assert_true(heap_resize(&heap, block[1], 4061));
    assert_heap("F24 U4072 |4092");
    assert_int_equal(heap_resize_shortfall(&heap, block[1], 12), 0);
}

MACHINE_TEST(says_when_another_block_stands_behind)
{
    vaddr_t block[2];

    heap_of_pages(1);
    ALLOC(block, 24, 64);
    assert_int_equal(heap_resize_shortfall(&heap, block[0], 100), HEAP_NOT_LAST);
    assert_false(heap_resize(&heap, block[0], 100));
    assert_false(heap_resize(&heap, block[0], HEAP_REQUEST_MAX + 1));
    assert_false(heap_resize(&heap, block[1], UINT32_MAX));
    assert_heap("U24 U64 |4004");
}

MACHINE_TEST(resizing_keeps_the_content)
{
    vaddr_t block[3];

    heap_of_pages(2);
    ALLOC(block, 256, 512, 16);
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

    heap_of_pages(1);
    assert_plan(heap_plan_alloc(&heap, 12, &plan), &plan, vaddr(HEAP_START + 8), 0);
    assert_false(heap_plan_alloc(&heap, 4085, &plan));
    assert_false(heap_plan_alloc(&heap, HEAP_REQUEST_MAX + 1, &plan));
    ALLOC(block, 64, 16);
    heap_free(&heap, block[0]);
    assert_plan(heap_plan_alloc(&heap, 20, &plan), &plan, block[0], HEAP_START + 4 + 24);
    assert_plan(heap_plan_alloc(&heap, 52, &plan), &plan, block[0], 0); /* no rest */
    assert_heap("F64 U16 |4012");
}

MACHINE_TEST(plans_a_resize)
{
    struct heap_plan plan;
    vaddr_t block[3];

    heap_of_pages(1);
    ALLOC(block, 64, 64, 16);
    uint32_t rest = block[0].value - HEAP_HEADER_BYTES;
    assert_plan(heap_plan_resize(&heap, block[0], 20, &plan), &plan, block[0], rest + 24);
    assert_plan(heap_plan_resize(&heap, block[0], 52, &plan), &plan, block[0], 0);
    assert_false(heap_plan_resize(&heap, block[0], 61, &plan));
    assert_false(heap_plan_resize(&heap, block[0], HEAP_REQUEST_MAX + 1, &plan));
    heap_free(&heap, block[1]);
    assert_plan(heap_plan_resize(&heap, block[0], 84, &plan), &plan, block[0], rest + 88);
    assert_plan(heap_plan_resize(&heap, block[0], 124, &plan), &plan, block[0], 0);
    assert_plan(heap_plan_resize(&heap, block[2], 2000, &plan), &plan, block[2], 0);
    assert_heap("U64 F64 U16 |3948");
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

    heap_of_pages(2);
    heap_for_each_free(&heap, 0, visit, &visited);
    assert_int_equal(visited.blocks, 0);
    ALLOC(block, 24, 16, 24, 16, 1024, 16, 2048, 16);
    for (uint32_t i = 0; i < 8; i += 2)
        heap_free(&heap, block[i]);
    heap_for_each_free(&heap, 0, visit, &visited);
    assert_int_equal(visited.blocks, 4);
    assert_int_equal(visited.bytes, 24 + 24 + 1024 + 2048);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_heap_has_nothing),
        cmocka_unit_test(the_span_grows_and_shrinks_by_pages),
        cmocka_unit_test(panics_when_shrunk_over_blocks),
        cmocka_unit_test(says_how_much_it_lacks),
        cmocka_unit_test(four_bytes_a_block),
        cmocka_unit_test(refuses_what_no_span_can_hold),
        cmocka_unit_test(splits_a_free_block),
        cmocka_unit_test(leaves_no_rest_below_the_smallest_block),
        cmocka_unit_test(prefers_free_blocks_to_the_tail),
        cmocka_unit_test(looks_at_the_first_of_its_own_list_last),
        cmocka_unit_test(merges_with_both_neighbours),
        cmocka_unit_test(the_last_block_goes_into_the_tail),
        cmocka_unit_test(lists_link_and_unlink),
        cmocka_unit_test(aligned_from_the_tail_leaves_a_free_gap),
        cmocka_unit_test(aligned_from_the_tail_without_a_gap),
        cmocka_unit_test(a_gap_has_room_for_a_block),
        cmocka_unit_test(aligned_from_a_free_block),
        cmocka_unit_test(aligned_again_where_one_was_freed),
        cmocka_unit_test(aligned_to_a_large_page),
        cmocka_unit_test(shrinks_in_place),
        cmocka_unit_test(grows_into_the_free_block_behind),
        cmocka_unit_test(grows_into_the_tail),
        cmocka_unit_test(says_when_another_block_stands_behind),
        cmocka_unit_test(resizing_keeps_the_content),
        cmocka_unit_test(plans_an_allocation),
        cmocka_unit_test(plans_a_resize),
        cmocka_unit_test(visits_each_free_block),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
