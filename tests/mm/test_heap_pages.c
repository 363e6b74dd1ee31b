/* Tests pages from a heap: 32 pages share a block, which is made and freed as needed. */
#include "replay/random.h"
#include "support/model_effort.h"
#include "support/model_heap.h"
#include "support/on_machine.h"
#include "support/test.h"

#include "mm/heap_pages.h"

#define HEAP_PAGES 100u
#define FIRST      ((MODEL_HEAP_START - DIRECT_MAP_BASE) >> PAGE_SHIFT)
#define BITMAPS    vaddr(MODEL_HEAP_START + HEAP_PAGES * PAGE_SIZE)
#define WORDS      (HEAP_PAGES / 32u + 2u) /* of one bitmap */

static struct heap heap;
static struct heap_pages pages;

static void start(void)
{
    model_heap_start(&heap, HEAP_PAGES);
    heap_pages_init(&pages, BITMAPS, &heap);
    assert_int_equal(heap_pages_bytes(HEAP_PAGES), 2 * WORDS * sizeof(uint32_t));
}

static pfn_t take(uint32_t order)
{
    pfn_t first = heap_pages_alloc(&pages, &heap, order);

    assert_null(heap_check(&heap));
    assert_null(heap_pages_check(&pages, &heap));
    return first;
}

static void give(uint32_t frame, uint32_t order)
{
    heap_pages_free(&pages, &heap, pfn(frame), order);
    assert_null(heap_check(&heap));
    assert_null(heap_pages_check(&pages, &heap));
}

/* 4,084 bytes lie before the header of a chunk, which has 32 pages and two links. */
MACHINE_TEST(a_chunk_is_one_block)
{
    start();
    assert_int_equal(take(0).value, FIRST + 1);
    assert_string_equal(model_heap_picture(&heap), "F4088 U131088 |274420");
    assert_int_equal(pages.free_pages, 31);
    for (uint32_t i = 1; i < 32; i++)
        assert_int_equal(take(0).value, FIRST + 1 + i);
    assert_int_equal(pages.free_pages, 0);
    assert_int_equal(pages.open, 0);
    assert_int_equal(take(0).value, FIRST + 34);
    assert_int_equal(pages.free_pages, 31);
    for (uint32_t i = 0; i < 32; i++)
        give(FIRST + 1 + i, 0);
    assert_string_equal(model_heap_picture(&heap), "F139256 U131088 |139252");
    give(FIRST + 34, 0);
    assert_heap(&heap, "|409596");
}

/* A free page of a chunk is given before a new chunk is made. */
MACHINE_TEST(the_chunk_that_was_freed_into_comes_first)
{
    start();
    for (uint32_t i = 0; i < 40; i++)
        take(0);
    give(FIRST + 9, 0);
    assert_int_equal(take(0).value, FIRST + 9);
    assert_int_equal(take(0).value, FIRST + 34 + 8);
    give(FIRST + 5, 0);
    give(FIRST + 3, 0);
    assert_int_equal(take(0).value, FIRST + 3);
}

/* If 32 pages do not fit, the chunk has 16, or 8, ..., or 1. */
MACHINE_TEST(chunks_shrink_if_memory_is_short)
{
    pfn_t frames[HEAP_PAGES];
    uint32_t count = 0;

    start();
    while (!pfn_is_none(frames[count] = take(0)))
        count++;
    assert_true(count >= HEAP_PAGES - 5);
    assert_int_equal(pages.free_pages, 0);
    vaddr_t block = heap_alloc(&heap, 4000, HEAP_ALIGN);
    assert_false(vaddr_is_none(block));
    for (uint32_t i = 0; i < count; i++)
        give(frames[i].value, 0);
    heap_free(&heap, block);
    assert_heap(&heap, "|409596");
}

MACHINE_TEST(larger_orders_are_blocks_of_their_own)
{
    start();
    pfn_t first = take(2);
    assert_int_equal(first.value % 4, 0);
    assert_false(heap_pages_chunk(&pages, first));
    assert_true(pfn_is_none(take(7)));
    pfn_t single = take(0);
    give(single.value, 0);
    give(first.value, 2);
    assert_heap(&heap, "|409596");
    assert_true(heap_pages_reach(&pages, pfn(FIRST)));
    assert_false(heap_pages_reach(&pages, pfn(FIRST - 1)));
    assert_false(heap_pages_reach(&pages, pfn(FIRST + HEAP_PAGES)));
}

