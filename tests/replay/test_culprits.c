/* Who is named for each cause of a failure; and that looking changes nothing. */
#include "replay/culprit.h"
#include "replay/run_json.h"
#include "replay/slots.h"
#include "support/model_mm.h"
#include "support/model_replay.h"

#include <mm/frame_kind.h>

#include <string.h>

static const struct replay_culprit *first_of(enum mm_cause cause)
{
    const struct replay_failure *first = &model_replay.result.first_by_cause[cause];

    assert_true(first->event != 0);
    return &first->blocker;
}

static void assert_nobody(enum mm_cause cause)
{
    assert_true(pfn_is_none(first_of(cause)->frame));
    assert_false(first_of(cause)->owned);
}

static void assert_slot(enum mm_cause cause, uint32_t frame, uint32_t slot, uint32_t frames)
{
    const struct replay_culprit *culprit = first_of(cause);

    assert_int_equal(culprit->frame.value, frame);
    assert_true(culprit->owned);
    assert_int_equal(culprit->process, 0);
    assert_int_equal(culprit->slot, slot);
    assert_int_equal(culprit->frames, frames);
}

/* ---- no_run ---- */

/* All of RAM in single pages, the highest first: slot i has the i-th from above. */
static uint32_t take_all(enum page_class class)
{
    uint32_t pages = (uint32_t)(mm_free_bytes(&model_mm) >> PAGE_SHIFT);

    for (uint32_t slot = 0; slot < pages; slot++)
        play_pages(slot, 0, class, slot);
    return pages;
}

static uint32_t slot_of_frame(uint32_t pages, uint32_t frame)
{
    for (uint32_t slot = 0; slot < pages; slot++)
        if (slot_is_live(slot) && model_slots[slot].where == frame)
            return slot;
    fail_msg("nobody has frame 0x%x", frame);
    return 0;
}

static void give(uint32_t pages, uint32_t from, uint32_t to)
{
    for (uint32_t frame = from; frame < to; frame++)
        play_free(EVENT_FREE_PAGES, slot_of_frame(pages, frame));
}

/*
 *     1000     1010                1030     1040
 *      |......U.|...used...........|..UU....|   an order-3 block: 1000 lacks nothing before 1006
 */
MACHINE_TEST(the_nearest_run_is_named)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1200)}}};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    uint32_t pages = take_all(PAGES_LOW);
    uint32_t culprit = slot_of_frame(pages, 0x1036);
    give(pages, 0x1011, 0x1016); /* 1010, 1016 and 1017 are used: three */
    give(pages, 0x1030, 0x1036); /* 1036 and 1037: two */
    give(pages, 0x1042, 0x1048); /* two as well, but above */
    give(pages, 0x1025, 0x102b); /* six in a row, across two blocks */
    play_pages(4000, 3, PAGES_LOW, SITE_NONE);
    assert_slot(MM_NO_RUN, 0x1036, culprit, 1);
    assert_int_equal(first_of(MM_NO_RUN)->site, culprit);
    assert_int_equal(first_of(MM_NO_RUN)->since_event, culprit + 1);
    assert_int_equal(first_of(MM_NO_RUN)->kind, FRAME_KERNEL);
    model_replay_stop();
}

/* Zones that the request may not use have better runs; the end of a run of RAM is no place. */
MACHINE_TEST(a_run_is_inside_ram_of_its_zones)
{
    const struct memmap map = {
        3, {{pfn(0x400), pfn(0x40e)}, {pfn(0x1000), pfn(0x1100)}, {pfn(0x30000), pfn(0x30010)}}};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    uint32_t pages = take_all(PAGES_USER);
    give(pages, 0x30001, 0x30008); /* HIGH: one is missing */
    give(pages, 0x1021, 0x1027);   /* LOW: two are */
    give(pages, 0x408, 0x40e);     /* DMA: six of eight, and then there is no RAM */
    give(pages, 0x401, 0x404);
    uint32_t low = slot_of_frame(pages, 0x1020);
    uint32_t dma = slot_of_frame(pages, 0x400);
    uint32_t high = slot_of_frame(pages, 0x30000);
    play_pages(4000, 3, PAGES_LOW, SITE_NONE);
    assert_slot(MM_NO_RUN, 0x1020, low, 1);
    assert_int_equal(first_of(MM_NO_RUN)->kind, FRAME_USER);

    struct replay_failure failure = model_replay.result.first_by_cause[MM_NO_RUN];
    failure.class = PAGES_DMA;
    assert_int_equal(culprit_of(&model_replay, &failure).slot, dma);
    failure.class = PAGES_USER;
    assert_int_equal(culprit_of(&model_replay, &failure).slot, high);
    failure.class = PAGES_DMA;
    failure.bytes = 32 * PAGE_SIZE; /* no run of RAM is that long */
    assert_true(pfn_is_none(culprit_of(&model_replay, &failure).frame));
    model_replay_stop();
}

