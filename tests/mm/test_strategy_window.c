/* Tests what only `window` does: frames come at the first touch, memory runs out at the touch, and
 * the window has 64 MiB. */
#include "mm/owners.h"
#include "support/model_heap.h"
#include "support/subject.h"
#include "support/test.h"

#include <mm/frame_owner.h>
#include <mm/frames_stack.h>
#include <mm/pgtable.h>
#include <mm/strategy.h>

static uint32_t frames_free(void)
{
    return (uint32_t)(mm_free_bytes(&subject) >> PAGE_SHIFT);
}

/* Takes all frames but this many. */
static void leave_free(uint32_t frames)
{
    while (frames_free() > frames)
        taken.frame[taken.count++] = pages_alloc(&subject, 0, PAGES_USER);
}

static bool touch(vaddr_t block, uint32_t page)
{
    return machine_touch(vaddr_add(block, page * PAGE_SIZE), true);
}

MACHINE_TEST(frames_come_at_the_first_touch)
{
    subject_start("window", 64 * MIB);
    vaddr_t block = kmalloc(&subject, 100 * PAGE_SIZE, PAGES_LOW);
    assert_int_equal(subject.counters.frames_used,
                     subject.metadata_frames + 1); /* one frame, for its header */
    assert_int_equal(subject.counters.heap_span_bytes, 101 * PAGE_SIZE);
    assert_true(touch(block, 50));
    assert_true(touch(block, 50));
    assert_int_equal(subject.counters.frames_used, subject.metadata_frames + 2);
    kfree(&subject, block); /* more than 64 KiB at the heap's end go back at once */
    assert_int_equal(subject.counters.frames_used, subject.metadata_frames);
    assert_int_equal(subject.counters.heap_span_bytes, 0);
    assert_int_equal(subject.counters.heap_span_peak_bytes, 101 * PAGE_SIZE);
    subject_stop();
}

MACHINE_TEST(gives_each_frame_its_kind)
{
    subject_start("window", 64 * MIB);
    /* The lowest free frame would have been the heap's next. */
    pfn_t before = pages_alloc(&subject, 0, PAGES_LOW);
    pfn_t free = pfn_add(before, 1);
    assert_int_equal(mm_frame_kind(&subject, before), FRAME_KERNEL);
    assert_int_equal(mm_frame_kind(&subject, free), FRAME_FREE);
    vaddr_t block = kmalloc(&subject, 3 * PAGE_SIZE, PAGES_LOW);
    assert_int_equal(mm_frame_kind(&subject, free), FRAME_HEAP);
    assert_int_equal(mm_frame_kind(&subject, pfn_add(free, 1)), FRAME_FREE);
    assert_int_equal(mm_frame_kind(&subject, before), FRAME_KERNEL);
    kfree(&subject, block);
    pages_free(&subject, before, 0);
    subject_stop();
}

MACHINE_TEST(less_than_64_kib_stay_at_the_heaps_end)
{
    subject_start("window", 64 * MIB);
    kfree(&subject, kmalloc(&subject, 15 * PAGE_SIZE - 12, PAGES_LOW));
    assert_int_equal(subject.counters.heap_span_bytes, 15 * PAGE_SIZE);
    assert_int_equal(subject.counters.frames_used, subject.metadata_frames + 1);
    kfree(&subject, kmalloc(&subject, 16 * PAGE_SIZE - 12, PAGES_LOW));
    assert_int_equal(subject.counters.heap_span_bytes, 0);
    subject_stop();
}

/* The call succeeds. The touch finds no frame. */
MACHINE_TEST(out_of_memory_strikes_at_the_touch)
{
    subject_start("window", 64 * MIB);
    leave_free(3);
    vaddr_t block = kmalloc(&subject, 10 * PAGE_SIZE, PAGES_LOW);
    assert_false(vaddr_is_none(block));
    subject.failure.cause = MM_OK;
    assert_true(touch(block, 1));
    assert_true(touch(block, 2));
    assert_false(touch(block, 3));
    assert_int_equal(subject.failure.cause, MM_NO_FRAMES);
    assert_int_equal(frames_free(), 0);
    assert_sound(&subject);
    kfree(&subject, block);
    assert_sound(&subject);
    subject_stop();
}

