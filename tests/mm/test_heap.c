/* Tests the heap's allocator by pictures of the whole heap before and after: see model_heap.h. */
#include "support/model_heap.h"
#include "support/on_machine.h"
#include "support/test.h"

#define HEAP_START MODEL_HEAP_START

static struct heap heap;

/* ---- the span ---- */

MACHINE_TEST(an_empty_heap_has_nothing)
{
    heap_init(&heap, vaddr(HEAP_START));
    assert_heap(&heap, "|-4");
    assert_true(vaddr_is_none(heap_alloc(&heap, 1, HEAP_ALIGN)));
    assert_true(vaddr_is_none(heap_alloc(&heap, 1, 4096)));
    assert_int_equal(heap_tail_bytes(&heap), 0);
    assert_int_equal(heap.free_bytes, 0);
    heap_shrink(&heap, 0);
    assert_heap(&heap, "|-4");
}

MACHINE_TEST(the_span_grows_and_shrinks_by_pages)
{
    model_heap_start(&heap, 2);
    assert_heap(&heap, "|8188");
    assert_int_equal(heap.free_bytes, 8188);
    assert_int_equal(heap_tail_bytes(&heap), 8192);
    vaddr_t block = heap_alloc(&heap, 12, HEAP_ALIGN);
    assert_heap(&heap, "U16 |8172");
    assert_int_equal(heap.free_bytes, 8172);
    assert_int_equal(heap_tail_bytes(&heap), 4096);
    heap_shrink(&heap, 4096);
    assert_heap(&heap, "U16 |4076");
    assert_int_equal(heap_tail_bytes(&heap), 0);
    heap_free(&heap, block);
    assert_int_equal(heap_tail_bytes(&heap), 4096);
    heap_shrink(&heap, 4096);
    assert_heap(&heap, "|-4");
    heap_extend(&heap, 4096);
    assert_heap(&heap, "|4092");
}

static void run_shrink(void *context)
{
    heap_shrink(&heap, *(const uint32_t *)context);
}

MACHINE_TEST(panics_when_shrunk_over_blocks)
{
    model_heap_start(&heap, 2);
    heap_alloc(&heap, 12, HEAP_ALIGN);
    assert_panics(run_shrink, &(uint32_t){8192}, "heap_shrink: bytes <= heap_tail_bytes(heap)");
    assert_heap(&heap, "U16 |8172");
}

/* When the heap has grown by the shortfall, the request fits; with a page less it does not. */
MACHINE_TEST(grown_by_the_shortfall_the_request_fits)
{
    heap_init(&heap, vaddr(HEAP_START));
    assert_int_equal(heap_shortfall(&heap, 1, HEAP_ALIGN), 4096);
    assert_int_equal(heap_shortfall(&heap, 4084, HEAP_ALIGN), 4096); /* 4 + 4,088, 4 are left */
    assert_int_equal(heap_shortfall(&heap, 4085, HEAP_ALIGN), 8192);
    assert_int_equal(heap_shortfall(&heap, 4096, 4096), 12288); /* the gap is a page */
    assert_int_equal(heap_shortfall(&heap, HEAP_REQUEST_MAX, HEAP_ALIGN),
                     HEAP_REQUEST_MAX + PAGE_SIZE);
    heap_extend(&heap, 4096);
    assert_int_equal(heap_shortfall(&heap, 4084, HEAP_ALIGN), 0);
    assert_false(vaddr_is_none(heap_alloc(&heap, 4084, HEAP_ALIGN)));
    assert_heap(&heap, "U4088 |4");
    assert_int_equal(heap_shortfall(&heap, 1, HEAP_ALIGN), 4096);
    assert_true(vaddr_is_none(heap_alloc(&heap, 1, HEAP_ALIGN)));
}

/* ---- allocating ---- */

MACHINE_TEST(a_block_costs_four_bytes)
{
    model_heap_start(&heap, 1);
    vaddr_t first = heap_alloc(&heap, 12, HEAP_ALIGN);
    vaddr_t second = heap_alloc(&heap, 13, HEAP_ALIGN);
    vaddr_t third = heap_alloc(&heap, 1, HEAP_ALIGN);
    heap_alloc(&heap, 20, HEAP_ALIGN);
    assert_heap(&heap, "U16 U24 U16 U24 |4012");
    assert_int_equal(first.value, HEAP_START + 8);
    assert_int_equal(second.value, first.value + 16);
    assert_int_equal(heap_usable_bytes(&heap, first), 12);
    assert_int_equal(heap_usable_bytes(&heap, second), 20);
    assert_int_equal(heap_usable_bytes(&heap, third), 12);
    assert_int_equal(heap.free_bytes, 4012);
}

