/* Tests what only `brk` does: its heap takes exactly the frames above brk and gives them back.
 * Blocked requests are tested in test_strategy_brk_blocked.c, blocks below 16 MiB in
 * test_strategy_brk_dma.c. */
#include "support/model_heap.h"
#include "support/subject.h"
#include "support/test.h"

#include <mm/frames_sorted.h>

#include "mm/brk_heap.h"
#include "mm/owners.h"

/* The heap begins at the lowest frame; the metadata is at the other end. */
#define HEAP_FRAME RESERVED_END_PFN

static enum frame_kind brk_kind(vaddr_t block)
{
    return mm_frame_kind(&subject, paddr_to_pfn(direct_map_inverse(block)));
}

static uint32_t free_frames(enum zone zone)
{
    const struct frames_sorted *sorted = subject.state;

    return frames_sorted_free_to(sorted, zone) -
           (zone != ZONE_DMA ? frames_sorted_free_to(sorted, zone - 1) : 0);
}

MACHINE_TEST(brk_moves_up_by_the_frames_needed)
{
    subject_start("brk", 64 * MIB);
    vaddr_t first = kmalloc(&subject, 12, PAGES_LOW);
    assert_int_equal(first.value, direct_map_frame(pfn(HEAP_FRAME)).value + 8);
    assert_int_equal(subject.counters.heap_span_bytes, PAGE_SIZE);
    assert_int_equal(subject.counters.frames_used, subject.metadata_frames + 1);
    vaddr_t second = kmalloc(&subject, 3 * PAGE_SIZE, PAGES_LOW);
    assert_int_equal(second.value, first.value + 16);
    assert_int_equal(subject.counters.heap_span_bytes, 4 * PAGE_SIZE);
    pfn_t page = pages_alloc(&subject, 0, PAGES_LOW);
    assert_int_equal(page.value, 64 * MIB / PAGE_SIZE - subject.metadata_frames - 1);
    pages_free(&subject, page, 0);
    kfree(&subject, first);
    kfree(&subject, second);
    subject_stop();
}

MACHINE_TEST(brk_moves_down_again)
{
    subject_start("brk", 64 * MIB);
    vaddr_t keep = kmalloc(&subject, 12, PAGES_LOW);
    vaddr_t small = kmalloc(&subject, 8 * PAGE_SIZE, PAGES_LOW);
    kfree(&subject, small); /* less than 64 KiB are kept */
    assert_int_equal(subject.counters.heap_span_bytes, 9 * PAGE_SIZE);
    vaddr_t large = kmalloc(&subject, 40 * MIB, PAGES_LOW);
    assert_true(subject.counters.frames_used > 40 * MIB / PAGE_SIZE);
    kfree(&subject, large);
    assert_int_equal(subject.counters.heap_span_bytes, PAGE_SIZE);
    assert_int_equal(subject.counters.frames_used, subject.metadata_frames + 1);
    assert_true(subject.counters.heap_span_peak_bytes > 40 * MIB);
    kfree(&subject, keep);
    subject_stop();
}

/* Blocks of a size that is in use often. */
static vaddr_t alloc_small(void)
{
    vaddr_t block = kmalloc(&subject, 20, PAGES_LOW);

    assert_false(vaddr_is_none(block));
    return block;
}

/* The slab begins at the second page, although the first one has room for the request. */
MACHINE_TEST(brk_moves_up_for_a_slab)
{
    vaddr_t block[HEAP_SLAB_DEMAND];

    subject_start("brk", 64 * MIB);
    for (uint32_t i = 0; i < HEAP_SLAB_DEMAND; i++)
        block[i] = alloc_small();
    assert_int_equal(subject.counters.heap_span_bytes, PAGE_SIZE);
    vaddr_t object = alloc_small();
    assert_int_equal(object.value & ~PAGE_OFFSET_MASK, block[0].value + PAGE_SIZE - 8);
    assert_int_equal(subject.counters.heap_span_bytes, 2 * PAGE_SIZE);
    assert_sound(&subject);
    kfree(&subject, object);
    for (uint32_t i = 0; i < HEAP_SLAB_DEMAND; i++)
        kfree(&subject, block[i]);
    subject_stop();
}

/* Without a free frame for a slab, blocks with headers serve the requests, and nothing fails. */
MACHINE_TEST(a_blocked_brk_does_without_a_slab)
{
    vaddr_t block[2 * HEAP_SLAB_DEMAND];

    subject_start("brk", 64 * MIB);
    block[0] = alloc_small();
    take_all(PAGES_LOW);
    subject.failure.cause = MM_OK;
    for (uint32_t i = 1; i < 2 * HEAP_SLAB_DEMAND; i++) {
        block[i] = alloc_small();
        assert_int_equal(block[i].value, block[i - 1].value + 24);
    }
    assert_int_equal(subject.failure.cause, MM_OK);
    assert_int_equal(subject.counters.heap_span_bytes, PAGE_SIZE);
    assert_sound(&subject);
    for (uint32_t i = 0; i < 2 * HEAP_SLAB_DEMAND; i++)
        kfree(&subject, block[i]);
    subject_stop();
}