MACHINE_TEST(frees_a_block_that_is_backed_in_part)
{
    subject_start("window", 64 * MIB);
    vaddr_t first = kmalloc(&subject, 40 * PAGE_SIZE, PAGES_LOW);
    vaddr_t second = kmalloc(&subject, 40 * PAGE_SIZE, PAGES_LOW);
    vaddr_t third = kmalloc(&subject, 1, PAGES_LOW);
    leave_free(2);
    assert_true(touch(first, 20) && touch(second, 20));
    assert_false(touch(second, 30));
    kfree(&subject, first);
    kfree(&subject, second); /* merges across pages that have no frame */
    assert_sound(&subject);
    assert_true(
        vaddr_is_none(kmalloc(&subject, 50 * PAGE_SIZE, PAGES_LOW))); /* the rest is on page 50 */
    pages_free(&subject, taken.frame[--taken.count], 0);
    assert_int_equal(kmalloc(&subject, 50 * PAGE_SIZE, PAGES_LOW).value, first.value);
    assert_sound(&subject);
    kfree(&subject, first);
    kfree(&subject, third);
    subject_stop();
}

/* If there is no frame for a header or for the links of the rest behind it, the call fails and
 * changes nothing. */
MACHINE_TEST(headers_have_frames_or_the_call_fails)
{
    subject_start("window", 64 * MIB);
    leave_free(0);
    struct model_state before = model_state(&subject);
    assert_no_block(kmalloc(&subject, 1, PAGES_LOW), MM_NO_FRAMES);
    assert_same_state(&subject, &before);
    pages_free(&subject, taken.frame[--taken.count], 0);
    pages_free(&subject, taken.frame[--taken.count], 0);
    vaddr_t block = kmalloc(&subject, 40 * PAGE_SIZE, PAGES_LOW);
    vaddr_t behind = kmalloc(&subject, 1, PAGES_LOW);
    assert_int_equal(frames_free(), 0);
    before = model_state(&subject);
    assert_true(
        vaddr_is_none(krealloc(&subject, block, 10 * PAGE_SIZE))); /* the rest lacks a page */
    assert_int_equal(subject.failure.cause, MM_NO_FRAMES);
    assert_same_state(&subject, &before);
    kfree(&subject, block);
    before = model_state(&subject);
    assert_true(vaddr_is_none(kmalloc(&subject, 10 * PAGE_SIZE, PAGES_LOW)));
    assert_same_state(&subject, &before);
    pages_free(&subject, taken.frame[--taken.count], 0);
    block = kmalloc(&subject, 10 * PAGE_SIZE, PAGES_LOW);
    assert_false(vaddr_is_none(block));
    assert_sound(&subject);
    kfree(&subject, block);
    kfree(&subject, behind);
    subject_stop();
}

/* Growing the last block in place extends the span. If the move fails, too, the span is as before.
 */
MACHINE_TEST(a_resize_that_fails_restores_the_span)
{
    subject_start("window", 100 * MIB);
    vaddr_t block = kmalloc(&subject, 1000, PAGES_LOW);
    model_fill(block, 1000, 9);
    struct model_state before = model_state(&subject);
    assert_no_block(krealloc(&subject, block, HEAP_AREA_SIZE),
                    MM_NO_ADDRESS_SPACE); /* 64 MiB and a header */
    assert_same_state(&subject, &before);
    assert_true(model_holds(block, 1000, 9));
    kfree(&subject, block);
    subject_stop();
}

/* A move copies only pages that have frames, and gives frames to the copies. */
MACHINE_TEST(a_move_copies_touched_pages)
{
    subject_start("window", 64 * MIB);
    vaddr_t block = kmalloc(&subject, 10 * PAGE_SIZE, PAGES_LOW);
    vaddr_t behind = kmalloc(&subject, 1, PAGES_LOW);
    model_fill(vaddr_add(block, 3 * PAGE_SIZE), PAGE_SIZE, 4);
    uint32_t used = subject.counters.frames_used;
    vaddr_t moved = krealloc(&subject, block, 20 * PAGE_SIZE);
    assert_true(moved.value != block.value);
    assert_true(model_holds(vaddr_add(moved, 3 * PAGE_SIZE), PAGE_SIZE, 4));
    assert_true(subject.counters.frames_used <= used + 11);
    kfree(&subject, moved);
    kfree(&subject, behind);
    subject_stop();
}

