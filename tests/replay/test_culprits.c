/* Tests whom a failure names as its culprit: for most causes, the largest holder. Failures for lack
 * of a run are tested in test_culprits_run.c. */
#include "replay/culprit.h"
#include "replay/slots.h"
#include "support/model_mm.h"
#include "support/model_replay.h"
#include "support/test.h"

#include <mm/frame_owner.h>

#include <string.h>

static void assert_nobody(enum mm_cause cause)
{
    assert_true(pfn_is_none(first_culprit(cause)->frame));
    assert_false(first_culprit(cause)->owned);
}

/* ---- no_frames, zone ---- */

MACHINE_TEST(without_frames_the_largest_holder_is_named)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1200)}}};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    event_pages(1, 6, PAGES_LOW, SITE_NONE);
    event_pages(9, 7, PAGES_LOW, SITE_NONE);
    event_pages(4, 7, PAGES_LOW, SITE_NONE); /* the same size, but later */
    event_kmalloc(5, MIB);
    assert_culprit(MM_NO_FRAMES, model_slots[9].where, 9, 128);
    assert_int_equal(first_culprit(MM_NO_FRAMES)->since_event, 2);
    model_replay_stop();
}

/* Of two equal holders the older one is named, whatever its slot, also after 2^32 events. */
MACHINE_TEST(the_older_of_equals_is_named)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1200)}}};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    model_replay.result.events = UINT32_MAX - 1u;
    event_pages(9, 7, PAGES_LOW, SITE_NONE);
    event_pages(4, 7, PAGES_LOW, SITE_NONE);
    event_kmalloc(5, 4 * MIB);
    assert_culprit(MM_NO_FRAMES, model_slots[9].where, 9, 128);
    const struct replay_failure *first = &model_replay.result.first_by_cause[MM_NO_FRAMES];
    assert_int_equal(first->blocker.since_event, UINT32_MAX);
    assert_int_equal(replay_age(first), 2);
    model_replay_stop();
}

MACHINE_TEST(a_process_may_be_the_largest_holder)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1200)}}};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    event_kmalloc(1, 10 * PAGE_SIZE);
    event_process(0); /* has two frames, and one for each page that it touches */
    event_process(2);
    event_map(2, 0x10000000, 40 * PAGE_SIZE, true);
    for (uint32_t page = 0; page < 40; page++)
        event_touch(2, 0x10000000 + page * PAGE_SIZE, true);
    event_kmalloc(5, 3 * MIB);
    assert_int_equal(first_culprit(MM_NO_FRAMES)->process, MODEL_PID(2));
    assert_int_equal(first_culprit(MM_NO_FRAMES)->frames, 40 + 3);
    assert_int_equal(first_culprit(MM_NO_FRAMES)->slot, 2);
    model_replay_stop();
}

/* The largest holder of all need not hold anything in the zone. */
MACHINE_TEST(the_largest_holder_in_the_zone_is_named)
{
    const struct memmap map = {
        3, {{pfn(0x400), pfn(0x408)}, {pfn(0x1000), pfn(0x1100)}, {pfn(0x30000), pfn(0x30200)}}};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    event_pages(1, 8, PAGES_USER, SITE_NONE); /* in HIGH */
    event_process(1);                         /* in LOW, with pages in HIGH */
    event_map(1, 0x10000000, 200 * PAGE_SIZE, true);
    for (uint32_t page = 0; page < 200; page++)
        event_touch(1, 0x10000000 + page * PAGE_SIZE, true);
    event_pages(2, 6, PAGES_LOW, SITE_NONE);
    event_pages(3, 2, PAGES_DMA, SITE_NONE);
    for (uint32_t slot = 10; slot < 300; slot++)
        event_pages(slot, 0, PAGES_LOW, SITE_NONE);
    assert_culprit(MM_ZONE, model_slots[2].where, 2, 64);

    struct replay_failure failure = model_replay.result.first_by_cause[MM_ZONE];
    failure.page_class = PAGES_DMA;
    assert_int_equal(culprit_of(&model_replay, &failure).slot, 3);
    assert_int_equal(culprit_of(&model_replay, &failure).frames, 4);
    failure.page_class = PAGES_USER;
    assert_int_equal(culprit_of(&model_replay, &failure).slot, 1);
    model_replay_stop();
}

/* A touch that fails for a zone lacks a page table, which must lie below 768 MiB. */
MACHINE_TEST(a_page_table_that_fails_names_the_holder_in_its_zone)
{
    const struct memmap map = {2, {{pfn(0x1000), pfn(0x1100)}, {pfn(0x30000), pfn(0x30200)}}};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    event_pages(1, 8, PAGES_USER, SITE_NONE);
    event_process(1);
    event_map(1, 0x10000000, PAGE_SIZE, true);
    for (uint32_t slot = 10; model_replay.result.failures[REQUEST_PAGES] == 0; slot++)
        event_pages(slot, 0, PAGES_LOW, SITE_NONE);
    memset(&model_replay.result.first_by_cause[MM_ZONE], 0, sizeof(struct replay_failure));
    event_touch(1, 0x10000000, true);
    assert_int_equal(model_replay.result.first_by_cause[MM_ZONE].request, REQUEST_TOUCH);
    assert_int_equal(model_replay.result.first_by_cause[MM_ZONE].page_class, PAGES_LOW);
    assert_int_equal(first_culprit(MM_ZONE)->process,
                     MODEL_PID(1)); /* two frames are the most in that zone */
    model_replay_stop();
}

