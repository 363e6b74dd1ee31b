/* Tests the culprits of failures, contiguity, samples of fragmentation, and the digest. */
#include "replay/culprit.h"
#include "replay/slots.h"
#include "support/model_mm.h"
#include "support/model_replay.h"
#include "support/on_machine.h"
#include "support/test.h"

#include <mm/pgtable.h>

/* ---- culprits ---- */

static void assert_blames(uint32_t frame, bool owned, uint32_t site, uint64_t since_event)
{
    struct replay_culprit culprit = culprit_find(&model_replay, pfn(frame));

    assert_int_equal(culprit.frame.value, frame);
    assert_int_equal(culprit.owned, owned);
    assert_int_equal(culprit.site, site);
    assert_true(culprit.since_event == since_event);
}

static uint32_t frame_behind(uint32_t address)
{
    paddr_t pa;

    assert_true(mm_translate(&model_mm, vaddr(address), &pa));
    return paddr_to_pfn(pa).value;
}

/* Each frame of pages, blocks and areas has an owner. Other frames have none. */
MM_TEST(blames_the_owner_of_a_frame)
{
    struct event block = event_of(EVENT_KMALLOC, 0, 3 * PAGE_SIZE);
    struct event area = event_of(EVENT_VMALLOC, 1, 3 * PAGE_SIZE);

    block.site = 11;
    area.site = SITES_MAX;
    model_replay_start(strategy, 64 * MIB);
    replay_one(event_of(EVENT_MARK, 0, 0));
    replay_one(block);
    replay_one(area);
    event_pages(2, 0, PAGES_LOW, 13);
    event_kmalloc(3, UINT32_MAX);
    assert_blames(frame_behind(model_slots[0].where), true, 11, 2);
    assert_blames(frame_behind(model_slots[0].where + 3 * PAGE_SIZE - 1), true, 11, 2);
    assert_blames(frame_behind(model_slots[1].where + PAGE_SIZE), true, SITES_MAX, 3);
    assert_blames(model_slots[2].where, true, 13, 4);
    assert_blames(0x500, false, SITE_NONE, 0);                                  /* free */
    assert_blames(paddr_to_pfn(model_mm.directory).value, false, SITE_NONE, 0); /* metadata */
    assert_blames(UINT32_MAX, false, SITE_NONE, 0);                             /* none */
    model_replay_stop();
}

/* Slots keep 32 bits of an event's number, but a trace may have more events. */
MACHINE_TEST(blames_an_event_beyond_32_bits)
{
    model_replay_start(mm_strategy_find("brk"), 32 * MIB);
    model_replay.result.events = 0x2fffffffdu;
    event_pages(0, 0, PAGES_LOW, 7);
    event_pages(1, 0, PAGES_LOW, 7);
    assert_blames(model_slots[0].where, true, 7, 0x2fffffffeu);
    event_pages(2, 0, PAGES_LOW, 7);
    event_pages(3, 0, PAGES_LOW, 7);
    assert_blames(model_slots[0].where, true, 7, 0x2fffffffeu);
    assert_blames(model_slots[3].where, true, 7, 0x300000001u);
    model_replay_stop();
}

/* The owner of a block of pages owns each of its frames. */
MACHINE_TEST(blames_blocks_of_pages)
{
    model_replay_start(mm_strategy_find("brk"), 32 * MIB);
    event_pages(9, 10, PAGES_LOW, 7);
    assert_int_equal(model_slots[9].where, 0x1800);
    assert_blames(0x17ff, false, SITE_NONE, 0);
    assert_blames(0x1800, true, 7, 1);
    assert_blames(0x1bff, true, 7, 1);
    assert_blames(0x1c00, false, SITE_NONE, 0);
    model_replay_stop();
}

/*
 *     LOW |1000 heap -> brk ... |1400 pages 1800|   free   | metadata 2000|   8 MiB are asked for
 */
