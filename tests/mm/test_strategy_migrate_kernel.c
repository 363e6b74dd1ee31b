/* Tests kernel pages under `migrate`. They cannot be moved, so they change places with a movable
 * page that lies higher. */
#include "support/holder.h"
#include "support/test.h"

#define HEAP_FRAME RESERVED_END_PFN

static uint32_t top_frame(uint64_t ram_bytes)
{
    return (uint32_t)(ram_bytes / PAGE_SIZE) - subject.metadata_frames;
}

/* 400 . [m] [m] ... [m] | metadata |      a kernel page gets the highest frame instead of 400 */
MACHINE_TEST(kernel_pages_change_places)
{
    holder_start(32 * MIB);
    while (holder_take(0, true))
        continue;
    holder_free(holder_cookie_of(HEAP_FRAME));
    uint32_t highest = top_frame(32 * MIB) - 1;
    uint32_t cookie = holder_cookie_of(highest);
    uint32_t used = subject.counters.frames_used;
    pfn_t page = pages_alloc(&subject, 0, PAGES_LOW);
    assert_int_equal(page.value, highest);
    assert_int_equal(holder.first[cookie].value, HEAP_FRAME);
    assert_int_equal(subject.moves.count, 1);
    assert_int_equal(subject.counters.frames_used, used + 1);
    assert_sound(&subject);
    holder_free(cookie);
    /* Within its zone. */
    assert_int_equal(pages_alloc(&subject, 0, PAGES_DMA).value, DMA_END_PFN - 1);
    assert_int_equal(subject.moves.count, 2);
    for (uint32_t i = 0; i < holder.count; i++)
        holder_free(i);
    vaddr_t block = kmalloc(&subject, 11 * MIB, PAGES_LOW); /* neither page is in the way */
    assert_false(vaddr_is_none(block));
    kfree(&subject, block);
    pages_free(&subject, page, 0);
    pages_free(&subject, pfn(DMA_END_PFN - 1), 0);
    holder_stop();
}

/* If no movable page lies higher, or brk is far away, nothing moves. */
MACHINE_TEST(kernel_pages_change_no_places_if_that_does_not_help)
{
    holder_start(32 * MIB);
    pfn_t high = pages_alloc(&subject, 0, PAGES_LOW);
    assert_true(holder_take(0, true));
    pfn_t far = pages_alloc(&subject, 0, PAGES_LOW);
    assert_int_equal(far.value, high.value - 2);
    while (holder_take(0, false))
        continue;
    holder_free(0);
    holder_free(holder_cookie_of(HEAP_FRAME + 1));
    assert_true(holder_take(0, false)); /* in the place of the first */
    pfn_t near = pages_alloc(&subject, 0, PAGES_LOW);
    assert_int_equal(near.value, HEAP_FRAME + 1);
    pages_free(&subject, near, 0);
    holder_free(holder_cookie_of(HEAP_FRAME));
    pfn_t higher = pages_alloc(&subject, 0, PAGES_LOW);
    assert_int_equal(higher.value, HEAP_FRAME + 1);
    assert_true(holder_take(0, true)); /* below the kernel page */
    assert_int_equal(subject.moves.count, 0);
    pages_free(&subject, higher, 0);
    higher = pages_alloc(&subject, 0, PAGES_LOW);
    assert_int_equal(higher.value, HEAP_FRAME + 1);
    assert_int_equal(subject.moves.count, 0);
    pages_free(&subject, higher, 0);
    pages_free(&subject, far, 0);
    pages_free(&subject, high, 0);
    holder_stop();
}