/* With segments LOW ends at 512 MiB, inside a run of RAM: what lies above is of no use to it. */
MACHINE_TEST(a_run_ends_where_low_does)
{
    const struct memmap map = {1, {{pfn(0x1ff80), pfn(0x20020)}}};
    static struct strategy with_segments;
    struct replay_failure failure = {
        .cause = MM_NO_RUN, .request = REQUEST_PAGES, .class = PAGES_LOW, .bytes = 8 * PAGE_SIZE};

    with_segments = *mm_strategy_find("brk");
    with_segments.segments = true;
    model_replay_start_on(&with_segments, &map);
    uint32_t pages = take_all(PAGES_USER);
    give(pages, 0x20001, 0x20008);
    give(pages, 0x1ff85, 0x1ff88);
    assert_int_equal(culprit_of(&model_replay, &failure).frame.value, 0x1ff80);
    failure.class = PAGES_USER;
    assert_int_equal(culprit_of(&model_replay, &failure).frame.value, 0x20000);
    model_replay_stop();
}

/* A block of the heap is where it is, and may be in pieces: frames of the heap count double. */
MACHINE_TEST(frames_of_the_heap_count_double)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1100)}}};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    play_kmalloc(1, PAGE_SIZE); /* 1000 and 1001: two frames of the heap */
    for (uint32_t slot = 2; mm_free_bytes(&model_mm) != 0; slot++) /* the rest, in pages */
        play_pages(slot, 0, PAGES_LOW, SITE_NONE);
    give(300, 0x1002, 0x1004);
    give(300, 0x100b, 0x100c);
    struct replay_failure failure = {
        .cause = MM_NO_RUN, .request = REQUEST_PAGES, .class = PAGES_LOW, .bytes = 4 * PAGE_SIZE};
    assert_int_equal(culprit_of(&model_replay, &failure).frame.value, 0x1008); /* 3 against 4 */
    give(300, 0x1009, 0x100a);
    give(300, 0x1004, 0x1008); /* a place that is free is not looked at */
    assert_int_equal(culprit_of(&model_replay, &failure).frame.value, 0x1008); /* 2 against 4 */
    play_free(EVENT_KFREE, 1); /* the heap keeps both: nobody has them */
    assert_int_equal(culprit_of(&model_replay, &failure).frame.value, 0x1008);
    model_replay_stop();
}

/* A block of the heap may begin at any frame; one that does although its length is free has to be
   aligned, as a buddy system's. One of another kind needs frames one by one. */
MACHINE_TEST(what_a_run_is_depends_on_the_request)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1100)}}};
    struct replay_failure failure = {
        .cause = MM_NO_RUN, .request = REQUEST_KMALLOC, .class = PAGES_LOW, .bytes = 3 * PAGE_SIZE};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    uint32_t pages = take_all(PAGES_LOW);
    give(pages, 0x1003, 0x1004);
    give(pages, 0x1005, 0x1006);
    assert_int_equal(culprit_of(&model_replay, &failure).frame.value, 0x1004);
    give(pages, 0x1011, 0x1014); /* three free frames: of no use, for 1010 is missing */
    assert_int_equal(culprit_of(&model_replay, &failure).frame.value, 0x1010);
    failure.request = REQUEST_VMALLOC;
    assert_int_equal(culprit_of(&model_replay, &failure).frame.value, 0x1000);
    model_replay_stop();
}