MACHINE_TEST(the_first_failure_names_its_culprit)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x2000)}}};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    event_kmalloc(0, 1);
    event_pages(5, 10, PAGES_LOW, 7);
    event_pages(6, 10, PAGES_LOW, 8);
    event_free(EVENT_FREE_PAGES, 5);
    event_kmalloc(1, 8 * MIB);
    event_kmalloc(2, 16 * MIB); /* fails for lack of frames, and is counted beside the first */
    const struct replay_result *result = model_replay_finish();
    assert_int_equal(result->failures[REQUEST_KMALLOC], 2);
    assert_int_equal(result->failures_by_cause[MM_BRK_BLOCKED], 1);
    assert_int_equal(result->failures_by_cause[MM_NO_FRAMES], 1);
    /* 12 MiB are free, and 8 MiB are more than a quarter. */
    assert_int_equal(result->failures_while_free, 0);
    const struct replay_failure *first = replay_first_failure(result);
    assert_ptr_equal(first, &result->first_by_cause[MM_BRK_BLOCKED]);
    assert_int_equal(first->event, 5);
    assert_int_equal(first->request, REQUEST_KMALLOC);
    assert_int_equal(first->bytes, 8 * MIB);
    assert_int_equal(first->cause, MM_BRK_BLOCKED);
    assert_false(first->late);
    assert_int_equal(first->free_bytes, mm_free_bytes(&model_mm));
    assert_int_equal(first->blocker.frame.value, 0x1400);
    assert_true(first->blocker.owned);
    assert_int_equal(first->blocker.site, 8);
    assert_int_equal(first->blocker.since_event, 3);
    model_replay_stop();
}

/* More failures for the same causes are only counted. */
static void fail_again(void)
{
    event_kmalloc(11, 9 * MIB);
    event_kmalloc(12, 17 * MIB);
    replay_one(
        (struct event){.kind = EVENT_KMALLOC, .slot = 13, .bytes = 2000, .page_class = PAGES_DMA});
}

/* A failure does not hide a later one for another cause. */
MACHINE_TEST(each_cause_has_its_first_failure)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x2000)}}};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    replay_one(
        (struct event){.kind = EVENT_KMALLOC, .slot = 3, .bytes = 1000, .page_class = PAGES_DMA});
    event_kmalloc(2, 16 * MIB);
    event_pages(5, 10, PAGES_LOW, 7);
    event_pages(6, 10, PAGES_LOW, 8);
    event_free(EVENT_FREE_PAGES, 5);
    event_kmalloc(1, 8 * MIB);
    fail_again();
    const struct replay_result *result = model_replay_finish();
    const struct replay_failure *first = result->first_by_cause;
    assert_ptr_equal(replay_first_failure(result), &first[MM_ZONE]);
    assert_int_equal(first[MM_ZONE].event, 1);
    assert_int_equal(first[MM_ZONE].bytes, 1000);
    assert_int_equal(first[MM_ZONE].cause, MM_ZONE);
    assert_true(pfn_is_none(first[MM_ZONE].blocker.frame));
    assert_int_equal(first[MM_NO_FRAMES].event, 2);
    assert_int_equal(first[MM_NO_FRAMES].bytes, 16 * MIB);
    assert_int_equal(first[MM_NO_FRAMES].cause, MM_NO_FRAMES);
    assert_true(pfn_is_none(first[MM_NO_FRAMES].blocker.frame));
    assert_int_equal(first[MM_BRK_BLOCKED].event, 6);
    assert_int_equal(first[MM_BRK_BLOCKED].bytes, 8 * MIB);
    assert_int_equal(first[MM_BRK_BLOCKED].cause, MM_BRK_BLOCKED);
    assert_int_equal(first[MM_BRK_BLOCKED].blocker.frame.value, 0x1400);
    assert_int_equal(first[MM_BRK_BLOCKED].blocker.site, 8);
    for (uint32_t cause = 0; cause < MM_CAUSE_COUNT; cause++)
        assert_int_equal(result->failures_by_cause[cause], first[cause].event != 0 ? 2 : 0);
    model_replay_stop();
}

/* A hole in RAM is in the way. Nobody owns it. */
MACHINE_TEST(a_hole_has_no_owner)
{
    const struct memmap map = {2, {{pfn(0x1000), pfn(0x1400)}, {pfn(0x1410), pfn(0x1500)}}};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    event_kmalloc(0, 1100 * PAGE_SIZE);
    const struct replay_result *result = model_replay_finish();
    assert_int_equal(replay_first_failure(result)->cause, MM_BRK_BLOCKED);
    assert_int_equal(replay_first_failure(result)->blocker.frame.value, 0x1400);
    assert_false(replay_first_failure(result)->blocker.owned);
    model_replay_stop();
}