static bool owned[HEAP_PAGES]; /* the pages that the test has */

static void count_run(void *context, pfn_t first, pfn_t end)
{
    assert_int_equal(end.value - first.value, 1);
    assert_false(owned[first.value - FIRST]);
    ++*(uint32_t *)context;
}

/* Compares with a flat array of the owned pages. */
MACHINE_TEST(random_pages_agree_with_an_array)
{
    uint32_t seed = 0xfa9e;

    start();
    for (uint32_t i = 0; i < HEAP_PAGES; i++)
        owned[i] = false;
    for (uint32_t i = effort_operations(20000); i > 0; i--) {
        uint32_t draw = random32(&seed);
        if (draw % 64 < 40) {
            pfn_t frame = heap_pages_alloc(&pages, &heap, 0);
            if (pfn_is_none(frame))
                continue;
            assert_false(owned[frame.value - FIRST]);
            owned[frame.value - FIRST] = true;
        } else if (owned[(draw >> 8) % HEAP_PAGES]) {
            heap_pages_free(&pages, &heap, pfn(FIRST + (draw >> 8) % HEAP_PAGES), 0);
            owned[(draw >> 8) % HEAP_PAGES] = false;
        }
        if (i % 97 == 0) {
            uint32_t free_pages = 0;
            assert_null(heap_pages_check(&pages, &heap));
            heap_pages_for_each_free(&pages, &heap, count_run, &free_pages);
            assert_int_equal(free_pages, pages.free_pages);
        }
    }
    for (uint32_t i = 0; i < HEAP_PAGES; i++)
        if (owned[i])
            give(FIRST + i, 0);
    assert_heap(&heap, "|409596");
    assert_int_equal(pages.free_pages, 0);
}

MACHINE_TEST(checker_names_each_rule)
{
    start();
    for (uint32_t i = 0; i < 33; i++)
        take(0);
    give(FIRST + 2, 0); /* two chunks are on the list; the one from FIRST + 1 is first */
    uint32_t *used = machine_pointer(pages.used);
    uint32_t *starts = machine_pointer(pages.starts);
    uint32_t *links = machine_pointer(vaddr(MODEL_HEAP_START + 33 * PAGE_SIZE));

    pages.free_pages++;
    assert_string_equal(heap_pages_check(&pages, &heap),
                        "heap_pages: free_pages disagrees with the chunks");
    pages.free_pages--;

    pages.frames++;
    assert_string_equal(heap_pages_check(&pages, &heap),
                        "heap_pages: the frames are not those of the heap");
    pages.frames--;

    uint32_t open = pages.open;
    pages.open = 6;
    assert_string_equal(heap_pages_check(&pages, &heap),
                        "heap_pages: the list leads to a page that is not a chunk");
    pages.open = HEAP_PAGES + 1;
    assert_string_equal(heap_pages_check(&pages, &heap),
                        "heap_pages: the list leads to a page that is not a chunk");
    pages.open = links[0];
    links[1] = 0;
    uint32_t *next_links = machine_pointer(vaddr(MODEL_HEAP_START + 66 * PAGE_SIZE));
    uint32_t previous = next_links[1];
    next_links[1] = 0;
    assert_string_equal(heap_pages_check(&pages, &heap),
                        "heap_pages: a chunk with a free page is not on the list");
    next_links[1] = previous;
    pages.open = open;

    next_links[1] = 77;
    assert_string_equal(heap_pages_check(&pages, &heap), "heap_pages: a link back is wrong");
    next_links[1] = previous;

    used[0] |= 1u << 2;
    assert_string_equal(heap_pages_check(&pages, &heap),
                        "heap_pages: a chunk on the list has no free page, or no used page");
    used[0] &= ~(1u << 2);

    starts[0] |= 1u << 9;
    assert_string_equal(heap_pages_check(&pages, &heap),
                        "heap_pages: a chunk is not a block of the heap");
    starts[0] &= ~(1u << 9);
    assert_null(heap_pages_check(&pages, &heap));
}