/*
 *     400             1000            2000
 *      |      DMA       |     LOW      |
 *      | heap: 20 MiB ------> brk      |     one block in both zones, and back
 */
MACHINE_TEST(crosses_16_mib)
{
    subject_start("brk", 32 * MIB);
    uint32_t dma_frames = free_frames(ZONE_DMA);
    uint32_t low_frames = free_frames(ZONE_LOW);
    vaddr_t keep = kmalloc(&subject, 12, PAGES_LOW);
    vaddr_t block = kmalloc(&subject, 20 * MIB, PAGES_LOW);
    assert_int_equal(block.value, keep.value + 16);
    model_fill(block, 20 * MIB, 3);
    assert_true(model_holds(block, 20 * MIB, 3));
    assert_int_equal(free_frames(ZONE_DMA), 0);
    assert_int_equal(free_frames(ZONE_LOW), low_frames - 8 * MIB / PAGE_SIZE - 1);
    assert_true(pfn_is_none(pages_alloc(&subject, 0, PAGES_DMA)));
    assert_int_equal(subject.failure.cause, MM_ZONE);
    assert_sound(&subject);
    kfree(&subject, block);
    assert_int_equal(free_frames(ZONE_DMA), dma_frames - 1);
    assert_int_equal(free_frames(ZONE_LOW), low_frames);
    kfree(&subject, keep);
    subject_stop();
}

MACHINE_TEST(the_direct_map_ends)
{
    subject_start("brk", 1024ull * MIB);
    vaddr_t most = kmalloc(&subject, 700 * MIB, PAGES_LOW);
    assert_false(vaddr_is_none(most));
    struct model_state before = model_state(&subject);
    assert_no_block(kmalloc(&subject, 64 * MIB, PAGES_LOW), MM_NO_ADDRESS_SPACE);
    assert_same_state(&subject, &before);
    kfree(&subject, most);
    subject_stop();
}

/* LOW and DMA are in use. The heap cannot use the free frames of HIGH. */
MACHINE_TEST(high_frames_are_in_the_wrong_zone)
{
    subject_start("brk", 800 * MIB);
    take_all(PAGES_LOW);
    assert_int_equal(subject.failure.cause, MM_ZONE);
    struct model_state before = model_state(&subject);
    assert_no_block(kmalloc(&subject, 100, PAGES_LOW), MM_ZONE);
    assert_true(pfn_is_none(pages_alloc(&subject, 3, PAGES_DMA)));
    assert_int_equal(subject.failure.cause, MM_ZONE);
    assert_same_state(&subject, &before);
    take_all(PAGES_USER);
    assert_int_equal(subject.failure.cause, MM_NO_FRAMES);
    assert_no_block(kmalloc(&subject, 100, PAGES_LOW), MM_NO_FRAMES);
    subject_stop();
}

MACHINE_TEST(blocks_of_pages_need_a_run)
{
    subject_start("brk", 32 * MIB);
    take_all(PAGES_LOW);
    for (uint32_t frame = 0x1801; frame < 0x1900; frame += 2)
        give_back(frame, frame + 1);
    struct model_state before = model_state(&subject);
    assert_true(pfn_is_none(pages_alloc(&subject, 1, PAGES_LOW)));
    assert_int_equal(subject.failure.cause, MM_NO_RUN);
    assert_true(pfn_is_none(pages_alloc(&subject, 8, PAGES_LOW)));
    assert_int_equal(subject.failure.cause, MM_NO_FRAMES);
    assert_same_state(&subject, &before);
    subject_stop();
}

/*
 * The pages that the heap keeps at its end serve page requests when nothing else is left. If they
 * would not help, the heap keeps them.
 *
 *     400  401             40f
 *      |keep| 14 frames free | pages, all in use
 */
MACHINE_TEST(pages_get_the_frames_at_the_heaps_end)
{
    subject_start("brk", 32 * MIB);
    vaddr_t keep = kmalloc(&subject, 12, PAGES_LOW);
    kfree(&subject, kmalloc(&subject, 14 * PAGE_SIZE, PAGES_LOW));
    assert_int_equal(subject.counters.heap_span_bytes, 15 * PAGE_SIZE);
    while (mm_free_bytes(&subject) != 0)
        taken.frame[taken.count++] = pages_alloc(&subject, 0, PAGES_LOW);
    struct model_state before = model_state(&subject);
    assert_true(pfn_is_none(pages_alloc(&subject, 4, PAGES_LOW)));
    assert_int_equal(subject.failure.cause, MM_NO_FRAMES);
    assert_same_state(&subject, &before);
    assert_true(pfn_is_none(pages_alloc(&subject, 3, PAGES_LOW))); /* 408 to 40f are not all free */
    assert_int_equal(subject.failure.cause, MM_NO_RUN);
    assert_same_state(&subject, &before);
    assert_true(vaddr_is_none(vmalloc(&subject, 16 * PAGE_SIZE)));
    assert_int_equal(subject.failure.cause, MM_NO_FRAMES);
    assert_same_state(&subject, &before);
    vaddr_t area = vmalloc(&subject, 14 * PAGE_SIZE);
    assert_false(vaddr_is_none(area));
    assert_int_equal(subject.counters.heap_span_bytes, PAGE_SIZE);
    vfree(&subject, area);
    kfree(&subject, keep);
    subject_stop();
}