/* Takes all pages, then frees all but the lowest. Nearly all memory is free, but brk cannot move.
 */
static uint32_t leave_the_lowest_page(void)
{
    uint32_t pages = (uint32_t)(mm_free_bytes(&model_mm) >> PAGE_SHIFT);

    for (uint32_t slot = 0; slot < pages; slot++)
        event_pages(slot, 0, PAGES_LOW, slot);
    for (uint32_t slot = 0; slot + 1 < pages; slot++)
        event_free(EVENT_FREE_PAGES, slot);
    return pages;
}

MACHINE_TEST(counts_failures_while_memory_is_free)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1200)}}};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    uint32_t pages = leave_the_lowest_page();
    event_kmalloc(MODEL_SLOTS - 1, 100);
    const struct replay_result *result = model_replay_finish();
    const struct replay_failure *first = replay_first_failure(result);
    assert_int_equal(result->failures_while_free, 1);
    assert_int_equal(result->kmallocs_failed_while_free, 1);
    assert_int_equal(result->failures_by_cause[MM_BRK_BLOCKED], 1);
    assert_int_equal(first->blocker.frame.value, 0x1000);
    assert_int_equal(first->blocker.frame.value, model_slots[pages - 1].where);
    assert_int_equal(first->blocker.since_event, pages);
    assert_int_equal(first->blocker.site, pages - 1);
    assert_int_equal(first->free_bytes, (pages - 1) * PAGE_SIZE);
    model_replay_stop();
}

/* ---- contiguity ---- */

/* Frees pages in descending order into the stack of frames, so that blocks made of it are not
 * contiguous. */
static void turn_the_stack(uint32_t slot)
{
    for (uint32_t i = 0; i < 10; i++)
        event_pages(slot + i, 0, PAGES_USER, SITE_NONE);
    for (uint32_t i = 0; i < 10; i++)
        event_free(EVENT_FREE_PAGES, slot + i);
}

static void make_blocks(uint32_t slot, uint32_t blocks)
{
    for (uint32_t i = 0; i < blocks; i++) {
        event_kmalloc(slot, 3 * PAGE_SIZE);
        event_free(EVENT_KFREE, slot);
    }
}

MACHINE_TEST(few_blocks_give_one_fraction)
{
    model_replay_start(mm_strategy_find("window"), 64 * MIB);
    event_kmalloc(0, PAGE_SIZE); /* a block of one page does not count */
    assert_int_equal(model_replay.result.blocks_over_page, 0);
    event_kmalloc(1, PAGE_SIZE + 1);
    turn_the_stack(10);
    event_kmalloc(2, 3 * PAGE_SIZE);
    event_vmalloc(3, 3 * PAGE_SIZE);
    const struct replay_result *result = model_replay_finish();
    assert_int_equal(result->blocks_over_page, 3);
    assert_int_equal(result->blocks_contiguous, 1);
    assert_int_equal(result->contiguous_worst_permille, 333);
    model_replay_stop();
}

MACHINE_TEST(the_worst_hundred_blocks_are_kept)
{
    model_replay_start(mm_strategy_find("window"), 64 * MIB);
    make_blocks(0, 100);
    assert_int_equal(model_replay.result.contiguous_worst_permille, 1000);
    event_kmalloc(0, 3 * PAGE_SIZE); /* the first block of the next hundred */
    turn_the_stack(10);
    make_blocks(1, 99);
    make_blocks(2, 50); /* this hundred is not full */
    const struct replay_result *result = model_replay_finish();
    assert_int_equal(result->blocks_over_page, 250);
    assert_int_equal(result->blocks_contiguous, 101);
    assert_int_equal(result->contiguous_worst_permille, 10);
    model_replay_stop();
}

MM_TEST(without_long_blocks_there_is_no_scatter)
{
    model_replay_start(strategy, 64 * MIB);
    assert_int_equal(model_replay_finish()->contiguous_worst_permille, 1000);
    model_replay_stop();
}

/* ---- samples of fragmentation ---- */

