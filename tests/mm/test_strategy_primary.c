/* Tests what only `primary` does: the heap owns low memory, and pages are blocks of it. */
#include "support/model_heap.h"
#include "support/subject.h"
#include "support/test.h"

#include <mm/frames_stack.h>

#include "mm/heap_pages.h"
#include "mm/owners.h"

#include <string.h>

/* Returns the pages of a zone's heap. The layout is that of the source file: they follow the stack
 * and the heaps. */
static struct heap_pages *pages_of(enum zone zone)
{
    return (struct heap_pages *)(void *)(model_heap_of(&subject, 0) + 2) + zone;
}

/*
 * 32 pages are one block with 16 bytes of its own. The next block begins at the next page but one:
 *
 *     |401       420|421|422       441|442|
 */
MACHINE_TEST(thirty_two_pages_cost_thirty_three)
{
    subject_start("primary", 64 * MIB);
    for (; taken.count < 320; taken.count++)
        taken.frame[taken.count] = pages_alloc(&subject, 0, PAGES_LOW);
    assert_int_equal(subject.counters.heap_span_bytes, (10 * 33 + 1) * PAGE_SIZE);
    assert_int_equal(subject.counters.heap_page_bytes, 320 * PAGE_SIZE);
    for (uint32_t i = 1; i < taken.count; i++)
        assert_int_equal(taken.frame[i].value - taken.frame[i - 1].value, i % 32 == 0 ? 2 : 1);
    subject_stop();
}

/* Pages take 32 of 33 frames of LOW and DMA. Small blocks still fit between them. */
MACHINE_TEST(the_rest_serves_small_blocks_only)
{
    subject_start("primary", 64 * MIB);
    take_all(PAGES_LOW);
    assert_true(taken.count >
                subject.frames_total - subject.metadata_frames - subject.frames_total / 33 - 10);
    assert_int_equal(subject.failure.cause, MM_NO_RUN);
    assert_true(mm_free_bytes(&subject) > 64 * MIB / 40);
    assert_no_block(kmalloc(&subject, 2 * PAGE_SIZE, PAGES_LOW), MM_NO_RUN);
    vaddr_t block = kmalloc(&subject, 4000, PAGES_LOW);
    assert_false(vaddr_is_none(block));
    kfree(&subject, block);
    subject_stop();
}

MACHINE_TEST(large_requests_name_their_cause)
{
    const struct memmap map = {3,
                               {{pfn(0xf00), pfn(0x1000)},
                                {pfn(0x1000), pfn(0x1200)},
                                {pfn(LOW_END_PFN), pfn(LOW_END_PFN + 0x800)}}};

    subject_start_on("primary", &map);
    struct model_state before = model_state(&subject);
    assert_no_block(kmalloc(&subject, 20 * MIB, PAGES_LOW), MM_NO_FRAMES);
    assert_no_block(kmalloc(&subject, 5 * MIB, PAGES_LOW), MM_ZONE);
    assert_no_block(kmalloc(&subject, 2 * MIB, PAGES_DMA), MM_ZONE);
    /* Two heaps have that much together. */
    assert_no_block(kmalloc(&subject, 5 * MIB / 2, PAGES_LOW), MM_NO_RUN);
    assert_same_state(&subject, &before);
    taken.count = 0;
    subject_stop();
}

/* LOW's heap serves first, then DMA's. */
MACHINE_TEST(falls_back_on_dma)
{
    subject_start("primary", 20 * MIB);
    vaddr_t low = kmalloc(&subject, 3 * MIB, PAGES_LOW);
    vaddr_t dma = kmalloc(&subject, 3 * MIB, PAGES_LOW);
    assert_true(low.value >= DIRECT_MAP_BASE + 16 * MIB);
    assert_true(dma.value < DIRECT_MAP_BASE + 16 * MIB);
    kfree(&subject, low);
    kfree(&subject, dma);
    subject_stop();
}

/* HIGH and the shorter ranges of a zone belong to the stack, which gives single pages without
 * waste. */
MACHINE_TEST(the_stack_has_the_frames_that_the_heap_cannot_own)
{
    const struct memmap map = {4,
                               {{pfn(0x800), pfn(0x810)},
                                {pfn(0x900), pfn(0x1000)},
                                {pfn(0x1000), pfn(0x1004)},
                                {pfn(0x1010), pfn(0x2000)}}};

    subject_start_on("primary", &map);
    for (; taken.count < 4; taken.count++)
        taken.frame[taken.count] = pages_alloc(&subject, 0, PAGES_LOW);
    assert_int_equal(taken.frame[0].value, 0x1000);
    assert_int_equal(taken.frame[3].value, 0x1003);
    for (; taken.count < 20; taken.count++)
        taken.frame[taken.count] = pages_alloc(&subject, 0, PAGES_LOW);
    assert_int_equal(taken.frame[4].value, 0x800);
    assert_int_equal(subject.counters.heap_span_bytes, 0);
    taken.frame[taken.count++] = pages_alloc(&subject, 0, PAGES_LOW);
    assert_int_equal(subject.counters.heap_span_bytes, 34 * PAGE_SIZE);
    assert_sound(&subject);
    subject_stop();
}

