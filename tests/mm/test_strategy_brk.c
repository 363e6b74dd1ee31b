/* What is special about `brk`: it takes exactly the frames above it, and says what blocks it. */
#include "support/model_heap.h"
#include "support/model_mm.h"

#include <mm/frames_sorted.h>

static struct mm mm;
static pfn_t taken[0x40000];
static uint32_t count;

static void start_on(const struct memmap *map)
{
    count = 0;
    assert_true(mm_init(&mm, mm_strategy_find("brk"), map));
    assert_sound(&mm);
}

static void start(uint64_t ram_bytes)
{
    const struct memmap map = model_map(ram_bytes);

    start_on(&map);
}

static void stop(void)
{
    while (count > 0)
        pages_free(&mm, taken[--count], 0);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

/* Where the heap begins: at the lowest frame, and the metadata is at the other end. */
#define HEAP_FRAME RESERVED_END_PFN

/* All pages of a class, from the top down; the last are those just above brk. */
static void take_all(enum page_class class)
{
    for (;; count++) {
        taken[count] = pages_alloc(&mm, 0, class);
        if (pfn_is_none(taken[count]))
            return;
    }
}

static void give_back_frame(uint32_t frame)
{
    for (uint32_t i = 0; i < count; i++)
        if (taken[i].value == frame) {
            pages_free(&mm, taken[i], 0);
            taken[i] = taken[--count];
            return;
        }
    fail_msg("frame 0x%x was not taken", frame);
}

static enum frame_kind brk_kind(vaddr_t block)
{
    return mm.strategy->frame_kind(&mm, paddr_to_pfn(direct_map_inverse(block)));
}

static uint32_t free_frames(enum zone zone)
{
    const struct frames_sorted *sorted = mm.state;

    return sorted->free_frames[zone];
}

MACHINE_TEST(moves_up_by_what_it_needs)
{
    start(64 * MIB);
    vaddr_t first = kmalloc(&mm, 12, PAGES_LOW);
    assert_int_equal(first.value, direct_map_frame(pfn(HEAP_FRAME)).value + 8);
    assert_int_equal(mm.counters.heap_span_bytes, PAGE_SIZE);
    assert_int_equal(mm.counters.frames_used, mm.metadata_frames + 1);
    vaddr_t second = kmalloc(&mm, 3 * PAGE_SIZE, PAGES_LOW);
    assert_int_equal(second.value, first.value + 16);
    assert_int_equal(mm.counters.heap_span_bytes, 4 * PAGE_SIZE);
    pfn_t page = pages_alloc(&mm, 0, PAGES_LOW);
    assert_int_equal(page.value, 64 * MIB / PAGE_SIZE - mm.metadata_frames - 1);
    pages_free(&mm, page, 0);
    kfree(&mm, first);
    kfree(&mm, second);
    stop();
}

MACHINE_TEST(moves_down_again)
{
    start(64 * MIB);
    vaddr_t keep = kmalloc(&mm, 12, PAGES_LOW);
    vaddr_t small = kmalloc(&mm, 8 * PAGE_SIZE, PAGES_LOW);
    kfree(&mm, small); /* less than 64 KiB stay */
    assert_int_equal(mm.counters.heap_span_bytes, 9 * PAGE_SIZE);
    vaddr_t large = kmalloc(&mm, 40 * MIB, PAGES_LOW);
    assert_true(mm.counters.frames_used > 40 * MIB / PAGE_SIZE);
    kfree(&mm, large);
    assert_int_equal(mm.counters.heap_span_bytes, PAGE_SIZE);
    assert_int_equal(mm.counters.frames_used, mm.metadata_frames + 1);
    assert_true(mm.counters.heap_span_peak_bytes > 40 * MIB);
    kfree(&mm, keep);
    stop();
}

/*
 *     400 | heap -> brk . . . . [page] . .     a page in brk's way
 */
MACHINE_TEST(names_the_frame_that_blocks_it)
{
    start(32 * MIB);
    take_all(PAGES_LOW);
    uint32_t blocker = HEAP_FRAME + 5;
    for (uint32_t frame = HEAP_FRAME; frame < blocker; frame++)
        give_back_frame(frame);
    for (uint32_t frame = blocker + 1; frame < blocker + 500; frame++)
        give_back_frame(frame);
    vaddr_t fits = kmalloc(&mm, 4 * PAGE_SIZE, PAGES_LOW);
    assert_false(vaddr_is_none(fits));
    struct model_state before = model_state(&mm);
    assert_true(vaddr_is_none(kmalloc(&mm, 2 * PAGE_SIZE, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, MM_BRK_BLOCKED);
    assert_int_equal(mm.failure.blocker.value, blocker);
    assert_true(vaddr_is_none(krealloc(&mm, fits, 8 * PAGE_SIZE)));
    assert_int_equal(mm.failure.cause, MM_BRK_BLOCKED);
    assert_int_equal(mm.failure.blocker.value, blocker);
    assert_same_state(&mm, &before);
    give_back_frame(blocker); /* out of the way */
    vaddr_t block = kmalloc(&mm, 2 * PAGE_SIZE, PAGES_LOW);
    assert_false(vaddr_is_none(block));
    kfree(&mm, block);
    kfree(&mm, fits);
    stop();
}

/*
 *     400 [page] . . . . . . . . . | metadata |     the page that was handed out last is the lowest
 */
MACHINE_TEST(the_last_page_is_where_the_heap_begins)
{
    start(32 * MIB);
    take_all(PAGES_LOW);
    assert_int_equal(taken[count - 1].value, HEAP_FRAME);
    for (uint32_t i = 0; i + 1 < count; i++)
        pages_free(&mm, taken[i], 0);
    taken[0] = taken[count - 1];
    count = 1;
    struct model_state before = model_state(&mm);
    assert_true(vaddr_is_none(kmalloc(&mm, 1, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, MM_BRK_BLOCKED);
    assert_int_equal(mm.failure.blocker.value, HEAP_FRAME);
    assert_true(vaddr_is_none(krealloc(&mm, VADDR_NONE, 20 * MIB)));
    assert_int_equal(mm.failure.cause, MM_BRK_BLOCKED);
    assert_int_equal(mm.failure.blocker.value, HEAP_FRAME);
    assert_same_state(&mm, &before);
    give_back_frame(HEAP_FRAME);
    vaddr_t block = kmalloc(&mm, 20 * MIB, PAGES_LOW);
    assert_int_equal(block.value, direct_map_frame(pfn(HEAP_FRAME)).value + 8);
    kfree(&mm, block);
    stop();
}

/* A hole in RAM blocks as well: its first frame, which nobody owns. */
MACHINE_TEST(names_the_hole_that_blocks_it)
{
    const struct memmap map = {
        3, {{pfn(0x1000), pfn(0x1400)}, {pfn(0x1410), pfn(0x1500)}, {pfn(0x1600), pfn(0x1800)}}};

    start_on(&map);
    vaddr_t block = kmalloc(&mm, 3 * MIB, PAGES_LOW);
    assert_false(vaddr_is_none(block));
    assert_true(vaddr_is_none(kmalloc(&mm, 2 * MIB, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, MM_BRK_BLOCKED);
    assert_int_equal(mm.failure.blocker.value, 0x1400);
    kfree(&mm, block);
    stop();
}

/*
 *     400             1000            2000
 *      |      DMA       |     LOW      |
 *      | heap: 20 MiB ------> brk      |     one block in both zones, and back
 */
MACHINE_TEST(crosses_16_mib)
{
    start(32 * MIB);
    uint32_t dma_frames = free_frames(ZONE_DMA);
    uint32_t low_frames = free_frames(ZONE_LOW);
    vaddr_t keep = kmalloc(&mm, 12, PAGES_LOW);
    vaddr_t block = kmalloc(&mm, 20 * MIB, PAGES_LOW);
    assert_int_equal(block.value, keep.value + 16);
    model_fill(block, 20 * MIB, 3);
    assert_true(model_holds(block, 20 * MIB, 3));
    assert_int_equal(free_frames(ZONE_DMA), 0);
    assert_int_equal(free_frames(ZONE_LOW), low_frames - 8 * MIB / PAGE_SIZE - 1);
    assert_true(pfn_is_none(pages_alloc(&mm, 0, PAGES_DMA)));
    assert_int_equal(mm.failure.cause, MM_ZONE);
    assert_sound(&mm);
    kfree(&mm, block);
    assert_int_equal(free_frames(ZONE_DMA), dma_frames - 1);
    assert_int_equal(free_frames(ZONE_LOW), low_frames);
    kfree(&mm, keep);
    stop();
}

/*
 *     400             1000            2000
 *      | heap -> brk . .[page] . . . . |     the first frame of LOW stops what comes from DMA
 */
MACHINE_TEST(is_blocked_at_16_mib)
{
    start(32 * MIB);
    take_all(PAGES_LOW);
    for (uint32_t frame = HEAP_FRAME; frame < 0x2000 - mm.metadata_frames; frame++)
        if (frame != DMA_END_PFN)
            give_back_frame(frame);
    assert_true(vaddr_is_none(kmalloc(&mm, 12 * MIB, PAGES_LOW))); /* and a page for its header */
    assert_int_equal(mm.failure.cause, MM_BRK_BLOCKED);
    assert_int_equal(mm.failure.blocker.value, DMA_END_PFN);
    vaddr_t block = kmalloc(&mm, 12 * MIB - PAGE_SIZE, PAGES_LOW);
    assert_int_equal(mm.counters.heap_span_bytes, 12 * MIB);
    assert_true(vaddr_is_none(krealloc(&mm, block, 12 * MIB)));
    assert_int_equal(mm.failure.cause, MM_BRK_BLOCKED);
    assert_int_equal(mm.failure.blocker.value, DMA_END_PFN);
    give_back_frame(DMA_END_PFN);
    assert_int_equal(krealloc(&mm, block, 12 * MIB).value, block.value);
    kfree(&mm, block);
    stop();
}

/*
 *     |400 DMA 800|   hole   |1000 heap -> brk  LOW  | metadata 2000|     what lies below is no use
 */
MACHINE_TEST(has_no_use_for_ram_below_a_hole)
{
    const struct memmap map = {2, {{pfn(0x400), pfn(0x800)}, {pfn(0x1000), pfn(0x2000)}}};

    start_on(&map);
    vaddr_t block = kmalloc(&mm, 8, PAGES_LOW);
    assert_int_equal(block.value, direct_map_frame(pfn(0x1000)).value + 8);
    struct model_state before = model_state(&mm);
    assert_true(vaddr_is_none(kmalloc(&mm, 16 * MIB, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, MM_BRK_BLOCKED);
    assert_int_equal(mm.failure.blocker.value, 0x2000 - mm.metadata_frames);
    assert_same_state(&mm, &before);
    kfree(&mm, block);
    stop();
}

/*
 * The heap knows no zones; what must lie below 16 MiB are pages of DMA, from the high end.
 *
 *     400 heap -> brk           |first|page 1000     the frames of a block, and 8 bytes before it
 */
MACHINE_TEST(gives_blocks_below_16_mib_in_pages)
{
    start(64 * MIB);
    vaddr_t block = kmalloc(&mm, PAGE_SIZE, PAGES_DMA);
    assert_int_equal(block.value, direct_map_frame(pfn(DMA_END_PFN - 2)).value + 8);
    assert_int_equal(ksize(&mm, block), 2 * PAGE_SIZE - 8);
    assert_int_equal(mm.counters.frames_used, mm.metadata_frames + 2);
    assert_int_equal(mm.counters.heap_span_bytes, 2 * PAGE_SIZE);
    assert_int_equal(brk_kind(block), FRAME_KERNEL);
    pfn_t page = pages_alloc(&mm, 0, PAGES_DMA);
    assert_int_equal(page.value, DMA_END_PFN - 3);
    model_fill(block, PAGE_SIZE, 7);
    assert_int_equal(krealloc(&mm, block, 2 * PAGE_SIZE - 8).value, block.value);
    vaddr_t moved = krealloc(&mm, block, 3 * PAGE_SIZE);
    assert_int_equal(moved.value, direct_map_frame(pfn(DMA_END_PFN - 8)).value + 8);
    assert_true(model_holds(moved, PAGE_SIZE, 7));
    kfree(&mm, moved);
    pages_free(&mm, page, 0);
    stop();
}

/* Longer than any block of pages: the very end of DMA, or the lowest run. */
MACHINE_TEST(gives_long_blocks_below_16_mib)
{
    start(64 * MIB);
    vaddr_t last = kmalloc(&mm, 5 * MIB, PAGES_DMA);
    assert_int_equal(last.value, DIRECT_MAP_BASE + 11 * MIB - PAGE_SIZE + 8);
    vaddr_t next = kmalloc(&mm, 5 * MIB, PAGES_DMA);
    assert_int_equal(next.value, DIRECT_MAP_BASE + 4 * MIB + 8);
    struct model_state before = model_state(&mm);
    assert_true(vaddr_is_none(kmalloc(&mm, 5 * MIB, PAGES_DMA)));
    assert_int_equal(mm.failure.cause, MM_ZONE);
    assert_true(vaddr_is_none(kmalloc(&mm, 40 * MIB, PAGES_DMA)));
    assert_int_equal(mm.failure.cause, MM_ZONE);
    assert_true(vaddr_is_none(kmalloc(&mm, 80 * MIB, PAGES_DMA)));
    assert_int_equal(mm.failure.cause, MM_NO_FRAMES);
    assert_true(vaddr_is_none(kmalloc(&mm, UINT32_MAX, PAGES_DMA)));
    assert_int_equal(mm.failure.cause, MM_NO_ADDRESS_SPACE);
    assert_same_state(&mm, &before);
    kfree(&mm, next);
    pfn_t middle = pages_alloc(&mm, 0, PAGES_DMA);
    pages_free(&mm, middle, 0);
    kfree(&mm, last);
    stop();
}

/* Enough frames of DMA, and no two in a row. */
MACHINE_TEST(a_block_below_16_mib_needs_a_run)
{
    start(16 * MIB);
    take_all(PAGES_DMA);
    for (uint32_t frame = HEAP_FRAME; frame < HEAP_FRAME + 100; frame += 2)
        give_back_frame(frame);
    assert_true(vaddr_is_none(kmalloc(&mm, PAGE_SIZE, PAGES_DMA)));
    assert_int_equal(mm.failure.cause, MM_NO_RUN);
    vaddr_t block = kmalloc(&mm, PAGE_SIZE - 8, PAGES_DMA);
    assert_int_equal(block.value, direct_map_frame(pfn(HEAP_FRAME + 98)).value + 8);
    kfree(&mm, block);
    stop();
}

static void run_kfree(void *context)
{
    kfree(&mm, *(const vaddr_t *)context);
}

MACHINE_TEST(panics_on_a_page_that_is_no_block)
{
    start(64 * MIB);
    vaddr_t block = kmalloc(&mm, 100, PAGES_DMA);
    kfree(&mm, block);
    assert_panics(run_kfree, &block, "heap_free: pointer is not into");
    stop();
}

MACHINE_TEST(the_direct_map_ends)
{
    start(1024ull * MIB);
    vaddr_t most = kmalloc(&mm, 700 * MIB, PAGES_LOW);
    assert_false(vaddr_is_none(most));
    struct model_state before = model_state(&mm);
    assert_true(vaddr_is_none(kmalloc(&mm, 64 * MIB, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, MM_NO_ADDRESS_SPACE);
    assert_same_state(&mm, &before);
    kfree(&mm, most);
    stop();
}

/* LOW and DMA are in use, HIGH is free: no use for the heap. */
MACHINE_TEST(high_frames_are_in_the_wrong_zone)
{
    start(800 * MIB);
    take_all(PAGES_LOW);
    assert_int_equal(mm.failure.cause, MM_ZONE);
    struct model_state before = model_state(&mm);
    assert_true(vaddr_is_none(kmalloc(&mm, 100, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, MM_ZONE);
    assert_true(pfn_is_none(pages_alloc(&mm, 3, PAGES_DMA)));
    assert_int_equal(mm.failure.cause, MM_ZONE);
    assert_same_state(&mm, &before);
    take_all(PAGES_USER);
    assert_int_equal(mm.failure.cause, MM_NO_FRAMES);
    assert_true(vaddr_is_none(kmalloc(&mm, 100, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, MM_NO_FRAMES);
    stop();
}

MACHINE_TEST(blocks_of_pages_need_a_run)
{
    start(32 * MIB);
    take_all(PAGES_LOW);
    for (uint32_t frame = 0x1801; frame < 0x1900; frame += 2)
        give_back_frame(frame);
    struct model_state before = model_state(&mm);
    assert_true(pfn_is_none(pages_alloc(&mm, 1, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, MM_NO_RUN);
    assert_true(pfn_is_none(pages_alloc(&mm, 8, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, MM_NO_FRAMES);
    assert_same_state(&mm, &before);
    stop();
}

/*
 * What the heap keeps at its end serves pages when nothing else is left; when that does not help,
 * the heap gets it back.
 *
 *     400  401             40f
 *      |keep| 14 frames free | pages, all in use
 */
MACHINE_TEST(pages_get_what_the_heaps_end_keeps)
{
    start(32 * MIB);
    vaddr_t keep = kmalloc(&mm, 12, PAGES_LOW);
    kfree(&mm, kmalloc(&mm, 14 * PAGE_SIZE, PAGES_LOW));
    assert_int_equal(mm.counters.heap_span_bytes, 15 * PAGE_SIZE);
    while (mm_free_bytes(&mm) != 0)
        taken[count++] = pages_alloc(&mm, 0, PAGES_LOW);
    struct model_state before = model_state(&mm);
    assert_true(pfn_is_none(pages_alloc(&mm, 4, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, MM_NO_FRAMES);
    assert_same_state(&mm, &before);
    assert_true(pfn_is_none(pages_alloc(&mm, 3, PAGES_LOW))); /* 408 to 40f are not free */
    assert_int_equal(mm.failure.cause, MM_NO_RUN);
    assert_same_state(&mm, &before);
    assert_true(vaddr_is_none(vmalloc(&mm, 16 * PAGE_SIZE)));
    assert_int_equal(mm.failure.cause, MM_NO_FRAMES);
    assert_same_state(&mm, &before);
    vaddr_t area = vmalloc(&mm, 14 * PAGE_SIZE);
    assert_false(vaddr_is_none(area));
    assert_int_equal(mm.counters.heap_span_bytes, PAGE_SIZE);
    vfree(&mm, area);
    kfree(&mm, keep);
    stop();
}

MACHINE_TEST(grows_the_last_block_in_place)
{
    start(64 * MIB);
    vaddr_t block = kmalloc(&mm, 1000, PAGES_LOW);
    model_fill(block, 1000, 5);
    assert_int_equal(krealloc(&mm, block, 10 * MIB).value, block.value);
    assert_true(model_holds(block, 1000, 5));
    assert_true(ksize(&mm, block) >= 10 * MIB);
    kfree(&mm, block);
    stop();
}

/* No LOW at all: heap and metadata share DMA. */
MACHINE_TEST(works_without_low)
{
    start(12 * MIB);
    take_all(PAGES_LOW);
    give_back_frame(HEAP_FRAME + 1);
    assert_true(vaddr_is_none(kmalloc(&mm, 1, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, MM_BRK_BLOCKED);
    assert_int_equal(mm.failure.blocker.value, HEAP_FRAME);
    give_back_frame(HEAP_FRAME);
    vaddr_t block = kmalloc(&mm, 1, PAGES_LOW);
    assert_false(vaddr_is_none(block));
    kfree(&mm, block);
    stop();
}

MACHINE_TEST(works_without_dma)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1800)}}};

    start_on(&map);
    assert_true(pfn_is_none(pages_alloc(&mm, 0, PAGES_DMA)));
    assert_int_equal(mm.failure.cause, MM_ZONE);
    vaddr_t block = kmalloc(&mm, 1, PAGES_LOW);
    assert_int_equal(block.value, direct_map_frame(pfn(0x1000)).value + 8);
    kfree(&mm, block);
    stop();
}

MACHINE_TEST(knows_what_its_frames_are)
{
    start(1024ull * MIB);
    vaddr_t block = kmalloc(&mm, 10, PAGES_LOW);
    pfn_t low = pages_alloc(&mm, 0, PAGES_LOW);
    pfn_t high = pages_alloc(&mm, 0, PAGES_USER);
    assert_int_equal(brk_kind(block), FRAME_HEAP);
    assert_int_equal(brk_kind(vaddr_add(block, PAGE_SIZE)), FRAME_FREE);
    assert_int_equal(mm.strategy->frame_kind(&mm, low), FRAME_KERNEL);
    assert_int_equal(mm.strategy->frame_kind(&mm, high), FRAME_KERNEL);
    pages_free(&mm, high, 0);
    pages_free(&mm, low, 0);
    assert_int_equal(mm.strategy->frame_kind(&mm, high), FRAME_FREE);
    kfree(&mm, block);
    stop();
}

MACHINE_TEST(checker_names_each_rule)
{
    start(64 * MIB);
    struct frames_sorted *sorted = mm.state;
    vaddr_t block = kmalloc(&mm, 1, PAGES_LOW);
    mm.counters.frames_used++;
    assert_string_equal(mm_check(&mm), "brk: frames_used disagrees with the free frames");
    mm.counters.frames_used--;
    mm.counters.heap_span_bytes++;
    assert_string_equal(mm_check(&mm), "brk: heap_span_bytes disagrees with the heap");
    mm.counters.heap_span_bytes--;
    mm.counters.heap_left_bytes++;
    assert_string_equal(mm_check(&mm), "brk: heap_left_bytes disagrees with the heap's holes");
    mm.counters.heap_left_bytes--;
    frames_sorted_free(sorted, pfn(HEAP_FRAME));
    assert_string_equal(mm_check(&mm), "brk: a frame of the heap is free");
    frames_sorted_take(sorted, pfn(HEAP_FRAME), pfn(HEAP_FRAME + 1));
    struct heap *heap = model_heap_of(&mm, 0);
    heap_extend(heap, 60 * MIB);
    assert_string_equal(mm_check(&mm), "brk: brk has passed its limit");
    heap_shrink(heap, 60 * MIB);
    sorted->free_frames[ZONE_LOW]++;
    assert_string_equal(mm_check(&mm), "frames_sorted: free_frames disagrees with the free bits");
    sorted->free_frames[ZONE_LOW]--;
    vaddr_t area = vmalloc(&mm, 1);
    uint32_t *entries = machine_pointer(mm.window_tables);
    uint32_t entry = entries[0];
    entries[0] = 0;
    assert_string_equal(mm_check(&mm), "vmalloc: an area has a hole, or no page");
    entries[0] = entry;
    vfree(&mm, area);
    kfree(&mm, block);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moves_up_by_what_it_needs),
        cmocka_unit_test(moves_down_again),
        cmocka_unit_test(names_the_frame_that_blocks_it),
        cmocka_unit_test(the_last_page_is_where_the_heap_begins),
        cmocka_unit_test(names_the_hole_that_blocks_it),
        cmocka_unit_test(crosses_16_mib),
        cmocka_unit_test(is_blocked_at_16_mib),
        cmocka_unit_test(has_no_use_for_ram_below_a_hole),
        cmocka_unit_test(gives_blocks_below_16_mib_in_pages),
        cmocka_unit_test(gives_long_blocks_below_16_mib),
        cmocka_unit_test(a_block_below_16_mib_needs_a_run),
        cmocka_unit_test(panics_on_a_page_that_is_no_block),
        cmocka_unit_test(knows_what_its_frames_are),
        cmocka_unit_test(the_direct_map_ends),
        cmocka_unit_test(high_frames_are_in_the_wrong_zone),
        cmocka_unit_test(blocks_of_pages_need_a_run),
        cmocka_unit_test(pages_get_what_the_heaps_end_keeps),
        cmocka_unit_test(grows_the_last_block_in_place),
        cmocka_unit_test(works_without_low),
        cmocka_unit_test(works_without_dma),
        cmocka_unit_test(checker_names_each_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