/* Frames that nobody of the trace has weigh more than any that somebody has. */
MACHINE_TEST(frames_of_nobody_come_last)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1100)}}};
    struct replay_failure failure = {
        .cause = MM_NO_RUN, .request = REQUEST_PAGES, .class = PAGES_LOW, .bytes = 2 * PAGE_SIZE};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    uint32_t pages = take_all(PAGES_LOW);
    pfn_t frame = pfn(model_slots[slot_of_frame(pages, 0x1000)].where);
    model_slots[slot_of_frame(pages, 0x1000)].kind_site = slot_pack(SLOT_FAILED, EVENT_PAGES, 0);
    give(pages, 0x1001, 0x1002);
    assert_int_equal(culprit_of(&model_replay, &failure).frame.value, 0x1002);
    failure.bytes = 256 * PAGE_SIZE; /* longer than what carving has left */
    assert_true(pfn_is_none(culprit_of(&model_replay, &failure).frame));
    pages_free(&model_mm, frame, 0);
    model_replay_stop();
}

/* Nobody has any: the lowest of those. */
MACHINE_TEST(a_run_may_be_nobodys_alone)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1100)}}};
    struct replay_failure failure = {
        .cause = MM_NO_RUN, .request = REQUEST_PAGES, .class = PAGES_LOW, .bytes = 2 * PAGE_SIZE};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    pfn_t first = pages_alloc(&model_mm, 7, PAGES_LOW);
    struct replay_culprit culprit = culprit_of(&model_replay, &failure);
    assert_int_equal(culprit.frame.value, first.value);
    assert_false(culprit.owned);
    assert_int_equal(culprit.kind, FRAME_KERNEL);
    pages_free(&model_mm, first, 7);
    model_replay_stop();
}

/* `primary` serves pages from its heap: between two of them lies a frame that no block has. */
MACHINE_TEST(a_page_between_blocks)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1100)}}};

    model_replay_start_on(mm_strategy_find("primary"), &map);
    for (uint32_t slot = 0; slot < 400; slot++)
        play_kmalloc(slot, 3000);
    for (uint32_t slot = 0; slot < 400; slot += 2)
        play_free(EVENT_KFREE, slot);
    play_pages(400, 0, PAGES_LOW, SITE_NONE);
    assert_true(first_of(MM_NO_RUN)->owned);
    assert_int_equal(first_of(MM_NO_RUN)->slot % 2, 1);
    assert_int_equal(first_of(MM_NO_RUN)->kind, FRAME_HEAP);
    model_replay_stop();
}

/* A process has frames, too. */
MM_TEST(a_process_may_be_in_the_way)
{
    struct replay_failure failure = {
        .cause = MM_NO_RUN, .request = REQUEST_TOUCH, .class = PAGES_LOW, .bytes = PAGE_SIZE};

    model_replay_start(strategy, 64 * MIB);
    play_process(3);
    struct replay_culprit culprit = culprit_of(&model_replay, &failure);
    assert_true(culprit.owned);
    assert_int_equal(culprit.process, MODEL_PID(3));
    assert_int_equal(culprit.slot, 3);
    assert_int_equal(culprit.since_event, 1);
    assert_int_equal(culprit.frames, 2);
    assert_int_equal(culprit.kind, FRAME_PAGE_TABLE);
    model_replay_stop();
}

/* ---- no_frames, zone ---- */

MACHINE_TEST(without_frames_the_largest_holder_is_named)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1200)}}};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    play_pages(1, 6, PAGES_LOW, SITE_NONE);
    play_pages(9, 7, PAGES_LOW, SITE_NONE);
    play_pages(4, 7, PAGES_LOW, SITE_NONE); /* as many, but later */
    play_kmalloc(5, MIB);
    assert_slot(MM_NO_FRAMES, model_slots[9].where, 9, 128);
    assert_int_equal(first_of(MM_NO_FRAMES)->since_event, 2);
    model_replay_stop();
}

/* The older of equals, wherever its slot is; and after 2^32 events. */
MACHINE_TEST(the_older_of_equals_is_named)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1200)}}};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    model_replay.result.events = UINT32_MAX - 1u;
    play_pages(9, 7, PAGES_LOW, SITE_NONE);
    play_pages(4, 7, PAGES_LOW, SITE_NONE);
    play_kmalloc(5, 4 * MIB);
    assert_slot(MM_NO_FRAMES, model_slots[9].where, 9, 128);
    const struct replay_failure *first = &model_replay.result.first_by_cause[MM_NO_FRAMES];
    assert_int_equal(first->blocker.since_event, UINT32_MAX);
    assert_int_equal(replay_age(first), 2);
    model_replay_stop();
}

