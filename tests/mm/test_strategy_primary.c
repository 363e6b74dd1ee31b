/* What is special about `primary`: the heap owns low memory, and pages are blocks of it. */
#include "support/model_heap.h"
#include "support/model_mm.h"

#include <mm/frames_stack.h>

#include "mm/heap_pages.h"

#include <string.h>

static struct mm mm;
static pfn_t taken[0x8000];
static uint32_t count;

static void start(uint64_t ram_bytes)
{
    count = 0;
    model_start(&mm, mm_strategy_find("primary"), ram_bytes);
}

static void stop(void)
{
    while (count > 0)
        pages_free(&mm, taken[--count], 0);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* As its source file has it: behind the stack and the heaps. */
static struct heap_pages *pages_of(enum zone zone)
{
    return (struct heap_pages *)(void *)(model_heap_of(&mm, 0) + 2) + zone;
}

static void take_all(enum page_class class)
{
    for (;; count++) {
        taken[count] = pages_alloc(&mm, 0, class);
        if (pfn_is_none(taken[count]))
            return;
    }
}

/*
 * 32 pages are one block, with 16 bytes of its own; the next begins at the next page but one:
 *
 *     |401       420|421|422       441|442|
 */
MACHINE_TEST(thirty_two_pages_cost_thirty_three)
{
    start(64 * MIB);
    for (; count < 320; count++)
        taken[count] = pages_alloc(&mm, 0, PAGES_LOW);
    assert_int_equal(mm.counters.heap_span_bytes, (10 * 33 + 1) * PAGE_SIZE);
    assert_int_equal(mm.counters.heap_page_bytes, 320 * PAGE_SIZE);
    for (uint32_t i = 1; i < count; i++)
        assert_int_equal(taken[i].value - taken[i - 1].value, i % 32 == 0 ? 2 : 1);
    stop();
}

/* All but one page in 33 of LOW and DMA are given out; small blocks then still fit between. */
MACHINE_TEST(the_rest_serves_small_blocks_only)
{
    start(64 * MIB);
    take_all(PAGES_LOW);
    assert_true(count > mm.frames_total - mm.metadata_frames - mm.frames_total / 33 - 10);
    assert_int_equal(mm.failure.cause, MM_NO_RUN);
    assert_true(mm_free_bytes(&mm) > 64 * MIB / 40);
    assert_true(vaddr_is_none(kmalloc(&mm, 2 * PAGE_SIZE, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, MM_NO_RUN);
    vaddr_t block = kmalloc(&mm, 4000, PAGES_LOW);
    assert_false(vaddr_is_none(block));
    kfree(&mm, block);
    stop();
}

MACHINE_TEST(large_requests_name_their_cause)
{
    const struct memmap map = {3,
                               {{pfn(0xf00), pfn(0x1000)},
                                {pfn(0x1000), pfn(0x1200)},
                                {pfn(LOW_END_PFN), pfn(LOW_END_PFN + 0x800)}}};

    assert_true(mm_init(&mm, mm_strategy_find("primary"), &map));
    struct model_state before = model_state(&mm);
    assert_true(vaddr_is_none(kmalloc(&mm, 20 * MIB, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, MM_NO_FRAMES);
    assert_true(vaddr_is_none(kmalloc(&mm, 5 * MIB, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, MM_ZONE);
    assert_true(vaddr_is_none(kmalloc(&mm, 2 * MIB, PAGES_DMA)));
    assert_int_equal(mm.failure.cause, MM_ZONE);
    assert_true(vaddr_is_none(kmalloc(&mm, 5 * MIB / 2, PAGES_LOW))); /* in two heaps */
    assert_int_equal(mm.failure.cause, MM_NO_RUN);
    assert_same_state(&mm, &before);
    count = 0;
    stop();
}

/* LOW's heap first, and then DMA's. */
MACHINE_TEST(falls_back_on_dma)
{
    start(20 * MIB);
    vaddr_t low = kmalloc(&mm, 3 * MIB, PAGES_LOW);
    vaddr_t dma = kmalloc(&mm, 3 * MIB, PAGES_LOW);
    assert_true(low.value >= DIRECT_MAP_BASE + 16 * MIB);
    assert_true(dma.value < DIRECT_MAP_BASE + 16 * MIB);
    kfree(&mm, low);
    kfree(&mm, dma);
    stop();
}

/* Runs beside a zone's largest, and HIGH, are the stack's: single pages without waste. */
MACHINE_TEST(the_stack_has_what_the_heap_cannot_own)
{
    const struct memmap map = {4,
                               {{pfn(0x800), pfn(0x810)},
                                {pfn(0x900), pfn(0x1000)},
                                {pfn(0x1000), pfn(0x1004)},
                                {pfn(0x1010), pfn(0x2000)}}};

    assert_true(mm_init(&mm, mm_strategy_find("primary"), &map));
    count = 0;
    for (; count < 4; count++)
        taken[count] = pages_alloc(&mm, 0, PAGES_LOW);
    assert_int_equal(taken[0].value, 0x1000);
    assert_int_equal(taken[3].value, 0x1003);
    for (; count < 20; count++)
        taken[count] = pages_alloc(&mm, 0, PAGES_LOW);
    assert_int_equal(taken[4].value, 0x800);
    assert_int_equal(mm.counters.heap_span_bytes, 0);
    taken[count++] = pages_alloc(&mm, 0, PAGES_LOW);
    assert_int_equal(mm.counters.heap_span_bytes, 34 * PAGE_SIZE);
    assert_sound(&mm);
    stop();
}

/* A machine without LOW, and one without DMA. */
MACHINE_TEST(works_with_one_heap)
{
    const struct memmap only_low = {1, {{pfn(0x1000), pfn(0x1800)}}};

    start(12 * MIB);
    vaddr_t block = kmalloc(&mm, 100, PAGES_LOW);
    assert_true(block.value < DIRECT_MAP_BASE + 16 * MIB);
    kfree(&mm, block);
    stop();
    assert_true(mm_init(&mm, mm_strategy_find("primary"), &only_low));
    assert_true(vaddr_is_none(kmalloc(&mm, 100, PAGES_DMA)));
    assert_int_equal(mm.failure.cause, MM_ZONE);
    assert_true(pfn_is_none(pages_alloc(&mm, 3, PAGES_DMA)));
    assert_int_equal(mm.failure.cause, MM_ZONE);
    stop();
}

/* Counted: free blocks of at least a page inside the heap, and the tail. */
MACHINE_TEST(counts_free_pages_inside_the_heap)
{
    struct free_blocks blocks;

    start(64 * MIB);
    vaddr_t first = kmalloc(&mm, 10 * PAGE_SIZE, PAGES_LOW);
    vaddr_t second = kmalloc(&mm, 100, PAGES_LOW);
    mm_free_blocks(&mm, &blocks);
    uint32_t before = blocks.frames;
    kfree(&mm, first); /* 4 + 40,968 bytes from the heap's start: the pages 1 to 9 are whole */
    mm_free_blocks(&mm, &blocks);
    assert_int_equal(blocks.frames, before + 9);
    kfree(&mm, second);
    stop();
}

static void run_free_order(void *context)
{
    pages_free(&mm, taken[0], *(const uint32_t *)context);
}

MACHINE_TEST(panics_on_the_wrong_order)
{
    static const char *const together = "heap_pages_free: not pages that were given out together";
    static const char *const single = "heap_pages_free: not a page that was given out";

    start(800 * MIB);
    taken[0] = pages_alloc(&mm, 1, PAGES_LOW);
    assert_panics(run_free_order, &(uint32_t){2}, together);
    assert_panics(run_free_order, &(uint32_t){0}, single);
    pages_free(&mm, taken[0], 1);
    assert_panics(run_free_order, &(uint32_t){1}, together);
    assert_panics(run_free_order, &(uint32_t){0}, single);
    taken[0] = pages_alloc(&mm, 0, PAGES_LOW);
    assert_panics(run_free_order, &(uint32_t){1}, together);
    pages_free(&mm, taken[0], 0);
    taken[0] = pages_alloc(&mm, 0, PAGES_USER);
    assert_panics(run_free_order, &(uint32_t){1}, "primary_pages_free: order == 0");
    pages_free(&mm, taken[0], 0);
    assert_panics(run_free_order, &(uint32_t){0}, "frames_stack_free: frame is free already");
    stop();
}

static enum frame_kind kind(uint32_t frame)
{
    return mm.strategy->frame_kind(&mm, pfn(frame));
}

MACHINE_TEST(knows_what_its_frames_are)
{
    start(800 * MIB);
    taken[count++] = pages_alloc(&mm, 0, PAGES_USER);
    assert_int_equal(kind(taken[0].value), FRAME_KERNEL);
    assert_int_equal(kind(taken[0].value + 1), FRAME_FREE);
    taken[count++] = pages_alloc(&mm, 0, PAGES_LOW);
    assert_int_equal(kind(taken[1].value - 1), FRAME_HEAP); /* a header and a free block */
    assert_int_equal(kind(taken[1].value), FRAME_KERNEL);
    assert_int_equal(kind(taken[1].value + 1), FRAME_HEAP); /* of the same block of pages */
    assert_int_equal(kind(taken[1].value + 32), FRAME_HEAP);
    assert_int_equal(kind(taken[1].value + 33), FRAME_FREE); /* the tail */
    stop();
}

MACHINE_TEST(checker_names_each_rule)
{
    start(64 * MIB);
    mm.counters.frames_used++;
    assert_string_equal(mm_check(&mm),
                        "primary: frames_used disagrees with the heaps and the stack");
    mm.counters.frames_used--;
    mm.counters.heap_span_bytes++;
    assert_string_equal(mm_check(&mm), "primary: heap_span_bytes disagrees with the heaps");
    mm.counters.heap_span_bytes--;
    struct frames_stack *stack = mm.state;
    stack->free[ZONE_HIGH]++;
    assert_string_equal(mm_check(&mm), "frames_stack: a list is shorter than its count");
    stack->free[ZONE_HIGH]--;
    struct heap_pages *pages = pages_of(ZONE_LOW);
    pages->free_pages++;
    assert_string_equal(mm_check(&mm), "heap_pages: free_pages disagrees with the chunks");
    pages->free_pages--;
    vaddr_t area = vmalloc(&mm, 1);
    uint32_t *entries = machine_pointer(mm.window_tables);
    uint32_t entry = entries[0];
    entries[0] = 0;
    assert_string_equal(mm_check(&mm), "vmalloc: an area has a hole, or no page");
    entries[0] = entry;
    vfree(&mm, area);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thirty_two_pages_cost_thirty_three),
        cmocka_unit_test(the_rest_serves_small_blocks_only),
        cmocka_unit_test(large_requests_name_their_cause),
        cmocka_unit_test(falls_back_on_dma),
        cmocka_unit_test(the_stack_has_what_the_heap_cannot_own),
        cmocka_unit_test(works_with_one_heap),
        cmocka_unit_test(counts_free_pages_inside_the_heap),
        cmocka_unit_test(panics_on_the_wrong_order),
        cmocka_unit_test(knows_what_its_frames_are),
        cmocka_unit_test(checker_names_each_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