/* The end of the copy and the header of the rest share a page, which takes one frame. */
MACHINE_TEST(a_page_needed_for_two_purposes_takes_one_frame)
{
    subject_start("window", 64 * MIB);
    vaddr_t hole = kmalloc(&subject, 40 * PAGE_SIZE, PAGES_LOW);
    vaddr_t block = kmalloc(&subject, 6000, PAGES_LOW);
    vaddr_t behind = kmalloc(&subject, 1, PAGES_LOW);
    model_fill(block, 6000, 2);
    kfree(&subject, hole);
    leave_free(1);
    assert_int_equal(krealloc(&subject, block, 6100).value, hole.value);
    assert_true(model_holds(hole, 6000, 2));
    assert_int_equal(frames_free(), 0);
    kfree(&subject, hole);
    kfree(&subject, behind);
    subject_stop();
}

/* The frames that the heap keeps at its end after shrinking serve pages when nothing else is left.
 */
MACHINE_TEST(pages_get_the_frames_at_the_heaps_end)
{
    subject_start("window", 64 * MIB);
    vaddr_t block = kmalloc(&subject, 10 * PAGE_SIZE, PAGES_LOW);
    for (uint32_t i = 0; i < 10; i++)
        assert_true(touch(block, i));
    kfree(&subject, block);
    assert_int_equal(subject.counters.frames_used, subject.metadata_frames + 10);
    uint32_t left = subject.frames_total - subject.metadata_frames;
    for (; left > 0; left--) {
        taken.frame[taken.count] = pages_alloc(&subject, 0, PAGES_USER);
        assert_false(pfn_is_none(taken.frame[taken.count++]));
    }
    assert_int_equal(subject.counters.heap_span_bytes, 0);
    assert_true(pfn_is_none(pages_alloc(&subject, 0, PAGES_USER)));
    assert_int_equal(subject.failure.cause, MM_NO_FRAMES);
    subject_stop();
}

/* The frames at the heap's end are of HIGH. They are no use for DMA, so the heap keeps them. */
MACHINE_TEST(the_heaps_end_is_kept_if_it_would_not_help)
{
    subject_start("window", 800 * MIB);
    vaddr_t block = kmalloc(&subject, 10 * PAGE_SIZE, PAGES_LOW);
    assert_true(touch(block, 5));
    kfree(&subject, block);
    pfn_t page = pages_alloc(&subject, 0, PAGES_DMA);
    for (; !pfn_is_none(page); page = pages_alloc(&subject, 0, PAGES_DMA)) {
        assert_int_equal(zone_of(page), ZONE_DMA);
        taken.frame[taken.count++] = page;
    }
    assert_int_equal(subject.failure.cause, MM_ZONE);
    assert_int_equal(subject.counters.heap_span_bytes, 11 * PAGE_SIZE);
    subject_stop();
}

MACHINE_TEST(the_window_is_full_at_64_mib)
{
    subject_start("window", 200 * MIB);
    vaddr_t all = kmalloc(&subject, HEAP_AREA_SIZE - 12, PAGES_LOW);
    assert_false(vaddr_is_none(all));
    assert_true(touch(all, HEAP_AREA_PAGES - 1));
    struct model_state before = model_state(&subject);
    assert_no_block(kmalloc(&subject, 1, PAGES_LOW), MM_NO_ADDRESS_SPACE);
    assert_same_state(&subject, &before);
    kfree(&subject, all);
    assert_no_block(kmalloc(&subject, HEAP_AREA_SIZE - 11, PAGES_LOW), MM_NO_ADDRESS_SPACE);
    subject_stop();
}

MACHINE_TEST(names_the_cause_of_requests_that_it_never_serves)
{
    subject_start("window", 64 * MIB);
    struct model_state before = model_state(&subject);
    assert_no_block(kmalloc(&subject, 1, PAGES_DMA), MM_UNSUPPORTED);
    assert_true(pfn_is_none(pages_alloc(&subject, 1, PAGES_LOW)));
    assert_int_equal(subject.failure.cause, MM_UNSUPPORTED);
    assert_same_state(&subject, &before);
    subject_stop();
}