MACHINE_TEST(a_process_may_have_most)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1200)}}};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    play_kmalloc(1, 10 * PAGE_SIZE);
    play_process(0); /* has two frames, and then those that it touches */
    play_process(2);
    play_map(2, 0x10000000, 40 * PAGE_SIZE, true);
    for (uint32_t page = 0; page < 40; page++)
        play_touch(2, 0x10000000 + page * PAGE_SIZE, true);
    play_kmalloc(5, 3 * MIB);
    assert_int_equal(first_of(MM_NO_FRAMES)->process, MODEL_PID(2));
    assert_int_equal(first_of(MM_NO_FRAMES)->frames, 40 + 3);
    assert_int_equal(first_of(MM_NO_FRAMES)->slot, 2);
    model_replay_stop();
}

/* Whoever has most of all need not have anything of the zone. */
MACHINE_TEST(the_largest_holder_in_a_zone)
{
    const struct memmap map = {
        3, {{pfn(0x400), pfn(0x408)}, {pfn(0x1000), pfn(0x1100)}, {pfn(0x30000), pfn(0x30200)}}};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    play_pages(1, 8, PAGES_USER, SITE_NONE); /* HIGH */
    play_process(1);                         /* LOW, and pages in HIGH */
    play_map(1, 0x10000000, 200 * PAGE_SIZE, true);
    for (uint32_t page = 0; page < 200; page++)
        play_touch(1, 0x10000000 + page * PAGE_SIZE, true);
    play_pages(2, 6, PAGES_LOW, SITE_NONE);
    play_pages(3, 2, PAGES_DMA, SITE_NONE);
    for (uint32_t slot = 10; slot < 300; slot++)
        play_pages(slot, 0, PAGES_LOW, SITE_NONE);
    assert_slot(MM_ZONE, model_slots[2].where, 2, 64);

    struct replay_failure failure = model_replay.result.first_by_cause[MM_ZONE];
    failure.class = PAGES_DMA;
    assert_int_equal(culprit_of(&model_replay, &failure).slot, 3);
    assert_int_equal(culprit_of(&model_replay, &failure).frames, 4);
    failure.class = PAGES_USER;
    assert_int_equal(culprit_of(&model_replay, &failure).slot, 1);
    model_replay_stop();
}

/* A touch that fails for a zone lacks a page table: that is below 768 MiB. */
MACHINE_TEST(a_page_table_lacks_its_zone)
{
    const struct memmap map = {2, {{pfn(0x1000), pfn(0x1100)}, {pfn(0x30000), pfn(0x30200)}}};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    play_pages(1, 8, PAGES_USER, SITE_NONE);
    play_process(1);
    play_map(1, 0x10000000, PAGE_SIZE, true);
    for (uint32_t slot = 10; model_replay.result.failures[REQUEST_PAGES] == 0; slot++)
        play_pages(slot, 0, PAGES_LOW, SITE_NONE);
    memset(&model_replay.result.first_by_cause[MM_ZONE], 0, sizeof(struct replay_failure));
    play_touch(1, 0x10000000, true);
    assert_int_equal(model_replay.result.first_by_cause[MM_ZONE].request, REQUEST_TOUCH);
    assert_int_equal(model_replay.result.first_by_cause[MM_ZONE].class, PAGES_LOW);
    assert_int_equal(first_of(MM_ZONE)->process, MODEL_PID(1)); /* two frames: the largest there */
    model_replay_stop();
}

/* A resized block stays where its class put it. */
MACHINE_TEST(resizing_keeps_the_class)
{
    const struct memmap map = {2, {{pfn(0x400), pfn(0x440)}, {pfn(0x1000), pfn(0x1100)}}};

    model_replay_start_on(mm_strategy_find("primary"), &map);
    play((struct event){.kind = EVENT_KMALLOC, .slot = 1, .bytes = 5000, .class = PAGES_DMA});
    play_krealloc(1, 6000);
    play_krealloc(1, MIB);
    assert_int_equal(model_replay.result.first_by_cause[MM_NO_FRAMES].class +
                         model_replay.result.first_by_cause[MM_ZONE].class,
                     PAGES_DMA);
    model_replay_stop();
}

