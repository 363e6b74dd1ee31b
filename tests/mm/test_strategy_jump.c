/* Tests what only `jump` does: the heap steps over what blocks it, reports what it leaves behind,
 * and steps back. */
#include "mm/heap_skip.h"
#include "support/model_heap.h"
#include "support/subject.h"
#include "support/test.h"

#include <mm/frames_sorted.h>

#define HEAP_FRAME RESERVED_END_PFN

/* Frees those of the taken pages that lie in [first, end). */
static void give(uint32_t first, uint32_t end)
{
    (void)free_pages_between(&taken, &subject, first, end);
}

/* Takes all pages, then frees all except these. */
static void leave(const uint32_t *frames, uint32_t frame_count)
{
    uint32_t from = HEAP_FRAME;

    take_all(PAGES_LOW);
    for (uint32_t i = 0; i < frame_count; i++) {
        give(from, frames[i]);
        from = frames[i] + 1;
    }
    give(from, LOW_END_PFN);
    assert_int_equal(taken.count, frame_count);
}

/* Returns the frame of an address. */
static uint32_t frame_of(vaddr_t block)
{
    return paddr_to_pfn(direct_map_inverse(block)).value;
}

/* 400 . . . . . [405] . .        a single page in the way costs only its own frame */
MACHINE_TEST(one_page_costs_its_frame)
{
    vaddr_t block[40];

    subject_start("jump", 32 * MIB);
    leave((const uint32_t[]){HEAP_FRAME + 5}, 1);
    for (uint32_t i = 0; i < 40; i++)
        block[i] = kmalloc(&subject, PAGE_SIZE / 2 - 4, PAGES_LOW);
    assert_int_equal(frame_of(block[39]), HEAP_FRAME + 21);
    assert_int_equal(subject.counters.heap_span_bytes, 21 * PAGE_SIZE);
    assert_int_equal(subject.counters.heap_left_bytes, PAGE_SIZE);
    assert_int_equal(subject.counters.heap_left_peak_bytes, PAGE_SIZE);
    assert_int_equal(subject.counters.heap_spans, 2);
    assert_sound(&subject);
    for (uint32_t i = 0; i < 40; i++)
        kfree(&subject, block[i]);
    assert_int_equal(subject.counters.heap_left_bytes, 0);
    assert_int_equal(subject.counters.heap_spans, 1);
    assert_int_equal(subject.counters.heap_spans_peak, 2);
    subject_stop();
}

/* 400 heap . [403] . . [406] . . . . [40b] . . .      five pages are requested: the heap goes to
 * 40c */
MACHINE_TEST(takes_the_lowest_run_that_is_long_enough)
{
    subject_start("jump", 32 * MIB);
    vaddr_t first = kmalloc(&subject, 100, PAGES_LOW);
    leave((const uint32_t[]){HEAP_FRAME + 3, HEAP_FRAME + 6, HEAP_FRAME + 11}, 3);
    vaddr_t second = kmalloc(&subject, 5 * PAGE_SIZE - 64, PAGES_LOW);
    assert_int_equal(frame_of(second), HEAP_FRAME + 12);
    assert_int_equal(subject.counters.heap_left_bytes, 11 * PAGE_SIZE);
    assert_int_equal(mm_frame_kind(&subject, pfn(HEAP_FRAME)), FRAME_HEAP);
    assert_int_equal(mm_frame_kind(&subject, pfn(HEAP_FRAME + 3)), FRAME_KERNEL);
    assert_int_equal(mm_frame_kind(&subject, pfn(HEAP_FRAME + 4)), FRAME_FREE);
    assert_int_equal(mm_frame_kind(&subject, pfn(HEAP_FRAME + 12)), FRAME_HEAP);
    vaddr_t third = kmalloc(&subject, 3000, PAGES_LOW); /* in the first span, which has room */
    assert_int_equal(frame_of(third), HEAP_FRAME);
    kfree(&subject, second);
    assert_int_equal(subject.counters.heap_left_bytes, 0);
    kfree(&subject, third);
    kfree(&subject, first);
    subject_stop();
}

/* Frames left behind serve pages. The heap does not take them again. */
MACHINE_TEST(pages_get_the_frames_left_behind)
{
    subject_start("jump", 32 * MIB);
    vaddr_t first = kmalloc(&subject, 100, PAGES_LOW);
    leave((const uint32_t[]){HEAP_FRAME + 3}, 1);
    vaddr_t second = kmalloc(
        &subject, 28 * MIB - 3 * PAGE_SIZE - subject.metadata_frames * PAGE_SIZE - 2 * PAGE_SIZE,
        PAGES_LOW);
    assert_int_equal(frame_of(second), HEAP_FRAME + 4);
    give(0, LOW_END_PFN);
    pfn_t pages[8];
    uint32_t more = 0;
    while (!pfn_is_none(pages[more] = pages_alloc(&subject, 0, PAGES_LOW)))
        more++;
    assert_true(more >= 3);
    assert_int_equal(pages[more - 1].value, HEAP_FRAME + 1);
    while (more-- > 0)
        pages_free(&subject, pages[more], 0);
    kfree(&subject, second);
    kfree(&subject, first);
    subject_stop();
}