/* A resized block keeps its class. */
MACHINE_TEST(resizing_keeps_the_class)
{
    const struct memmap map = {2, {{pfn(0x400), pfn(0x440)}, {pfn(0x1000), pfn(0x1100)}}};

    model_replay_start_on(mm_strategy_find("primary"), &map);
    replay_one(
        (struct event){.kind = EVENT_KMALLOC, .slot = 1, .bytes = 5000, .page_class = PAGES_DMA});
    event_krealloc(1, 6000);
    event_krealloc(1, MIB);
    assert_int_equal(model_replay.result.first_by_cause[MM_NO_FRAMES].page_class +
                         model_replay.result.first_by_cause[MM_ZONE].page_class,
                     PAGES_DMA);
    model_replay_stop();
}

MM_TEST(nobody_is_named_if_nothing_is_held)
{
    struct replay_failure failure = {.cause = MM_NO_FRAMES, .request = REQUEST_KMALLOC};

    model_replay_start(strategy, 64 * MIB);
    assert_true(pfn_is_none(culprit_of(&model_replay, &failure).frame));
    failure.cause = MM_NO_ADDRESS_SPACE;
    assert_true(pfn_is_none(culprit_of(&model_replay, &failure).frame));
    model_replay_stop();
}

/* ---- no_address_space ---- */

MACHINE_TEST(the_largest_block_of_the_windows_heap_is_named)
{
    model_replay_start(mm_strategy_find("window"), 128 * MIB);
    event_kmalloc(1, 20 * MIB);
    event_vmalloc(2, 30 * MIB); /* in the heap, under this strategy */
    event_pages(3, 0, PAGES_LOW, SITE_NONE);
    event_kmalloc(4, 20 * MIB);
    assert_int_equal(first_culprit(MM_NO_ADDRESS_SPACE)->slot, 2);
    assert_int_equal(first_culprit(MM_NO_ADDRESS_SPACE)->kind, FRAME_HEAP);
    model_replay_stop();
}

/* In this strategy vmalloc() has the window to itself. */
MACHINE_TEST(the_largest_area_of_the_window_is_named)
{
    model_replay_start(mm_strategy_find("brk"), 256 * MIB);
    event_kmalloc(1, 40 * MIB);
    event_vmalloc(2, 30 * MIB);
    event_vmalloc(3, 32 * MIB);
    event_vmalloc(4, 30 * MIB);
    assert_int_equal(first_culprit(MM_NO_ADDRESS_SPACE)->slot, 3);
    assert_int_equal(first_culprit(MM_NO_ADDRESS_SPACE)->kind, FRAME_VMALLOC);
    assert_int_equal(first_culprit(MM_NO_ADDRESS_SPACE)->frames, 32 * MIB >> PAGE_SHIFT);
    model_replay_stop();
}

/* The heap is full, so its blocks are compared. */
MACHINE_TEST(the_largest_block_below_the_limit_of_brk_is_named)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x3000)}}};
    struct replay_failure failure = {
        .cause = MM_NO_ADDRESS_SPACE, .request = REQUEST_KMALLOC, .bytes = 20 * MIB};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    event_kmalloc(1, 9 * MIB);
    event_vmalloc(2, 10 * MIB);
    assert_int_equal(culprit_of(&model_replay, &failure).slot, 1);
    failure.request = REQUEST_VMALLOC;
    assert_int_equal(culprit_of(&model_replay, &failure).slot, 2);
    model_replay_stop();
}

/* A request larger than the whole address space has no culprit. */
MM_TEST(requests_beyond_the_address_space_have_no_culprit)
{
    model_replay_start(strategy, 256 * MIB);
    event_kmalloc(0, MIB);
    event_vmalloc(1, MIB);
    event_kmalloc(2, UINT32_MAX);
    assert_nobody(replay_first_failure(&model_replay.result)->cause);
    memset(&model_replay.result.first_by_cause[MM_NO_ADDRESS_SPACE], 0,
           sizeof(struct replay_failure));
    event_vmalloc(3, 64 * MIB);
    assert_nobody(MM_NO_ADDRESS_SPACE);
    model_replay_stop();
}

/* A process's own address space has no culprit. */
MM_TEST(a_range_that_is_taken_has_no_culprit)
{
    model_replay_start(strategy, 64 * MIB);
    event_kmalloc(0, 100);
    event_process(1);
    event_map(1, 0x10000000, PAGE_SIZE, true);
    event_map(1, 0x10000000, PAGE_SIZE, true);
    assert_nobody(MM_NO_ADDRESS_SPACE);
    event_touch(1, 0x20000000, true);
    assert_nobody(MM_BAD_ACCESS);
    model_replay_stop();
}
