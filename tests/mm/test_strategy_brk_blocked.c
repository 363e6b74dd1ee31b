/* Tests what blocks `brk`: a page, a hole, the end of low memory. The failure names it, and the
 * heap grows on once it is out of the way. */
#include "support/subject.h"
#include "support/test.h"

/* The heap begins at the lowest frame; the metadata is at the other end. */
#define HEAP_FRAME RESERVED_END_PFN

/*
 *     400 | heap -> brk . . . . [page] . .     a page in brk's way
 */
MACHINE_TEST(names_the_frame_that_blocks_it)
{
    subject_start("brk", 32 * MIB);
    take_all(PAGES_LOW);
    uint32_t blocker = HEAP_FRAME + 5;
    give_back(HEAP_FRAME, blocker);
    for (uint32_t frame = blocker + 1; frame < blocker + 500; frame++)
        give_back(frame, frame + 1);
    vaddr_t fits = kmalloc(&subject, 4 * PAGE_SIZE, PAGES_LOW);
    assert_false(vaddr_is_none(fits));
    struct model_state before = model_state(&subject);
    assert_blocked(kmalloc(&subject, 2 * PAGE_SIZE, PAGES_LOW), blocker);
    assert_blocked(krealloc(&subject, fits, 8 * PAGE_SIZE), blocker);
    assert_same_state(&subject, &before);
    give_back(blocker, blocker + 1); /* frees the page */
    vaddr_t block = kmalloc(&subject, 2 * PAGE_SIZE, PAGES_LOW);
    assert_false(vaddr_is_none(block));
    kfree(&subject, block);
    kfree(&subject, fits);
    subject_stop();
}

/*
 *     400 [page] . . . . . . . . . | metadata |     the page that was handed out last is the lowest
 */
MACHINE_TEST(the_page_given_last_is_where_the_heap_begins)
{
    subject_start("brk", 32 * MIB);
    take_all(PAGES_LOW);
    assert_int_equal(taken.frame[taken.count - 1].value, HEAP_FRAME);
    give_back(HEAP_FRAME + 1, 0x2000 - subject.metadata_frames);
    assert_int_equal(taken.count, 1);
    struct model_state before = model_state(&subject);
    assert_blocked(kmalloc(&subject, 1, PAGES_LOW), HEAP_FRAME);
    assert_blocked(krealloc(&subject, VADDR_NONE, 20 * MIB), HEAP_FRAME);
    assert_same_state(&subject, &before);
    give_back(HEAP_FRAME, HEAP_FRAME + 1);
    vaddr_t block = kmalloc(&subject, 20 * MIB, PAGES_LOW);
    assert_int_equal(block.value, direct_map_frame(pfn(HEAP_FRAME)).value + 8);
    kfree(&subject, block);
    subject_stop();
}

/* A hole in RAM blocks the heap. Its first frame is named, and nobody owns it. */
MACHINE_TEST(names_the_hole_that_blocks_it)
{
    const struct memmap map = {
        3, {{pfn(0x1000), pfn(0x1400)}, {pfn(0x1410), pfn(0x1500)}, {pfn(0x1600), pfn(0x1800)}}};

    subject_start_on("brk", &map);
    vaddr_t block = kmalloc(&subject, 3 * MIB, PAGES_LOW);
    assert_false(vaddr_is_none(block));
    assert_blocked(kmalloc(&subject, 2 * MIB, PAGES_LOW), 0x1400);
    kfree(&subject, block);
    subject_stop();
}

/*
 *     400             1000            2000
 *      | heap -> brk . .[page] . . . . |     the first frame of LOW stops what comes from DMA
 */
MACHINE_TEST(is_blocked_at_16_mib)
{
    subject_start("brk", 32 * MIB);
    take_all(PAGES_LOW);
    give_back(HEAP_FRAME, DMA_END_PFN);
    give_back(DMA_END_PFN + 1, 0x2000 - subject.metadata_frames);
    assert_true(
        vaddr_is_none(kmalloc(&subject, 12 * MIB, PAGES_LOW))); /* and a page for the header */
    assert_int_equal(subject.failure.cause, MM_BRK_BLOCKED);
    assert_int_equal(subject.failure.blocker.value, DMA_END_PFN);
    vaddr_t block = kmalloc(&subject, 12 * MIB - PAGE_SIZE, PAGES_LOW);
    assert_int_equal(subject.counters.heap_span_bytes, 12 * MIB);
    assert_blocked(krealloc(&subject, block, 12 * MIB), DMA_END_PFN);
    give_back(DMA_END_PFN, DMA_END_PFN + 1);
    assert_int_equal(krealloc(&subject, block, 12 * MIB).value, block.value);
    kfree(&subject, block);
    subject_stop();
}

/* |400 DMA 800|   hole   |1000 heap -> brk  LOW  | metadata 2000|     DMA is not used */
MACHINE_TEST(has_no_use_for_ram_below_a_hole)
{
    const struct memmap map = {2, {{pfn(0x400), pfn(0x800)}, {pfn(0x1000), pfn(0x2000)}}};

    subject_start_on("brk", &map);
    vaddr_t block = kmalloc(&subject, 8, PAGES_LOW);
    assert_int_equal(block.value, direct_map_frame(pfn(0x1000)).value + 8);
    struct model_state before = model_state(&subject);
    assert_blocked(kmalloc(&subject, 16 * MIB, PAGES_LOW), 0x2000 - subject.metadata_frames);
    assert_same_state(&subject, &before);
    kfree(&subject, block);
    subject_stop();
}

/* There is no LOW; heap and metadata share DMA. */
MACHINE_TEST(works_without_low)
{
    subject_start("brk", 12 * MIB);
    take_all(PAGES_LOW);
    give_back(HEAP_FRAME + 1, HEAP_FRAME + 2);
    assert_blocked(kmalloc(&subject, 1, PAGES_LOW), HEAP_FRAME);
    give_back(HEAP_FRAME, HEAP_FRAME + 1);
    vaddr_t block = kmalloc(&subject, 1, PAGES_LOW);
    assert_false(vaddr_is_none(block));
    kfree(&subject, block);
    subject_stop();
}