MACHINE_TEST(grows_the_last_block_in_place)
{
    subject_start("brk", 64 * MIB);
    vaddr_t block = kmalloc(&subject, 1000, PAGES_LOW);
    model_fill(block, 1000, 5);
    assert_int_equal(krealloc(&subject, block, 10 * MIB).value, block.value);
    assert_true(model_holds(block, 1000, 5));
    assert_true(ksize(&subject, block) >= 10 * MIB);
    kfree(&subject, block);
    subject_stop();
}

MACHINE_TEST(works_without_dma)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1800)}}};

    subject_start_on("brk", &map);
    assert_true(pfn_is_none(pages_alloc(&subject, 0, PAGES_DMA)));
    assert_int_equal(subject.failure.cause, MM_ZONE);
    vaddr_t block = kmalloc(&subject, 1, PAGES_LOW);
    assert_int_equal(block.value, direct_map_frame(pfn(0x1000)).value + 8);
    kfree(&subject, block);
    subject_stop();
}

MACHINE_TEST(gives_each_frame_its_kind)
{
    subject_start("brk", 1024ull * MIB);
    vaddr_t block = kmalloc(&subject, 10, PAGES_LOW);
    pfn_t low = pages_alloc(&subject, 0, PAGES_LOW);
    pfn_t high = pages_alloc(&subject, 0, PAGES_USER);
    assert_int_equal(brk_kind(block), FRAME_HEAP);
    assert_int_equal(brk_kind(vaddr_add(block, PAGE_SIZE)), FRAME_FREE);
    assert_int_equal(mm_frame_kind(&subject, low), FRAME_KERNEL);
    assert_int_equal(mm_frame_kind(&subject, high), FRAME_USER);
    pages_free(&subject, high, 0);
    pages_free(&subject, low, 0);
    assert_int_equal(mm_frame_kind(&subject, high), FRAME_FREE);
    kfree(&subject, block);
    subject_stop();
}

MACHINE_TEST(checker_names_each_rule)
{
    subject_start("brk", 64 * MIB);
    struct frames_sorted *sorted = subject.state;
    vaddr_t block = kmalloc(&subject, 1, PAGES_LOW);
    subject.counters.frames_used++;
    assert_string_equal(mm_check(&subject), "brk: frames_used disagrees with the free frames");
    subject.counters.frames_used--;
    subject.counters.heap_span_bytes++;
    assert_string_equal(mm_check(&subject), "brk: heap_span_bytes disagrees with the heap");
    subject.counters.heap_span_bytes--;
    subject.counters.heap_left_bytes++;
    assert_string_equal(mm_check(&subject), "brk: heap_left_bytes disagrees with the heap's holes");
    subject.counters.heap_left_bytes--;
    owner_set(&subject, pfn(HEAP_FRAME), 0, OWNER_KERNEL);
    assert_string_equal(mm_check(&subject),
                        "brk: the frames of the heap are not those of its spans");
    owner_set(&subject, pfn(HEAP_FRAME), 0, OWNER_HEAP);
    brk_state_of(&subject)->dma_frames++;
    subject.counters.heap_span_bytes += PAGE_SIZE;
    assert_string_equal(mm_check(&subject),
                        "brk: dma_frames disagrees with the frames of blocks below 16 MiB");
    brk_state_of(&subject)->dma_frames--;
    subject.counters.heap_span_bytes -= PAGE_SIZE;
    struct heap *heap = model_heap_of(&subject, 0);
    heap_extend(heap, 60 * MIB);
    assert_string_equal(mm_check(&subject), "brk: brk has passed its limit");
    heap_shrink(heap, 60 * MIB);
    sorted->free_to[ZONE_LOW]++;
    assert_string_equal(mm_check(&subject), "frames_sorted: free_to disagrees with the free bits");
    sorted->free_to[ZONE_LOW]--;
    vaddr_t area = vmalloc(&subject, 1);
    uint32_t *entries = machine_pointer(subject.heap_area_tables);
    uint32_t entry = entries[0];
    entries[0] = 0;
    assert_string_equal(mm_check(&subject), "vmalloc: an area has a hole, or no page");
    entries[0] = entry;
    vfree(&subject, area);
    kfree(&subject, block);
    subject_stop();
}
