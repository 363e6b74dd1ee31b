/* Tests whom a failure names if no range of frames is free: the one in the way of the nearest
 * range, the one that lacks the fewest frames. */
#include "replay/culprit.h"
#include "replay/slots.h"
#include "support/model_mm.h"
#include "support/model_replay.h"
#include "support/test.h"

#include <mm/frame_owner.h>
#include <mm/strategy.h>

/* Takes all of RAM in single pages, from the highest down: slot i has the i-th frame. */
static uint32_t take_all(enum page_class page_class)
{
    uint32_t pages = (uint32_t)(mm_free_bytes(&model_mm) >> PAGE_SHIFT);

    for (uint32_t slot = 0; slot < pages; slot++)
        event_pages(slot, 0, page_class, slot);
    return pages;
}

static uint32_t slot_of_frame(uint32_t pages, uint32_t frame)
{
    for (uint32_t slot = 0; slot < pages; slot++)
        if (slot_is_live(slot) && model_slots[slot].where == frame)
            return slot;
    fail_msg("no slot has frame 0x%x", frame);
    return 0;
}

static void give(uint32_t pages, uint32_t from, uint32_t to)
{
    for (uint32_t frame = from; frame < to; frame++)
        event_free(EVENT_FREE_PAGES, slot_of_frame(pages, frame));
}

/*
 *     1000     1010                1030     1040
 *      |......U.|...used...........|..UU....|   an order-3 block: 1000 lacks nothing before 1006
 */
MACHINE_TEST(the_range_that_lacks_fewest_frames_is_named)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1200)}}};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    uint32_t pages = take_all(PAGES_LOW);
    uint32_t culprit = slot_of_frame(pages, 0x1036);
    give(pages, 0x1011, 0x1016); /* 1010, 1016 and 1017 are used: three frames */
    give(pages, 0x1030, 0x1036); /* 1036 and 1037 are used: two */
    give(pages, 0x1042, 0x1048); /* two as well, but higher */
    give(pages, 0x1025, 0x102b); /* six frames in a row, across two blocks */
    event_pages(4000, 3, PAGES_LOW, SITE_NONE);
    assert_culprit(MM_NO_RUN, 0x1036, culprit, 1);
    assert_int_equal(first_culprit(MM_NO_RUN)->site, culprit);
    assert_int_equal(first_culprit(MM_NO_RUN)->since_event, culprit + 1);
    assert_int_equal(first_culprit(MM_NO_RUN)->kind, FRAME_KERNEL);
    model_replay_stop();
}

/* Zones that the request may not use have better ranges, and a range must not reach beyond RAM. */
MACHINE_TEST(a_run_is_inside_ram_of_its_zones)
{
    const struct memmap map = {
        3, {{pfn(0x400), pfn(0x40e)}, {pfn(0x1000), pfn(0x1100)}, {pfn(0x30000), pfn(0x30010)}}};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    uint32_t pages = take_all(PAGES_USER);
    give(pages, 0x30001, 0x30008); /* HIGH: one frame is missing */
    give(pages, 0x1021, 0x1027);   /* LOW: two frames are missing */
    give(pages, 0x408, 0x40e);     /* DMA: six of eight frames are free, then RAM ends */
    give(pages, 0x401, 0x404);
    uint32_t low = slot_of_frame(pages, 0x1020);
    uint32_t dma = slot_of_frame(pages, 0x400);
    uint32_t high = slot_of_frame(pages, 0x30000);
    event_pages(4000, 3, PAGES_LOW, SITE_NONE);
    assert_culprit(MM_NO_RUN, 0x1020, low, 1);
    assert_int_equal(first_culprit(MM_NO_RUN)->kind, FRAME_USER);

    struct replay_failure failure = model_replay.result.first_by_cause[MM_NO_RUN];
    failure.page_class = PAGES_DMA;
    assert_int_equal(culprit_of(&model_replay, &failure).slot, dma);
    failure.page_class = PAGES_USER;
    assert_int_equal(culprit_of(&model_replay, &failure).slot, high);
    failure.page_class = PAGES_DMA;
    failure.bytes = 32 * PAGE_SIZE; /* longer than any run of RAM */
    assert_true(pfn_is_none(culprit_of(&model_replay, &failure).frame));
    model_replay_stop();
}

/* With segments LOW ends at 512 MiB, inside a run of RAM. The frames above are of no use for it. */
MACHINE_TEST(a_run_ends_where_low_does)
{
    const struct memmap map = {1, {{pfn(0x1ff80), pfn(0x20020)}}};
    static struct strategy with_segments;
    struct replay_failure failure = {.cause = MM_NO_RUN,
                                     .request = REQUEST_PAGES,
                                     .page_class = PAGES_LOW,
                                     .bytes = 8 * PAGE_SIZE};

    with_segments = *mm_strategy_find("brk");
    with_segments.segments = true;
    model_replay_start_on(&with_segments, &map);
    uint32_t pages = take_all(PAGES_USER);
    give(pages, 0x20001, 0x20008);
    give(pages, 0x1ff85, 0x1ff88);
    assert_int_equal(culprit_of(&model_replay, &failure).frame.value, 0x1ff80);
    failure.page_class = PAGES_USER;
    assert_int_equal(culprit_of(&model_replay, &failure).frame.value, 0x20000);
    model_replay_stop();
}