MACHINE_TEST(refuses_requests_beyond_every_span)
{
    model_heap_start(&heap, 1);
    assert_true(vaddr_is_none(heap_alloc(&heap, HEAP_REQUEST_MAX + 1, HEAP_ALIGN)));
    assert_true(vaddr_is_none(heap_alloc(&heap, UINT32_MAX, HEAP_ALIGN)));
    assert_true(vaddr_is_none(heap_alloc(&heap, HEAP_REQUEST_MAX, HEAP_ALIGN)));
    assert_true(vaddr_is_none(heap_alloc(&heap, HEAP_REQUEST_MAX, LARGE_PAGE_SIZE)));
    assert_heap(&heap, "|4092");
}

/*
 *     U64 U16    free the first     F64 U16    take 24     U24 F40 U16    16 of 40 are left
 */
MACHINE_TEST(splits_a_free_block)
{
    vaddr_t block[2];

    model_heap_start(&heap, 1);
    MODEL_ALLOC(&heap, block, 64, 16);
    heap_free(&heap, block[0]);
    assert_heap(&heap, "F64 U16 |4012");
    heap_alloc(&heap, 20, HEAP_ALIGN);
    assert_heap(&heap, "U24 F40 U16 |4012");
    heap_alloc(&heap, 20, HEAP_ALIGN);
    assert_heap(&heap, "U24 U24 F16 U16 |4012");
    heap_alloc(&heap, 1, HEAP_ALIGN);
    assert_heap(&heap, "U24 U24 U16 U16 |4012");
}

/* A rest of 8 bytes is too small for a block, so the request gets it, too. */
MACHINE_TEST(leaves_no_rest_below_the_smallest_block)
{
    vaddr_t block[2];

    model_heap_start(&heap, 1);
    MODEL_ALLOC(&heap, block, 32, 16);
    heap_free(&heap, block[0]);
    vaddr_t again = heap_alloc(&heap, 20, HEAP_ALIGN);
    assert_heap(&heap, "U32 U16 |4044");
    assert_int_equal(heap_usable_bytes(&heap, again), 28);
}

MACHINE_TEST(prefers_free_blocks_to_the_tail)
{
    vaddr_t block[4];

    model_heap_start(&heap, 1);
    MODEL_ALLOC(&heap, block, 16, 16, 1024, 16);
    heap_free(&heap, block[0]);
    heap_free(&heap, block[2]);
    assert_heap(&heap, "F16 U16 F1024 U16 |3020");
    heap_alloc(&heap, 12, HEAP_ALIGN); /* from the list of this size, not from a larger class */
    assert_heap(&heap, "U16 U16 F1024 U16 |3020");
    heap_alloc(&heap, 12, HEAP_ALIGN); /* from the next class that has a block */
    assert_heap(&heap, "U16 U16 U16 F1008 U16 |3020");
}

/* Sizes from 1,024 to 1,055 share a list. A block of it that is large enough is taken before larger
 * classes. */
MACHINE_TEST(looks_through_its_own_list_first)
{
    vaddr_t block[6];

    model_heap_start(&heap, 2);
    MODEL_ALLOC(&heap, block, 1048, 16, 1024, 16, 2048, 16);
    heap_free(&heap, block[0]);
    heap_free(&heap, block[2]);
    heap_free(&heap, block[4]);
    assert_heap(&heap, "F1048 U16 F1024 U16 F2048 U16 |4020");
    heap_alloc(&heap, 1032 - 4, HEAP_ALIGN); /* the block of 1,024 is first in the list */
    assert_heap(&heap, "U1032 F16 U16 F1024 U16 F2048 U16 |4020");
}

/* At most eight blocks of the list are looked at. */
MACHINE_TEST(looks_at_eight_of_its_own_list)
{
    vaddr_t block[18];

    model_heap_start(&heap, 3);
    MODEL_ALLOC(&heap, block, 1048, 16, 1024, 16, 1024, 16, 1024, 16, 1024, 16, 1024, 16, 1024, 16,
                1024, 16, 1024, 16);
    for (uint32_t i = 0; i < 18; i += 2)
        heap_free(&heap, block[i]);
    heap_alloc(&heap, heap.end - heap.top - 16, HEAP_ALIGN); /* uses up the tail */
    assert_true(vaddr_is_none(heap_alloc(&heap, 1032 - 4, HEAP_ALIGN)));
    heap_alloc(&heap, 1024 - 4, HEAP_ALIGN);
    assert_int_equal(heap_alloc(&heap, 1032 - 4, HEAP_ALIGN).value, block[0].value);
    assert_null(heap_check(&heap));
}