MM_TEST(nobody_has_anything)
{
    struct replay_failure failure = {.cause = MM_NO_FRAMES, .request = REQUEST_KMALLOC};

    model_replay_start(strategy, 64 * MIB);
    assert_true(pfn_is_none(culprit_of(&model_replay, &failure).frame));
    failure.cause = MM_NO_ADDRESS_SPACE;
    assert_true(pfn_is_none(culprit_of(&model_replay, &failure).frame));
    model_replay_stop();
}

/* ---- no_address_space ---- */

MACHINE_TEST(the_largest_block_of_the_windows_heap)
{
    model_replay_start(mm_strategy_find("window"), 128 * MIB);
    play_kmalloc(1, 20 * MIB);
    play_vmalloc(2, 30 * MIB); /* the heap's, here */
    play_pages(3, 0, PAGES_LOW, SITE_NONE);
    play_kmalloc(4, 20 * MIB);
    assert_int_equal(first_of(MM_NO_ADDRESS_SPACE)->slot, 2);
    assert_int_equal(first_of(MM_NO_ADDRESS_SPACE)->kind, FRAME_HEAP);
    model_replay_stop();
}

/* Where vmalloc has the window for itself. */
MACHINE_TEST(the_largest_area_of_the_window)
{
    model_replay_start(mm_strategy_find("brk"), 256 * MIB);
    play_kmalloc(1, 40 * MIB);
    play_vmalloc(2, 30 * MIB);
    play_vmalloc(3, 32 * MIB);
    play_vmalloc(4, 30 * MIB);
    assert_int_equal(first_of(MM_NO_ADDRESS_SPACE)->slot, 3);
    assert_int_equal(first_of(MM_NO_ADDRESS_SPACE)->kind, FRAME_KERNEL);
    assert_int_equal(first_of(MM_NO_ADDRESS_SPACE)->frames, 32 * MIB >> PAGE_SHIFT);
    model_replay_stop();
}

/* The heap's blocks, where it is the heap that is full. */
MACHINE_TEST(the_largest_block_below_the_limit_of_brk)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x3000)}}};
    struct replay_failure failure = {
        .cause = MM_NO_ADDRESS_SPACE, .request = REQUEST_KMALLOC, .bytes = 20 * MIB};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    play_kmalloc(1, 9 * MIB);
    play_vmalloc(2, 10 * MIB);
    assert_int_equal(culprit_of(&model_replay, &failure).slot, 1);
    failure.request = REQUEST_VMALLOC;
    assert_int_equal(culprit_of(&model_replay, &failure).slot, 2);
    model_replay_stop();
}

/* What is larger than the whole of it has nobody in its way. */
MM_TEST(more_than_the_address_space_is_nobodys_fault)
{
    model_replay_start(strategy, 256 * MIB);
    play_kmalloc(0, MIB);
    play_vmalloc(1, MIB);
    play_kmalloc(2, UINT32_MAX);
    assert_nobody(replay_first_failure(&model_replay.result)->cause);
    memset(&model_replay.result.first_by_cause[MM_NO_ADDRESS_SPACE], 0,
           sizeof(struct replay_failure));
    play_vmalloc(3, 64 * MIB);
    assert_nobody(MM_NO_ADDRESS_SPACE);
    model_replay_stop();
}

/* The address space of a process is its own. */
MM_TEST(a_range_that_is_taken_is_nobodys_fault)
{
    model_replay_start(strategy, 64 * MIB);
    play_kmalloc(0, 100);
    play_process(1);
    play_map(1, 0x10000000, PAGE_SIZE, true);
    play_map(1, 0x10000000, PAGE_SIZE, true);
    assert_nobody(MM_NO_ADDRESS_SPACE);
    play_touch(1, 0x20000000, true);
    assert_nobody(MM_BAD_ACCESS);
    model_replay_stop();
}

/* ---- watching ---- */

static struct {
    uint32_t failures;
    uint64_t last_event;
    uint8_t kinds[0x4000];
} watched;

/* All that can be looked at. */
static void watch(void *context, const struct replay_failure *failure)
{
    assert_ptr_equal(context, &watched);
    assert_true(pfn_is_none(failure->blocker.frame));
    watched.failures++;
    watched.last_event = failure->event;
    (void)culprit_of(&model_replay, failure);
    mm_frame_kinds(&model_mm, watched.kinds, pfn(0x4000));
}