/* A block of the heap cannot be moved and may be in pieces, so frames of the heap count double. */
MACHINE_TEST(frames_of_the_heap_count_double)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1100)}}};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    event_kmalloc(1, PAGE_SIZE); /* 1000 and 1001: two frames of the heap */
    for (uint32_t slot = 2; mm_free_bytes(&model_mm) != 0; slot++) /* the rest in single pages */
        event_pages(slot, 0, PAGES_LOW, SITE_NONE);
    give(300, 0x1002, 0x1004);
    give(300, 0x100b, 0x100c);
    struct replay_failure failure = {.cause = MM_NO_RUN,
                                     .request = REQUEST_PAGES,
                                     .page_class = PAGES_LOW,
                                     .bytes = 4 * PAGE_SIZE};
    assert_int_equal(culprit_of(&model_replay, &failure).frame.value, 0x1008); /* 3 against 4 */
    give(300, 0x1009, 0x100a);
    give(300, 0x1004, 0x1008); /* a free range is not considered */
    assert_int_equal(culprit_of(&model_replay, &failure).frame.value, 0x1008); /* 2 against 4 */
    event_free(EVENT_KFREE, 1); /* the heap keeps both frames, and nobody owns them */
    assert_int_equal(culprit_of(&model_replay, &failure).frame.value, 0x1008);
    model_replay_stop();
}

/* A block of the heap may begin at any frame. A block of pages must be aligned. Other requests need
 * single frames. */
MACHINE_TEST(each_request_needs_its_own_kind_of_range)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1100)}}};
    struct replay_failure failure = {.cause = MM_NO_RUN,
                                     .request = REQUEST_KMALLOC,
                                     .page_class = PAGES_LOW,
                                     .bytes = 3 * PAGE_SIZE};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    uint32_t pages = take_all(PAGES_LOW);
    give(pages, 0x1003, 0x1004);
    give(pages, 0x1005, 0x1006);
    assert_int_equal(culprit_of(&model_replay, &failure).frame.value, 0x1004);
    give(pages, 0x1011, 0x1014); /* three free frames do not help, because 1010 is used */
    assert_int_equal(culprit_of(&model_replay, &failure).frame.value, 0x1010);
    failure.request = REQUEST_VMALLOC;
    assert_int_equal(culprit_of(&model_replay, &failure).frame.value, 0x1000);
    model_replay_stop();
}

/* A range with frames that no allocation of the trace owns comes after every other range. */
MACHINE_TEST(ranges_with_frames_without_owner_come_last)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1100)}}};
    struct replay_failure failure = {.cause = MM_NO_RUN,
                                     .request = REQUEST_PAGES,
                                     .page_class = PAGES_LOW,
                                     .bytes = 2 * PAGE_SIZE};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    uint32_t pages = take_all(PAGES_LOW);
    pfn_t frame = pfn(model_slots[slot_of_frame(pages, 0x1000)].where);
    model_slots[slot_of_frame(pages, 0x1000)].kind_site = slot_pack(SLOT_FAILED, EVENT_PAGES, 0);
    give(pages, 0x1001, 0x1002);
    assert_int_equal(culprit_of(&model_replay, &failure).frame.value, 0x1002);
    failure.bytes = 256 * PAGE_SIZE; /* longer than the run that the metadata has left */
    assert_true(pfn_is_none(culprit_of(&model_replay, &failure).frame));
    pages_free(&model_mm, frame, 0);
    model_replay_stop();
}

/* If nobody owns frames in any range, the lowest range is named. */
MACHINE_TEST(the_lowest_range_is_named_if_no_frame_has_an_owner)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1100)}}};
    struct replay_failure failure = {.cause = MM_NO_RUN,
                                     .request = REQUEST_PAGES,
                                     .page_class = PAGES_LOW,
                                     .bytes = 2 * PAGE_SIZE};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    pfn_t first = pages_alloc(&model_mm, 7, PAGES_LOW);
    struct replay_culprit culprit = culprit_of(&model_replay, &failure);
    assert_int_equal(culprit.frame.value, first.value);
    assert_false(culprit.owned);
    assert_int_equal(culprit.kind, FRAME_KERNEL);
    pages_free(&model_mm, first, 7);
    model_replay_stop();
}

/* `primary` serves pages from its heap, where a frame that belongs to no block lies between two
 * pages. */
MACHINE_TEST(a_frame_between_blocks_has_no_owner)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1100)}}};

    model_replay_start_on(mm_strategy_find("primary"), &map);
    for (uint32_t slot = 0; slot < 400; slot++)
        event_kmalloc(slot, 3000);
    for (uint32_t slot = 0; slot < 400; slot += 2)
        event_free(EVENT_KFREE, slot);
    event_pages(400, 0, PAGES_LOW, SITE_NONE);
    assert_true(first_culprit(MM_NO_RUN)->owned);
    assert_int_equal(first_culprit(MM_NO_RUN)->slot % 2, 1);
    assert_int_equal(first_culprit(MM_NO_RUN)->kind, FRAME_HEAP);
    model_replay_stop();
}

/* The frames of a process may be in the way, too. */
MM_TEST(a_process_may_be_in_the_way)
{
    struct replay_failure failure = {
        .cause = MM_NO_RUN, .request = REQUEST_TOUCH, .page_class = PAGES_LOW, .bytes = PAGE_SIZE};

    model_replay_start(strategy, 64 * MIB);
    event_process(3);
    struct replay_culprit culprit = culprit_of(&model_replay, &failure);
    assert_true(culprit.owned);
    assert_int_equal(culprit.process, MODEL_PID(3));
    assert_int_equal(culprit.slot, 3);
    assert_int_equal(culprit.since_event, 1);
    assert_int_equal(culprit.frames, 2);
    assert_int_equal(culprit.kind, FRAME_PAGE_TABLE);
    model_replay_stop();
}