/* An empty heap leaves no fence behind. When it becomes empty again, it goes home. */
MACHINE_TEST(starts_above_a_page_at_its_start)
{
    subject_start("jump", 32 * MIB);
    leave((const uint32_t[]){HEAP_FRAME}, 1);
    vaddr_t block = kmalloc(&subject, 20 * PAGE_SIZE, PAGES_LOW);
    assert_int_equal(block.value, direct_map_frame(pfn(HEAP_FRAME + 1)).value + 8);
    assert_int_equal(subject.counters.heap_left_bytes, PAGE_SIZE);
    assert_int_equal(subject.counters.heap_spans, 1);
    kfree(&subject, block);
    assert_int_equal(subject.counters.heap_left_bytes, 0);
    give(0, LOW_END_PFN);
    block = kmalloc(&subject, 1, PAGES_LOW);
    assert_int_equal(frame_of(block), HEAP_FRAME);
    kfree(&subject, block);
    subject_stop();
}

/* Holes in RAM are stepped over, too, also the one behind DMA's RAM. */
MACHINE_TEST(steps_over_holes_in_ram)
{
    const struct memmap map = {
        3, {{pfn(0x800), pfn(0x810)}, {pfn(0x1000), pfn(0x1400)}, {pfn(0x1410), pfn(0x1500)}}};

    subject_start_on("jump", &map);
    vaddr_t first = kmalloc(&subject, 10 * PAGE_SIZE, PAGES_LOW);
    vaddr_t second = kmalloc(&subject, 10 * PAGE_SIZE, PAGES_LOW);
    vaddr_t third = kmalloc(&subject, 0x3e0 * PAGE_SIZE, PAGES_LOW);
    vaddr_t fourth = kmalloc(&subject, 0x40 * PAGE_SIZE, PAGES_LOW);
    assert_int_equal(frame_of(first), 0x800);
    assert_int_equal(frame_of(second), 0x1000);
    assert_int_equal(frame_of(fourth), 0x1410);
    assert_int_equal(subject.counters.heap_spans, 3);
    assert_no_block(kmalloc(&subject, 0x100 * PAGE_SIZE, PAGES_LOW), MM_NO_FRAMES);
    kfree(&subject, second);
    kfree(&subject, third);
    assert_int_equal(subject.counters.heap_spans, 3);
    kfree(&subject, fourth); /* empties the third span, and with it the second */
    assert_int_equal(subject.counters.heap_spans, 1);
    kfree(&subject, first);
    subject_stop();
}

/* No free range is long enough: the request is blocked as under `brk`, and nothing changes. */
MACHINE_TEST(names_the_frame_that_blocks_it)
{
    subject_start("jump", 32 * MIB);
    vaddr_t first = kmalloc(&subject, 100, PAGES_LOW);
    leave((const uint32_t[]){HEAP_FRAME + 5, 0xa00, 0x1400}, 3);
    struct model_state before = model_state(&subject);
    assert_blocked(kmalloc(&subject, 12 * MIB, PAGES_LOW), HEAP_FRAME + 5);
    assert_same_state(&subject, &before);
    assert_no_block(krealloc(&subject, first, 12 * MIB), MM_BRK_BLOCKED);
    assert_same_state(&subject, &before);
    vaddr_t moved = krealloc(&subject, first, 4 * MIB);
    assert_int_equal(frame_of(moved), HEAP_FRAME + 6);
    kfree(&subject, moved);
    subject_stop();
}

static void run_kfree(void *context)
{
    kfree(&subject, *(const vaddr_t *)context);
}

/* The address of the page behind the heap's first span equals that of the fence's payload. */
MACHINE_TEST(a_fence_is_not_a_block)
{
    subject_start("jump", 32 * MIB);
    vaddr_t first = kmalloc(&subject, 100, PAGES_LOW);
    leave((const uint32_t[]){HEAP_FRAME + 1}, 1);
    vaddr_t second = kmalloc(&subject, 2 * PAGE_SIZE, PAGES_LOW);
    vaddr_t fence = direct_map_frame(pfn(HEAP_FRAME + 1));
    assert_panics(run_kfree, &fence, "kfree: frame 0x00401 is a single page");
    kfree(&subject, second);
    kfree(&subject, first);
    subject_stop();
}

MACHINE_TEST(checker_sees_the_spans)
{
    subject_start("jump", 32 * MIB);
    vaddr_t first = kmalloc(&subject, 100, PAGES_LOW);
    leave((const uint32_t[]){HEAP_FRAME + 1}, 1);
    vaddr_t second = kmalloc(&subject, 2 * PAGE_SIZE, PAGES_LOW);
    struct heap_skip *skip = (void *)(model_heap_of(&subject, 0) + 1);
    skip->left_bytes++;
    assert_string_equal(mm_check(&subject), "heap_skip: left_bytes disagrees with the holes");
    skip->left_bytes--;
    kfree(&subject, second);
    kfree(&subject, first);
    subject_stop();
}

/* Pages may take the page that an empty heap keeps. Then the heap starts at home again. */
MACHINE_TEST(an_empty_heap_goes_home_when_pages_take_its_page)
{
    subject_start("jump", 32 * MIB);
    leave((const uint32_t[]){HEAP_FRAME}, 1);
    vaddr_t block = kmalloc(&subject, 100, PAGES_LOW);
    assert_int_equal(frame_of(block), HEAP_FRAME + 1);
    kfree(&subject, block);
    assert_int_equal(subject.counters.heap_span_bytes, PAGE_SIZE); /* the heap keeps its page */
    take_all(PAGES_LOW);
    assert_int_equal(subject.counters.heap_span_bytes, 0);
    give(HEAP_FRAME, HEAP_FRAME + 1);
    block = kmalloc(&subject, 100, PAGES_LOW);
    assert_int_equal(frame_of(block), HEAP_FRAME);
    assert_sound(&subject);
    kfree(&subject, block);
    subject_stop();
}
