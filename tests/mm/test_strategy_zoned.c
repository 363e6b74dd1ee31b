/* Tests what only `zoned` does: which zone serves, the reserves, the causes of failures, and slabs
 * that give frames back before a request fails. */
#include <mm/strategy.h>

#include "mm/owners.h"
#include "mm/zoned.h"
#include "support/model_process.h"
#include "support/subject.h"
#include "support/test.h"

static struct zoned_state *state(void)
{
    return subject.state;
}

/* Starts with 128 frames of DMA, 1,024 of LOW, and `high` of HIGH. A 32nd of `high` is LOW's
 * reserve. */
static void start(uint32_t high)
{
    const struct memmap map = model_map_zones(high);

    subject_start_on("zoned", &map);
}

/* Takes pages of a class until there are none. Returns the zone of the last one. */
static enum zone take_class(enum page_class page_class)
{
    uint32_t before = taken.count;

    take_all(page_class);
    return taken.count > before ? zone_of(taken.frame[taken.count - 1]) : ZONE_COUNT;
}

static uint32_t free_frames(enum zone zone)
{
    return state()->frames.zone[zone].free_frames;
}

static void assert_refused(vaddr_t block, enum mm_cause cause)
{
    assert_true(vaddr_is_none(block));
    assert_int_equal(subject.failure.cause, cause);
    assert_true(pfn_is_none(subject.failure.blocker));
}

/* ---- zones ---- */

MACHINE_TEST(leaves_a_reserve_to_requests_for_low_memory)
{
    start(512);
    assert_int_equal(take_class(PAGES_USER), ZONE_DMA);
    assert_int_equal(subject.failure.cause, MM_ZONE);
    uint32_t dma = frames_buddy_reserve(&state()->frames, ZONE_DMA, ZONE_HIGH);
    assert_int_equal(free_frames(ZONE_HIGH), 0);
    assert_int_equal(free_frames(ZONE_LOW), 16);
    assert_int_equal(free_frames(ZONE_DMA), dma);
    assert_refused(vmalloc(&subject, 1), MM_ZONE);
    vaddr_t block = kmalloc(&subject, 5000, PAGES_LOW); /* may use the reserve */
    assert_int_equal(zone_of(paddr_to_pfn(direct_map_inverse(block))), ZONE_LOW);
    kfree(&subject, block);
    take_class(PAGES_LOW);
    assert_refused(kmalloc(&subject, 5000, PAGES_LOW), MM_ZONE);
    block = kmalloc(&subject, 5000, PAGES_DMA);
    assert_int_equal(zone_of(paddr_to_pfn(direct_map_inverse(block))), ZONE_DMA);
    kfree(&subject, block);
    take_class(PAGES_DMA);
    assert_refused(kmalloc(&subject, 1, PAGES_DMA), MM_NO_FRAMES);
    assert_refused(kmalloc(&subject, 1, PAGES_LOW), MM_NO_FRAMES);
    subject_stop();
}

MACHINE_TEST(each_failure_has_its_cause)
{
    start(512);
    struct model_state before = model_state(&subject);
    assert_refused(kmalloc(&subject, 4 * MIB + 1, PAGES_LOW), MM_UNSUPPORTED);
    assert_refused(kmalloc(&subject, 4 * MIB, PAGES_DMA), MM_ZONE);
    assert_refused(vmalloc(&subject, HEAP_AREA_SIZE), MM_NO_ADDRESS_SPACE);
    assert_refused(vmalloc(&subject, 8 * MIB), MM_NO_FRAMES);
    assert_same_state(&subject, &before);
    /* The 4 MiB of LOW are not in one piece any more. */
    vaddr_t block = kmalloc(&subject, 8, PAGES_LOW);
    assert_refused(kmalloc(&subject, 4 * MIB, PAGES_LOW), MM_NO_RUN);
    before = model_state(&subject);
    assert_refused(krealloc(&subject, block, 4 * MIB), MM_NO_RUN);
    assert_refused(krealloc(&subject, block, 4 * MIB + 1), MM_UNSUPPORTED);
    assert_same_state(&subject, &before);
    kfree(&subject, block);
    subject_stop();
}

/* ---- frames that slabs keep ---- */

/* Allocates and frees so many objects that the magazines keep `frames` frames of slabs in that
 * zone. */