/* ---- freeing ---- */

MACHINE_TEST(merges_with_both_neighbours)
{
    vaddr_t block[6];

    model_heap_start(&heap, 1);
    MODEL_ALLOC(&heap, block, 16, 24, 32, 40, 48, 16);
    heap_free(&heap, block[1]);
    assert_heap(&heap, "U16 F24 U32 U40 U48 U16 |3916");
    heap_free(&heap, block[2]); /* merges with the block before */
    assert_heap(&heap, "U16 F56 U40 U48 U16 |3916");
    heap_free(&heap, block[4]);
    assert_heap(&heap, "U16 F56 U40 F48 U16 |3916");
    heap_free(&heap, block[3]); /* merges with both */
    assert_heap(&heap, "U16 F144 U16 |3916");
    heap_free(&heap, block[0]); /* merges with the block behind */
    assert_heap(&heap, "F160 U16 |3916");
    heap_free(&heap, block[5]); /* everything merges into the tail */
    assert_heap(&heap, "|4092");
    assert_int_equal(heap.free_bytes, 4092);
}

MACHINE_TEST(the_last_block_goes_into_the_tail)
{
    vaddr_t block[3];

    model_heap_start(&heap, 1);
    MODEL_ALLOC(&heap, block, 16, 24, 32);
    heap_free(&heap, block[2]);
    assert_heap(&heap, "U16 U24 |4052");
    heap_free(&heap, block[1]);
    assert_heap(&heap, "U16 |4076");
}

/* Three blocks are on one list; they are taken out of its middle, its front and its end. */
MACHINE_TEST(lists_link_and_unlink)
{
    vaddr_t block[8];

    model_heap_start(&heap, 1);
    MODEL_ALLOC(&heap, block, 24, 16, 24, 16, 24, 16, 24, 16);
    heap_free(&heap, block[0]);
    heap_free(&heap, block[2]);
    heap_free(&heap, block[4]);
    heap_free(&heap, block[6]);
    heap_free(&heap, block[3]); /* takes 2 and 4 out of the middle */
    assert_heap(&heap, "F24 U16 F64 U16 F24 U16 |3932");
    heap_free(&heap, block[1]); /* takes 0 off the end */
    assert_heap(&heap, "F104 U16 F24 U16 |3932");
    assert_int_equal(heap_alloc(&heap, 20, HEAP_ALIGN).value, block[6].value);
    assert_heap(&heap, "F104 U16 U24 U16 |3932");
}

/* ---- alignment ---- */

/*
 *     |4| tail      becomes    |4| F4088 | U4104: payload at the page |
 */
MACHINE_TEST(aligned_from_the_tail_leaves_a_free_gap)
{
    model_heap_start(&heap, 5);
    vaddr_t page = heap_alloc(&heap, 4096, 4096);
    assert_int_equal(page.value, HEAP_START + 4096);
    assert_heap(&heap, "F4088 U4104 |12284");
    page = heap_alloc(&heap, 4096, 4096); /* also between two pages: this is the waste of #1 */
    assert_int_equal(page.value, HEAP_START + 3 * 4096);
    assert_heap(&heap, "F4088 U4104 F4088 U4104 |4092");
    assert_int_equal(heap_usable_bytes(&heap, page), 4100);
    assert_int_equal(heap_shortfall(&heap, 4096, 4096), 8192);
    assert_true(vaddr_is_none(heap_alloc(&heap, 4096, 4096)));
    assert_heap(&heap, "F4088 U4104 F4088 U4104 |4092");
}

/* If the tail is aligned, there is no gap. */
MACHINE_TEST(aligned_from_the_tail_without_a_gap)
{
    vaddr_t block;

    model_heap_start(&heap, 2);
    MODEL_ALLOC(&heap, &block, 4088);
    assert_int_equal(heap_shortfall(&heap, 4000, 4096), 0);
    assert_int_equal(heap_alloc(&heap, 4000, 4096).value, HEAP_START + 4096);
    assert_heap(&heap, "U4088 U4008 |92");
}