/* One machine has no LOW, the other has no DMA. */
MACHINE_TEST(works_with_one_heap)
{
    const struct memmap only_low = {1, {{pfn(0x1000), pfn(0x1800)}}};

    subject_start("primary", 12 * MIB);
    vaddr_t block = kmalloc(&subject, 100, PAGES_LOW);
    assert_true(block.value < DIRECT_MAP_BASE + 16 * MIB);
    kfree(&subject, block);
    subject_stop();
    subject_start_on("primary", &only_low);
    assert_no_block(kmalloc(&subject, 100, PAGES_DMA), MM_ZONE);
    assert_true(pfn_is_none(pages_alloc(&subject, 3, PAGES_DMA)));
    assert_int_equal(subject.failure.cause, MM_ZONE);
    subject_stop();
}

/* The free pages are those inside free blocks of the heap, and in its tail. */
MACHINE_TEST(counts_free_pages_inside_the_heap)
{
    struct free_blocks blocks;

    subject_start("primary", 64 * MIB);
    vaddr_t first = kmalloc(&subject, 10 * PAGE_SIZE, PAGES_LOW);
    vaddr_t second = kmalloc(&subject, 100, PAGES_LOW);
    mm_free_blocks(&subject, &blocks);
    uint32_t before = blocks.frames;
    /* 4 + 40,968 bytes from the heap's start on are free: pages 1 to 9 are whole. */
    kfree(&subject, first);
    mm_free_blocks(&subject, &blocks);
    assert_int_equal(blocks.frames, before + 9);
    kfree(&subject, second);
    subject_stop();
}

static void run_free_order(void *context)
{
    pages_free(&subject, taken.frame[0], *(const uint32_t *)context);
}

MACHINE_TEST(panics_on_the_wrong_order)
{
    subject_start("primary", 800 * MIB);
    taken.frame[0] = pages_alloc(&subject, 1, PAGES_LOW);
    assert_panics(run_free_order, &(uint32_t){2}, "starts a block of order 1");
    assert_panics(run_free_order, &(uint32_t){0}, "starts a block of order 1");
    pages_free(&subject, taken.frame[0], 1);
    assert_panics(run_free_order, &(uint32_t){1}, "is the heap's");
    assert_panics(run_free_order, &(uint32_t){0}, "is the heap's");
    taken.frame[0] = pages_alloc(&subject, 0, PAGES_LOW);
    assert_panics(run_free_order, &(uint32_t){1}, "is a single page");
    pages_free(&subject, taken.frame[0], 0);
    taken.frame[0] = pages_alloc(&subject, 0, PAGES_USER);
    assert_panics(run_free_order, &(uint32_t){1}, "is a single page");
    pages_free(&subject, taken.frame[0], 0);
    assert_panics(run_free_order, &(uint32_t){0}, "is free");
    subject_stop();
}

static enum frame_kind kind(uint32_t frame)
{
    return mm_frame_kind(&subject, pfn(frame));
}

MACHINE_TEST(gives_each_frame_its_kind)
{
    subject_start("primary", 800 * MIB);
    taken.frame[taken.count++] = pages_alloc(&subject, 0, PAGES_USER);
    assert_int_equal(kind(taken.frame[0].value), FRAME_USER);
    assert_int_equal(kind(taken.frame[0].value + 1), FRAME_FREE);
    taken.frame[taken.count++] = pages_alloc(&subject, 0, PAGES_LOW);
    assert_int_equal(kind(taken.frame[1].value - 1), FRAME_HEAP); /* a header and a free block */
    assert_int_equal(kind(taken.frame[1].value), FRAME_KERNEL);
    assert_int_equal(kind(taken.frame[1].value + 1), FRAME_HEAP); /* in the same block of pages */
    assert_int_equal(kind(taken.frame[1].value + 32), FRAME_HEAP);
    assert_int_equal(kind(taken.frame[1].value + 33), FRAME_HEAP); /* in its tail, too */
    subject_stop();
}

MACHINE_TEST(checker_names_each_rule)
{
    subject_start("primary", 64 * MIB);
    subject.counters.frames_used++;
    assert_string_equal(mm_check(&subject),
                        "primary: frames_used disagrees with the heaps and the stack");
    subject.counters.frames_used--;
    subject.counters.heap_span_bytes++;
    assert_string_equal(mm_check(&subject), "primary: heap_span_bytes disagrees with the heaps");
    subject.counters.heap_span_bytes--;
    owner_set(&subject, pfn(0x2000), 0, OWNER_FREE);
    assert_string_equal(mm_check(&subject), "primary: a frame of a heap is free");
    owner_set(&subject, pfn(0x2000), 0, OWNER_HEAP);
    struct frames_stack *stack = subject.state;
    stack->free[ZONE_HIGH]++;
    assert_string_equal(mm_check(&subject), "frames_stack: a list is shorter than its count");
    stack->free[ZONE_HIGH]--;
    struct heap_pages *pages = pages_of(ZONE_LOW);
    pages->free_pages++;
    assert_string_equal(mm_check(&subject), "heap_pages: free_pages disagrees with the chunks");
    pages->free_pages--;
    vaddr_t area = vmalloc(&subject, 1);
    uint32_t *entries = machine_pointer(subject.heap_area_tables);
    uint32_t entry = entries[0];
    entries[0] = 0;
    assert_string_equal(mm_check(&subject), "vmalloc: an area has a hole, or no page");
    entries[0] = entry;
    vfree(&subject, area);
    subject_stop();
}