static void keep_slabs(uint32_t frames, uint32_t bytes, enum page_class page_class)
{
    vaddr_t blocks[64];
    uint32_t count = 0;

    while (state()->slabs.slab_frames < frames)
        blocks[count++] = kmalloc(&subject, bytes, page_class);
    while (count > 0)
        kfree(&subject, blocks[--count]);
    assert_int_equal(state()->slabs.slab_frames, frames);
}

MACHINE_TEST(slabs_give_back_before_a_page_is_refused)
{
    start(24);
    keep_slabs(8, 4096, PAGES_LOW);
    take_free_frames(&taken, &subject);
    assert_int_equal(mm_free_bytes(&subject), 0);
    struct model_state before = model_state(&subject);
    /* The slabs would not help this request. */
    assert_true(pfn_is_none(pages_alloc(&subject, 0, PAGES_DMA)));
    assert_int_equal(subject.failure.cause, MM_ZONE);
    assert_same_state(&subject, &before);
    pfn_t page = pages_alloc(&subject, 0, PAGES_LOW);
    assert_int_equal(zone_of(page), ZONE_LOW);
    assert_int_equal(subject.counters.heap_span_bytes, 0);
    pages_free(&subject, page, 0);
    subject_stop();
}

/* A slab lies between free frames. With it, a block of 16 is free. */
MACHINE_TEST(slabs_give_back_for_a_run)
{
    start(24);
    do /* takes the frames beside the metadata, so that the slab is in a whole block */
        taken.frame[taken.count] = pages_alloc(&subject, 0, PAGES_LOW);
    while (taken.frame[taken.count++].value % 16u != 0);
    keep_slabs(8, 4096, PAGES_LOW);
    uint32_t slab = state()->slabs.cache[12].magazine[0].object;
    pfn_t first = pfn(paddr_to_pfn(direct_map_inverse(vaddr(slab))).value & ~15u);
    take_free_frames(&taken, &subject);
    /* Frees 8 frames beside the slab, and as many elsewhere. */
    for (uint32_t i = 0; i < taken.count; i++)
        if ((taken.frame[i].value & ~15u) == first.value ||
            (taken.frame[i].value & ~7u) == 0x1200) {
            pages_free(&subject, taken.frame[i], 0);
            taken.frame[i--] = taken.frame[--taken.count];
        }
    assert_int_equal(free_frames(ZONE_LOW), 16);
    struct model_state before = model_state(&subject);
    assert_true(pfn_is_none(pages_alloc(&subject, 5, PAGES_LOW)));
    assert_int_equal(subject.failure.cause, MM_NO_FRAMES);
    assert_refused(kmalloc(&subject, 20 * PAGE_SIZE, PAGES_LOW), MM_NO_FRAMES);
    assert_same_state(&subject, &before);
    assert_int_equal(pages_alloc(&subject, 4, PAGES_LOW).value, first.value);
    assert_int_equal(subject.counters.heap_span_bytes, 0);
    pages_free(&subject, first, 4);
    subject_stop();
}

/* With the slabs' frames, enough are free, but not in one piece. */
MACHINE_TEST(slabs_that_make_no_run_stay)
{
    start(24);
    keep_slabs(8, 4096, PAGES_LOW);
    take_free_frames(&taken, &subject);
    pages_free(&subject, taken.frame[--taken.count], 0);
    for (uint32_t freed = 0, i = taken.count; freed < 20; i -= 2) /* every second frame */
        if (zone_of(taken.frame[i - 1]) == ZONE_LOW) {
            pages_free(&subject, taken.frame[i - 1], 0);
            taken.frame[i - 1] = taken.frame[--taken.count];
            freed++;
        }
    struct model_state before = model_state(&subject);
    assert_true(pfn_is_none(pages_alloc(&subject, 4, PAGES_LOW)));
    assert_int_equal(subject.failure.cause, MM_NO_RUN);
    assert_same_state(&subject, &before);
    assert_int_equal(subject.counters.heap_span_bytes, 8 * PAGE_SIZE);
    subject_stop();
}

/* A block is free, but the reserve forbids it. With the slabs' frames it does not. */
MACHINE_TEST(slabs_give_back_for_a_reserve)
{
    start(512);
    keep_slabs(8, 4096, PAGES_LOW);
    take_class(PAGES_USER); /* takes the frames of the slabs, too */
    assert_int_equal(free_frames(ZONE_LOW), 16);
    assert_int_equal(subject.counters.heap_span_bytes, 0);
    subject_stop();
}