/* All that a run reports: its JSON. */
static struct {
    char text[16384];
    size_t bytes;
} reports[2];

static void put_report(void *context, const char *text, size_t bytes)
{
    (void)context;
    assert_true(reports[0].bytes + bytes < sizeof reports[0].text);
    memcpy(reports[0].text + reports[0].bytes, text, bytes);
    reports[0].bytes += bytes;
}

static void run_of(const struct strategy *strategy, bool watching)
{
    const struct text_out out = {put_report, NULL};
    const struct run_names names = {.strategy = strategy->name};
    uint32_t seed = 5;

    model_replay_start(strategy, 20 * MIB);
    model_replay.on_failure = watching ? watch : NULL;
    model_replay.context = &watched;
    for (uint32_t i = 0; i < 3000; i++) {
        uint32_t slot = test_random(&seed) % 400;
        uint32_t size = test_random(&seed);
        if (slot_is_live(slot))
            play_free(slot % 3 == 0   ? EVENT_KFREE
                      : slot % 3 == 1 ? EVENT_FREE_PAGES
                                      : EVENT_VFREE,
                      slot);
        else if (slot_state(&model_slots[slot]) != SLOT_EMPTY)
            continue;
        else if (slot % 3 == 0)
            play_kmalloc(slot, 1 + size % (64 * 1024));
        else if (slot % 3 == 1)
            play_pages(slot, (uint8_t)(size % 10), (enum page_class)(size >> 8) % 3, slot);
        else
            play_vmalloc(slot, 1 + size % (64 * 1024));
    }
    reports[1] = reports[0];
    reports[0].bytes = 0;
    run_json_put(&out, model_replay_finish(), &names);
    model_replay_stop();
}

/* Owners are known all the time, and may be looked at: nothing that is measured changes. */
static void watching_changes_nothing(void **state)
{
    (void)state;
    for (uint32_t i = 0; mm_strategies[i] != NULL; i++) {
        memset(&watched, 0, sizeof watched);
        assert_non_null(machine_create(NULL));
        run_of(mm_strategies[i], false);
        struct mm_counters counters = model_mm.counters;
        uint32_t metadata = model_mm.metadata_frames;
        machine_destroy(machine_current);
        assert_non_null(machine_create(NULL));
        run_of(mm_strategies[i], true);
        machine_destroy(machine_current);
        assert_true(watched.failures > 10);
        assert_true(watched.last_event > 0);
        assert_int_equal(reports[0].bytes, reports[1].bytes);
        assert_memory_equal(reports[0].text, reports[1].text, reports[0].bytes);
        assert_memory_equal(&counters, &model_mm.counters, sizeof counters);
        assert_int_equal(metadata, model_mm.metadata_frames);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_run_is_named),
        cmocka_unit_test(a_run_is_inside_ram_of_its_zones),
        cmocka_unit_test(a_run_ends_where_low_does),
        cmocka_unit_test(frames_of_the_heap_count_double),
        cmocka_unit_test(what_a_run_is_depends_on_the_request),
        cmocka_unit_test(frames_of_nobody_come_last),
        cmocka_unit_test(a_run_may_be_nobodys_alone),
        cmocka_unit_test(a_page_between_blocks),
        cmocka_unit_test(a_process_may_be_in_the_way),
        cmocka_unit_test(without_frames_the_largest_holder_is_named),
        cmocka_unit_test(the_older_of_equals_is_named),
        cmocka_unit_test(a_process_may_have_most),
        cmocka_unit_test(the_largest_holder_in_a_zone),
        cmocka_unit_test(a_page_table_lacks_its_zone),
        cmocka_unit_test(resizing_keeps_the_class),
        cmocka_unit_test(nobody_has_anything),
        cmocka_unit_test(the_largest_block_of_the_windows_heap),
        cmocka_unit_test(the_largest_area_of_the_window),
        cmocka_unit_test(the_largest_block_below_the_limit_of_brk),
        cmocka_unit_test(more_than_the_address_space_is_nobodys_fault),
        cmocka_unit_test(a_range_that_is_taken_is_nobodys_fault),
        cmocka_unit_test(watching_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
