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

/* Where the LOW heap begins: behind the metadata. */
static uint32_t heap_frame(void)
{
    return DMA_END_PFN + mm.metadata_frames;
}

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

MACHINE_TEST(moves_up_by_what_it_needs)
{
    start(64 * MIB);
    vaddr_t first = kmalloc(&mm, 12, PAGES_LOW);
    assert_int_equal(first.value, direct_map_frame(pfn(heap_frame())).value + 8);
    assert_int_equal(mm.counters.heap_span_bytes, PAGE_SIZE);
    assert_int_equal(mm.counters.frames_used, mm.metadata_frames + 1);
    vaddr_t second = kmalloc(&mm, 3 * PAGE_SIZE, PAGES_LOW);
    assert_int_equal(second.value, first.value + 16);
    assert_int_equal(mm.counters.heap_span_bytes, 4 * PAGE_SIZE);
    pfn_t page = pages_alloc(&mm, 0, PAGES_LOW);
    assert_int_equal(page.value, 64 * MIB / PAGE_SIZE - 1);
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
 *     LOW  | metadata | heap -> brk . . . . [page] . .     a page in brk's way
 */
MACHINE_TEST(names_the_frame_that_blocks_it)
{
    start(32 * MIB);
    take_all(PAGES_LOW);
    uint32_t blocker = heap_frame() + 5;
    for (uint32_t frame = heap_frame(); frame < blocker; frame++)
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

/* LOW's heap is blocked: DMA's serves, and when it can't either, the failure is LOW's. */
MACHINE_TEST(falls_back_on_dma)
{
    start(32 * MIB);
    pfn_t page = pages_alloc(&mm, 10, PAGES_LOW);
    assert_int_equal(page.value, 0x1c00);
    vaddr_t low = kmalloc(&mm, 11 * MIB, PAGES_LOW);
    vaddr_t dma = kmalloc(&mm, 9 * MIB, PAGES_LOW);
    assert_true(low.value > DIRECT_MAP_BASE + 16 * MIB);
    assert_true(dma.value < DIRECT_MAP_BASE + 16 * MIB);
    assert_true(vaddr_is_none(kmalloc(&mm, 3 * MIB, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, MM_ZONE);
    assert_true(pfn_is_none(mm.failure.blocker));
    kfree(&mm, dma);
    kfree(&mm, low);
    pages_free(&mm, page, 10);
    stop();
}

MACHINE_TEST(the_direct_map_ends)
{
    start(1024ull * MIB);
    vaddr_t most = kmalloc(&mm, 700 * MIB, PAGES_LOW);
    assert_false(vaddr_is_none(most));
    struct model_state before = model_state(&mm);
    assert_true(vaddr_is_none(kmalloc(&mm, 60 * MIB, PAGES_LOW)));
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
    assert_true(vaddr_is_none(kmalloc(&mm, 100, PAGES_DMA)));
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

/* What the heaps keep at their ends serves pages when nothing else is left; when that does not
 * help, the heaps get it back. */
MACHINE_TEST(pages_get_what_the_heaps_ends_keep)
{
    start(32 * MIB);
    vaddr_t low = kmalloc(&mm, 8 * PAGE_SIZE, PAGES_LOW);
    vaddr_t dma = kmalloc(&mm, 8 * PAGE_SIZE, PAGES_DMA);
    kfree(&mm, low);
    kfree(&mm, dma);
    assert_int_equal(mm.counters.heap_span_bytes, 18 * PAGE_SIZE);
    while (mm_free_bytes(&mm) != 0)
        taken[count++] = pages_alloc(&mm, 0, PAGES_LOW);
    struct model_state before = model_state(&mm);
    assert_true(pfn_is_none(pages_alloc(&mm, 5, PAGES_LOW))); /* 18 frames, none 32 in a row */
    assert_int_equal(mm.failure.cause, MM_NO_FRAMES);
    assert_same_state(&mm, &before);
    assert_true(vaddr_is_none(vmalloc(&mm, 20 * PAGE_SIZE)));
    assert_int_equal(mm.failure.cause, MM_NO_FRAMES);
    assert_same_state(&mm, &before);
    vaddr_t area = vmalloc(&mm, 18 * PAGE_SIZE);
    assert_false(vaddr_is_none(area));
    assert_int_equal(mm.counters.heap_span_bytes, 0);
    vfree(&mm, area);
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

/* No LOW at all: the failures are those of DMA's heap. */
MACHINE_TEST(works_without_low)
{
    start(12 * MIB);
    take_all(PAGES_LOW);
    give_back_frame(RESERVED_END_PFN + mm.metadata_frames + 1);
    assert_true(vaddr_is_none(kmalloc(&mm, 1, PAGES_LOW)));
    assert_int_equal(mm.failure.cause, MM_BRK_BLOCKED);
    assert_int_equal(mm.failure.blocker.value, RESERVED_END_PFN + mm.metadata_frames);
    give_back_frame(RESERVED_END_PFN + mm.metadata_frames);
    vaddr_t block = kmalloc(&mm, 1, PAGES_LOW);
    assert_false(vaddr_is_none(block));
    kfree(&mm, block);
    stop();
}

MACHINE_TEST(works_without_dma)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1800)}}};

    start_on(&map);
    assert_true(vaddr_is_none(kmalloc(&mm, 1, PAGES_DMA)));
    assert_int_equal(mm.failure.cause, MM_ZONE);
    vaddr_t block = kmalloc(&mm, 1, PAGES_LOW);
    assert_false(vaddr_is_none(block));
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
    assert_string_equal(mm_check(&mm), "brk: heap_span_bytes disagrees with the heaps");
    mm.counters.heap_span_bytes--;
    frames_sorted_free(sorted, pfn(heap_frame()));
    assert_string_equal(mm_check(&mm), "brk: a frame below brk is free");
    frames_sorted_take(sorted, pfn(heap_frame()), pfn(heap_frame() + 1));
    struct heap *heap = model_heap_of(&mm, 1);
    heap_extend(heap, 48 * MIB);
    assert_string_equal(mm_check(&mm), "brk: brk has passed its limit");
    heap_shrink(heap, 48 * MIB);
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
        cmocka_unit_test(names_the_hole_that_blocks_it),
        cmocka_unit_test(falls_back_on_dma),
        cmocka_unit_test(the_direct_map_ends),
        cmocka_unit_test(high_frames_are_in_the_wrong_zone),
        cmocka_unit_test(blocks_of_pages_need_a_run),
        cmocka_unit_test(pages_get_what_the_heaps_ends_keep),
        cmocka_unit_test(grows_the_last_block_in_place),
        cmocka_unit_test(works_without_low),
        cmocka_unit_test(works_without_dma),
        cmocka_unit_test(checker_names_each_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