MACHINE_TEST(a_fault_on_a_present_page_is_refused)
{
    subject_start("window", 64 * MIB);
    vaddr_t block = kmalloc(&subject, 100, PAGES_LOW);
    assert_false(mm_page_fault(block, FAULT_PRESENT | FAULT_WRITE));
    assert_int_equal(subject.failure.cause, MM_BAD_ACCESS);
    kfree(&subject, block);
    subject_stop();
}

/* If it were resolved, it would take a frame, and the process still could not access the page. */
MACHINE_TEST(a_fault_of_ring_3_is_refused)
{
    subject_start("window", 64 * MIB);
    vaddr_t block = kmalloc(&subject, 0x10000, PAGES_LOW);
    struct model_state before = model_state(&subject);
    assert_false(machine_user_touch(vaddr_add(block, 0x8000), true));
    assert_int_equal(subject.failure.cause, MM_BAD_ACCESS);
    assert_same_state(&subject, &before);
    kfree(&subject, block);
    subject_stop();
}

static void run_free_order_1(void *context)
{
    (void)context;
    pages_free(&subject, pfn(0x800), 1);
}

MACHINE_TEST(panics_on_a_block_of_pages)
{
    subject_start("window", 64 * MIB);
    assert_panics(run_free_order_1, NULL, "pages_free: frame 0x00800 is free");
    subject_stop();
}

static void run_kfree(void *context)
{
    kfree(&subject, *(const vaddr_t *)context);
}

static void run_vfree(void *context)
{
    vfree(&subject, *(const vaddr_t *)context);
}

MACHINE_TEST(checker_names_each_rule)
{
    subject_start("window", 64 * MIB);
    vaddr_t block = kmalloc(&subject, 1, PAGES_LOW);
    subject.counters.frames_used--;
    assert_string_equal(mm_check(&subject), "window: frames_used disagrees with the stack");
    subject.counters.frames_used++;
    subject.counters.heap_span_bytes = 0;
    assert_string_equal(mm_check(&subject), "window: heap_span_bytes disagrees with the heap");
    subject.counters.heap_span_bytes = PAGE_SIZE;
    heap_area_map(subject.heap_area_tables, HEAP_AREA_PAGES - 1, pfn(0x800));
    assert_string_equal(mm_check(&subject), "window: a page beyond the heap is mapped");
    heap_area_unmap(subject.heap_area_tables, HEAP_AREA_PAGES - 1);
    struct frames_stack *stack = subject.state;
    stack->free[ZONE_DMA]++;
    assert_string_equal(mm_check(&subject), "frames_stack: a list is shorter than its count");
    stack->free[ZONE_DMA]--;
    kfree(&subject, block);
    subject_stop();
}

MACHINE_TEST(checker_sees_pages_of_the_heap_area_with_a_wrong_owner)
{
    subject_start("window", 64 * MIB);
    vaddr_t area = vmalloc(&subject, PAGE_SIZE);
    assert_true(machine_touch(area, true));
    pfn_t frame =
        paddr_to_pfn(paddr(heap_area_entry(subject.heap_area_tables, heap_area_page(area))));
    owner_set(&subject, frame, 0, OWNER_KERNEL);
    assert_string_equal(mm_check(&subject),
                        "window: a page of the heap has a frame that is not the heap's");
    owner_set(&subject, frame, 0, OWNER_HEAP);
    pfn_t page = mm_pages_take(&subject, 0, PAGES_LOW, OWNER_HEAP);
    assert_string_equal(mm_check(&subject), "window: a frame of the heap's is not mapped");
    mm_pages_give(&subject, page, 0);
    vaddr_t block = kmalloc(&subject, 100, PAGES_LOW);
    assert_panics(run_kfree, &area, "kfree: block is an area of vmalloc()");
    assert_panics(run_vfree, &block, "vfree: ");
    kfree(&subject, block);
    vfree(&subject, area);
    subject_stop();
}