MACHINE_TEST(the_worst_sample_is_kept)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1200)}}};

    model_replay_start_on(mm_strategy_find("brk"), &map);
    uint32_t pages = (uint32_t)(mm_free_bytes(&model_mm) >> PAGE_SHIFT);
    for (uint32_t slot = 0; slot < pages; slot++)
        event_pages(slot, 0, PAGES_LOW, SITE_NONE);
    for (uint32_t slot = 0; slot < pages; slot += 2)
        event_free(EVENT_FREE_PAGES, slot);
    while (model_replay.sample_in != 1)
        replay_one(event_of(EVENT_MARK, 0, 0));
    assert_true(model_replay.result.worst.fragmentation_index[1] < 0);
    replay_one(event_of(EVENT_MARK, 0, 0)); /* takes a sample */
    assert_int_equal(model_replay.sample_in, model_replay.sample_every);
    for (uint32_t slot = 1; slot < pages; slot += 2)
        event_free(EVENT_FREE_PAGES, slot);
    const struct replay_result *result = model_replay_finish();
    assert_int_equal(result->worst.unusable_index[0], 0);
    assert_int_equal(result->worst.unusable_index[1], 1000);
    assert_true(result->worst.fragmentation_index[1] > 490);
    assert_int_equal(result->end.fragmentation_index[1], -1000);
    assert_true(result->end.unusable_index[1] < 10);
    model_replay_stop();
}

MACHINE_TEST(samples_follow_the_traces_length)
{
    struct trace_header header = {.slots = 1, .events = 0};

    model_start(&model_mm, mm_strategy_find("brk"), 8 * MIB);
    replay_init(&model_replay, &model_mm, model_slots, &header);
    assert_int_equal(model_replay.sample_every, 1024);
    header.events = 32 * 5000;
    replay_init(&model_replay, &model_mm, model_slots, &header);
    assert_int_equal(model_replay.sample_every, 5000);
    header.events = UINT64_MAX;
    replay_init(&model_replay, &model_mm, model_slots, &header);
    assert_true(model_replay.sample_every == UINT32_MAX);
    mm_exit(&model_mm);
    model_start(&model_mm, mm_strategy_find("brk"), 768 * MIB);
    header.events = 0;
    replay_init(&model_replay, &model_mm, model_slots, &header);
    assert_int_equal(model_replay.sample_every, model_mm.frames_total / 4);
    model_replay_stop();
}

/* ---- the digest ---- */

static void replay_script(uint32_t bytes, uint32_t marks)
{
    event_kmalloc(0, 100);
    event_kmalloc(1, bytes);
    event_pages(2, 0, PAGES_USER, SITE_NONE);
    event_vmalloc(3, 9000);
    event_kmalloc(4, UINT32_MAX);
    event_krealloc(0, 20000);
    event_free(EVENT_KFREE, 1);
    event_free(EVENT_KFREE, 4);
    event_kmalloc(5, 70);
    for (uint32_t i = 0; i < marks; i++)
        replay_one(event_of(EVENT_MARK, 0, 0));
}

static uint64_t digest_of(const struct strategy *strategy, uint64_t ram_bytes, uint32_t bytes,
                          uint32_t marks)
{
    model_replay_start(strategy, ram_bytes);
    replay_script(bytes, marks);
    uint64_t digest = model_replay_finish()->digest;
    model_replay_stop();
    return digest;
}

MM_TEST(the_digest_repeats_and_tells_runs_apart)
{
    uint64_t digest = digest_of(strategy, 64 * MIB, 1000, 0);

    assert_true(digest == digest_of(strategy, 64 * MIB, 1000, 0));
    assert_true(digest != digest_of(strategy, 64 * MIB, 1008, 0)); /* other addresses */
    assert_true(digest != digest_of(strategy, 64 * MIB, 1000, 1)); /* another event */
    if (strategy_is(strategy, "brk"))
        assert_true(digest != digest_of(strategy, 60 * MIB, 1000, 0)); /* other frames */
}

TEST(digests_tell_strategies_apart)
{
    uint64_t digest[16];
    uint32_t count = 0;

    for (; mm_strategies[count] != NULL; count++) {
        assert_true(count < sizeof digest / sizeof digest[0]);
        assert_non_null(machine_create(&machine_unwatched));
        digest[count] = digest_of(mm_strategies[count], 64 * MIB, 1000, 0);
        machine_destroy(machine_current);
        /* Nothing is in brk's way, so `jump` does the same as `brk`. */
        for (uint32_t i = 0; i < count && !strategy_is(mm_strategies[count], "jump"); i++)
            assert_true(digest[i] != digest[count]);
    }
}