/* An area of vmalloc() gets all its frames or none. */
MACHINE_TEST(an_area_that_fails_leaves_slabs_alone)
{
    start(24);
    keep_slabs(8, 4096, PAGES_LOW);
    take_free_frames(&taken, &subject);
    struct model_state before = model_state(&subject);
    assert_refused(vmalloc(&subject, 9 * PAGE_SIZE), MM_NO_FRAMES);
    assert_same_state(&subject, &before);
    assert_int_equal(subject.counters.heap_span_bytes, 8 * PAGE_SIZE);
    subject_stop();
}

/* ---- the owners of frames ---- */

MACHINE_TEST(gives_each_frame_its_kind)
{
    start(24);
    vaddr_t object = kmalloc(&subject, 1, PAGES_LOW);
    vaddr_t block = kmalloc(&subject, 10000, PAGES_LOW);
    pfn_t page = pages_alloc(&subject, 0, PAGES_USER);
    pfn_t slab = paddr_to_pfn(direct_map_inverse(object));
    pfn_t large = paddr_to_pfn(direct_map_inverse(block));
    assert_int_equal(mm_frame_kind(&subject, slab), FRAME_SLAB);
    assert_int_equal(mm_frame_kind(&subject, pfn_add(large, 3)), FRAME_HEAP);
    assert_int_equal(mm_frame_kind(&subject, page), FRAME_USER);
    pages_free(&subject, page, 0);
    assert_int_equal(mm_frame_kind(&subject, page), FRAME_FREE);
    kfree(&subject, block);
    assert_int_equal(mm_frame_kind(&subject, large), FRAME_FREE);
    kfree(&subject, object);
    subject_stop();
}

MACHINE_TEST(the_heap_may_be_in_all_low_memory)
{
    struct vaddr_range range;

    start(24);
    assert_true(subject.strategy->heap_range(&subject, 0, &range));
    assert_int_equal(range.start.value, direct_map_frame(pfn(0xf00)).value);
    assert_true(range.end.value <= direct_map_frame(pfn(0x1400)).value);
    assert_false(subject.strategy->heap_range(&subject, 1, &range));
    subject_stop();
}

static void run_free_page(void *context)
{
    pages_free(&subject, *(const pfn_t *)context, 0);
}

MACHINE_TEST(pages_are_not_kmallocs)
{
    start(24);
    vaddr_t object = kmalloc(&subject, 1, PAGES_LOW);
    vaddr_t block = kmalloc(&subject, 10000, PAGES_LOW);
    pfn_t slab = paddr_to_pfn(direct_map_inverse(object));
    pfn_t large = paddr_to_pfn(direct_map_inverse(block));
    assert_panics(run_free_page, &slab, "is a slab's");
    assert_panics(run_free_page, &large, "is in a block of kmalloc()");
    kfree(&subject, block);
    assert_panics(run_free_page, &large, "is free");
    kfree(&subject, object);
    subject_stop();
}

MACHINE_TEST(checker_sees_a_frame_that_is_both_free_and_in_a_slab)
{
    subject_start("zoned", 800 * MIB);
    vaddr_t block = kmalloc(&subject, 10000, PAGES_LOW);
    pfn_t large = paddr_to_pfn(direct_map_inverse(block));
    owner_set(&subject, large, 2, OWNER_KERNEL);
    assert_string_equal(mm_check(&subject), "slab: large_frames disagrees with the blocks");
    owner_set(&subject, large, 2, OWNER_BLOCK);
    pfn_t page = pages_alloc(&subject, 0, PAGES_USER);
    assert_true(page.value >= state()->slabs.first + state()->slabs.frames);
    owner_set(&subject, page, 0, OWNER_BLOCK);
    assert_string_equal(mm_check(&subject),
                        "zoned: the frames of kmalloc() are not those of its slabs and blocks");
    owner_set(&subject, page, 0, OWNER_PAGES_USER);
    pages_free(&subject, page, 0);
    frames_buddy_free(&state()->frames, large, 2);
    subject.counters.frames_used -= 4;
    assert_string_equal(mm_check(&subject),
                        "owners: a frame that the strategy has free has an owner");
    mm_exit(&subject);
}