/* A gap of 8 bytes is too small for a block, so the next aligned place is taken. */
MACHINE_TEST(a_gap_has_room_for_a_block)
{
    vaddr_t block;

    model_heap_start(&heap, 1);
    MODEL_ALLOC(&heap, &block, 48); /* the next payload is at start + 56, 8 below the alignment */
    assert_int_equal(heap_alloc(&heap, 12, 64).value, HEAP_START + 128);
    assert_heap(&heap, "U48 F72 U16 |3956");
}

/*
 * F8184 U16    becomes    F4088 U4104 U16 without a rest,
 *                  or    F248 U40 F.. U16 with one
 */
MACHINE_TEST(aligned_from_a_free_block)
{
    vaddr_t block[2];

    model_heap_start(&heap, 3);
    MODEL_ALLOC(&heap, block, 8192, 16);
    heap_free(&heap, block[0]);
    assert_heap(&heap, "F8192 U16 |4076");
    vaddr_t aligned = heap_alloc(&heap, 36, 256);
    assert_int_equal(aligned.value, HEAP_START + 256);
    assert_heap(&heap, "F248 U40 F7904 U16 |4076");
    heap_free(&heap, aligned);
    assert_heap(&heap, "F8192 U16 |4076");
    heap_alloc(&heap, 7900, 256);
    assert_heap(&heap, "F248 U7904 F40 U16 |4076");
}

/* A block that a request of the same size and alignment left fits again, though a size class cannot
 * tell that. */
MACHINE_TEST(an_aligned_block_reuses_a_freed_one)
{
    vaddr_t block[3];

    model_heap_start(&heap, 8);
    for (uint32_t i = 0; i < 3; i++)
        block[i] = heap_alloc(&heap, 4096, 4096);
    heap_alloc(&heap, 4080, HEAP_ALIGN); /* fills the gaps, so that nothing merges */
    heap_alloc(&heap, 4080, HEAP_ALIGN);
    heap_alloc(&heap, 4080, HEAP_ALIGN);
    heap_alloc(&heap, 12, HEAP_ALIGN);
    assert_heap(&heap, "U4088 U4104 U4088 U4104 U4088 U4104 U16 |8172");
    heap_free(&heap, block[0]);
    heap_free(&heap, block[2]);
    heap_free(&heap, block[1]);
    for (uint32_t i = 3; i-- > 0;)
        assert_false(vaddr_is_none(heap_alloc(&heap, 4096, 4096)));
    assert_heap(&heap, "U4088 U4104 U4088 U4104 U4088 U4104 U16 |8172");
}

/* The aligned block stands behind others of its list that are not aligned. */
MACHINE_TEST(an_aligned_block_is_found_behind_others)
{
    vaddr_t block[8];

    model_heap_start(&heap, 8);
    block[0] = heap_alloc(&heap, 4096, 4096);
    heap_alloc(&heap, 4080, HEAP_ALIGN); /* fills the gap before it */
    MODEL_ALLOC(&heap, &block[1], 16, 4104, 16, 4104, 16);
    heap_free(&heap, block[0]);
    heap_free(&heap, block[2]);
    heap_free(&heap, block[4]);
    assert_heap(&heap, "U4088 F4104 U16 F4104 U16 F4104 U16 |16316");
    assert_int_equal(heap_alloc(&heap, 4096, 4096).value, block[0].value);
    assert_null(heap_check(&heap));
}

MACHINE_TEST(aligned_to_a_large_page)
{
    model_heap_start(&heap, 4096);
    vaddr_t large = heap_alloc(&heap, LARGE_PAGE_SIZE, LARGE_PAGE_SIZE);
    assert_int_equal(large.value % LARGE_PAGE_SIZE, 0);
    assert_null(heap_check(&heap));
    heap_free(&heap, large);
    assert_int_equal(heap.free_bytes, 4096 * PAGE_SIZE - HEAP_HEADER_BYTES);
    assert_null(heap_check(&heap));
}

static void run_extend(void *context)
{
    (void)context;
    heap_extend(&heap, HEAP_REQUEST_MAX);
}

/* The bitmap that says which blocks are pages has a fixed size. */
MACHINE_TEST(a_span_has_an_end)
{
    heap_init(&heap, vaddr(DIRECT_MAP_BASE));
    heap_extend(&heap, PAGE_SIZE);
    assert_panics(run_extend, NULL, "heap_extend: ");
}
