/* Tests blocks of `brk` that must lie below 16 MiB: they are pages from DMA's high end, because the
 * heap does not know zones. */
#include "support/model_heap.h"
#include "support/subject.h"
#include "support/test.h"

/* The heap begins at the lowest frame; the metadata is at the other end. */
#define HEAP_FRAME RESERVED_END_PFN

static enum frame_kind brk_kind(vaddr_t block)
{
    return mm_frame_kind(&subject, paddr_to_pfn(direct_map_inverse(block)));
}

/*
 * The frames of a block lie at the high end of DMA, with 8 bytes before the block:
 *
 *     400 heap -> brk           |first|page 1000
 */
MACHINE_TEST(gives_blocks_below_16_mib_in_pages)
{
    subject_start("brk", 64 * MIB);
    vaddr_t block = kmalloc(&subject, PAGE_SIZE, PAGES_DMA);
    assert_int_equal(block.value, direct_map_frame(pfn(DMA_END_PFN - 2)).value + 8);
    assert_int_equal(ksize(&subject, block), 2 * PAGE_SIZE - 8);
    assert_int_equal(subject.counters.frames_used, subject.metadata_frames + 2);
    assert_int_equal(subject.counters.heap_span_bytes, 2 * PAGE_SIZE);
    assert_int_equal(brk_kind(block), FRAME_HEAP);
    pfn_t page = pages_alloc(&subject, 0, PAGES_DMA);
    assert_int_equal(page.value, DMA_END_PFN - 3);
    model_fill(block, PAGE_SIZE, 7);
    assert_int_equal(krealloc(&subject, block, 2 * PAGE_SIZE - 8).value, block.value);
    vaddr_t moved = krealloc(&subject, block, 3 * PAGE_SIZE);
    assert_int_equal(moved.value, direct_map_frame(pfn(DMA_END_PFN - 8)).value + 8);
    assert_true(model_holds(moved, PAGE_SIZE, 7));
    kfree(&subject, moved);
    pages_free(&subject, page, 0);
    subject_stop();
}

/* Blocks longer than any block of pages take the end of DMA, or the lowest range that is free. */
MACHINE_TEST(gives_long_blocks_below_16_mib)
{
    subject_start("brk", 64 * MIB);
    vaddr_t last = kmalloc(&subject, 5 * MIB, PAGES_DMA);
    assert_int_equal(last.value, DIRECT_MAP_BASE + 11 * MIB - PAGE_SIZE + 8);
    vaddr_t next = kmalloc(&subject, 5 * MIB, PAGES_DMA);
    assert_int_equal(next.value, DIRECT_MAP_BASE + 4 * MIB + 8);
    struct model_state before = model_state(&subject);
    assert_no_block(kmalloc(&subject, 5 * MIB, PAGES_DMA), MM_ZONE);
    assert_no_block(kmalloc(&subject, 40 * MIB, PAGES_DMA), MM_ZONE);
    assert_no_block(kmalloc(&subject, 80 * MIB, PAGES_DMA), MM_NO_FRAMES);
    assert_no_block(kmalloc(&subject, UINT32_MAX, PAGES_DMA), MM_NO_ADDRESS_SPACE);
    assert_same_state(&subject, &before);
    kfree(&subject, next);
    pfn_t middle = pages_alloc(&subject, 0, PAGES_DMA);
    pages_free(&subject, middle, 0);
    kfree(&subject, last);
    subject_stop();
}

/* Enough frames of DMA are free, but no two in a row. */
MACHINE_TEST(a_block_below_16_mib_needs_a_run)
{
    subject_start("brk", 16 * MIB);
    take_all(PAGES_DMA);
    for (uint32_t frame = HEAP_FRAME; frame < HEAP_FRAME + 100; frame += 2)
        give_back(frame, frame + 1);
    assert_no_block(kmalloc(&subject, PAGE_SIZE, PAGES_DMA), MM_NO_RUN);
    vaddr_t block = kmalloc(&subject, PAGE_SIZE - 8, PAGES_DMA);
    assert_int_equal(block.value, direct_map_frame(pfn(HEAP_FRAME + 98)).value + 8);
    kfree(&subject, block);
    subject_stop();
}

static void run_kfree(void *context)
{
    kfree(&subject, *(const vaddr_t *)context);
}

MACHINE_TEST(panics_on_a_page_that_is_no_block)
{
    subject_start("brk", 64 * MIB);
    vaddr_t block = kmalloc(&subject, 100, PAGES_DMA);
    kfree(&subject, block);
    assert_panics(run_kfree, &block, "kfree: frame 0x00fff is free");
    subject_stop();
}
