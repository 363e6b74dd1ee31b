/* Tests samples taken during a replay: against a naive look at every frame and slot, and on
 * examples worked out by hand. Taking samples changes nothing. */
#include "replay/random.h"
#include "replay/series.h"
#include "replay/slots.h"
#include "support/model_mm.h"
#include "support/model_replay.h"
#include "support/test.h"

#include <string.h>

/* ---- what is collected ---- */

#define SAMPLES_MAX 64u

static struct {
    struct series_sample sample[SAMPLES_MAX];
    uint64_t event[SAMPLES_MAX];
    uint64_t failures[SAMPLES_MAX];
    uint32_t count;
} seen;

static void collect(void *context, const struct series_sample *sample)
{
    assert_ptr_equal(context, &seen);
    assert_true(seen.count < SAMPLES_MAX);
    seen.sample[seen.count] = *sample;
    seen.event[seen.count] = sample->result->events;
    seen.failures[seen.count] = sample->result->failures[REQUEST_PAGES];
    seen.count++;
}

static void start_series(uint64_t every)
{
    seen.count = 0;
    series_start(&model_replay, every, collect, &seen);
}

/* ---- when samples are taken ---- */

static void replay_marks(uint32_t marks)
{
    for (uint32_t i = 0; i < marks; i++)
        replay_one(event_of(EVENT_MARK, 0, 0));
}

/* Samples follow events 3 and 6, and one comes at the end. */
MACHINE_TEST(samples_come_every_so_often_and_at_the_end)
{
    for (uint32_t events = 6; events <= 8; events++) {
        model_replay_start(mm_strategy_find("brk"), 32 * MIB);
        start_series(3);
        replay_marks(events);
        model_replay_finish();
        assert_int_equal(seen.count, events == 6 ? 2 : 3);
        assert_int_equal(seen.event[0], 3);
        assert_int_equal(seen.event[1], 6);
        assert_int_equal(seen.event[seen.count - 1u], events);
        model_replay_stop();
    }
}

MACHINE_TEST(a_trace_without_events_gives_one_sample)
{
    model_replay_start(mm_strategy_find("brk"), 32 * MIB);
    start_series(1);
    model_replay_finish();
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.event[0], 0);
    assert_int_equal(seen.sample[0].live_blocks, 0);
    model_replay_stop();
}

MACHINE_TEST(without_a_series_no_sample_is_taken)
{
    model_replay_start(mm_strategy_find("brk"), 32 * MIB);
    seen.count = 0;
    replay_marks(5);
    model_replay_finish();
    assert_int_equal(seen.count, 0);
    model_replay_stop();
}

/* ---- the values, compared with a naive look ---- */

/* From 4 MiB into HIGH, so that all zones have frames. */
static const struct memmap all_zones = {3,
                                        {{{RESERVED_END_PFN}, {DMA_END_PFN}},
                                         {{LOW_END_PFN - 0x800u}, {LOW_END_PFN}},
                                         {{LOW_END_PFN}, {LOW_END_PFN + 0x400u}}}};

static bool is_free[LOW_END_PFN + 0x400u];

static void mark_run(void *context, pfn_t start, pfn_t end)
{
    (void)context;
    for (uint32_t frame = start.value; frame < end.value; frame++) {
        assert_false(is_free[frame]); /* runs do not overlap */
        is_free[frame] = true;
    }
}

/* Looks at each frame. Only a heap that owns its memory knows which of its frames are free. */
static void look_at_frames(const struct strategy *strategy)
{
    memset(is_free, 0, sizeof is_free);
    if (strategy_is(strategy, "primary")) {
        mm_free_ranges(&model_mm, mark_run, NULL);
        return;
    }
    for (uint32_t i = 0; i < model_mm.map.count; i++)
        for (pfn_t frame = model_mm.map.range[i].start;
             frame.value < model_mm.map.range[i].end.value; frame = pfn_add(frame, 1))
            is_free[frame.value] = mm_frame_kind(&model_mm, frame) == FRAME_FREE;
}

static void assert_frames_agree(const struct series_sample *sample)
{
    uint32_t zones[ZONE_COUNT] = {0};
    uint32_t longest = 0;
    uint32_t run = 0;

    for (uint32_t frame = 0; frame < sizeof is_free; frame++) {
        run = is_free[frame] ? run + 1u : 0;
        longest = run > longest ? run : longest;
        if (is_free[frame])
            zones[frame < DMA_END_PFN              ? ZONE_DMA
                  : frame < model_mm.low_end.value ? ZONE_LOW
                                                   : ZONE_HIGH]++;
    }
    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++)
        assert_int_equal(sample->zone_free_frames[zone], zones[zone]);
    if (strategy_is(model_mm.strategy, "primary")) /* its zones are reported one by one */
        assert_true(sample->largest_run_frames <= longest);
    else
        assert_int_equal(sample->largest_run_frames, longest);
}

static void assert_rest_agrees(const struct series_sample *sample)
{
    uint64_t blocks = 0;
    uint64_t bytes = 0;
    struct free_blocks free;

    for (uint32_t i = 0; i < MODEL_SLOTS; i++) {
        const struct replay_slot *slot = &model_slots[i];
        if (slot_state(slot) != SLOT_LIVE)
            continue;
        blocks++;
        bytes += slot_kind(slot) == EVENT_PAGES ? PAGE_SIZE << slot->bytes : slot->bytes;
    }
    assert_int_equal(sample->live_blocks, blocks);
    assert_int_equal(sample->live_bytes, bytes);
    mm_free_blocks(&model_mm, &free);
    for (uint32_t order = 0; order <= ORDER_MAX; order++) {
        assert_int_equal(sample->indices.unusable_index[order],
                         fragmentation_unusable_index(&free, order));
        assert_int_equal(sample->indices.fragmentation_index[order],
                         fragmentation_index(&free, order));
    }
    assert_int_equal(sample->frames_used, model_mm.counters.frames_used);
    assert_int_equal(sample->frames_total, model_mm.frames_total);
    assert_int_equal(sample->heap_span_bytes, model_mm.counters.heap_span_bytes);
    assert_int_equal(sample->free_bytes, mm_free_bytes(&model_mm));
}

static void replay_random(uint32_t *seed)
{
    uint32_t slot = random32(seed) % 600u;

    if (slot_state(&model_slots[slot]) != SLOT_EMPTY)
        event_free(slot_kind(&model_slots[slot]) == EVENT_PAGES     ? EVENT_FREE_PAGES
                   : slot_kind(&model_slots[slot]) == EVENT_KMALLOC ? EVENT_KFREE
                                                                    : EVENT_VFREE,
                   slot);
    else if (slot % 3u == 0)
        event_kmalloc(slot, 1u + random32(seed) % 30000u);
    else if (slot % 50u == 1u)
        event_vmalloc(slot, 1u + random32(seed) % 60000u);
    else
        event_pages(slot, (uint8_t)(random32(seed) % 4u), (enum page_class)(slot % 3u), 0);
}

MM_TEST(samples_agree_with_a_naive_look)
{
    uint32_t seed = 4711;

    model_replay_start_on(strategy, &all_zones);
    for (uint32_t round = 0; round < 8; round++) {
        for (uint32_t i = 0; i < 200; i++)
            replay_random(&seed);
        struct series_sample sample = series_sample(&model_replay);
        look_at_frames(strategy);
        assert_frames_agree(&sample);
        assert_rest_agrees(&sample);
    }
    model_replay_stop();
}

/* ---- the values, worked out by hand ---- */

/* Touches pages of a process until there are none. The strategy must not keep frames for itself. */
static uint32_t fill_with_pages(uint32_t slot)
{
    do
        event_pages(slot, 0, PAGES_USER, 0);
    while (slot_is_live(slot++));
    return slot;
}

static const char *const keep_nothing[] = {"window", "brk", "zoned", "kseg0", "jump", "migrate"};

/* Frees the single page in a frame. */
static void free_frame(uint32_t frame)
{
    for (uint32_t slot = 0; slot < MODEL_SLOTS; slot++)
        if (slot_is_live(slot) && slot_kind(&model_slots[slot]) == EVENT_PAGES &&
            model_slots[slot].where == frame) {
            event_free(EVENT_FREE_PAGES, slot);
            return;
        }
    fail_msg("frame %#x holds no page", frame);
}

static void eight_single_pages(const struct strategy *strategy)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1200)}}};

    model_replay_start_on(strategy, &map);
    fill_with_pages(0);
    for (uint32_t i = 0; i < 8; i++)
        free_frame(0x1010u + 2u * i);
    struct series_sample sample = series_sample(&model_replay);
    assert_int_equal(sample.zone_free_frames[ZONE_LOW], 8);
    assert_int_equal(sample.largest_run_frames, 1);
    assert_int_equal(sample.indices.fragmentation_index[3], 750);
    assert_int_equal(sample.indices.fragmentation_index[0], -1000);
    assert_int_equal(sample.indices.unusable_index[0], 0);
    assert_int_equal(sample.indices.unusable_index[1], 1000);
    model_replay_stop();
}

/* One block of 4 pages is free: an order-3 request fails for lack of memory. */
static void one_block_of_four(const struct strategy *strategy)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1200)}}};

    model_replay_start_on(strategy, &map);
    fill_with_pages(0);
    for (uint32_t i = 0; i < 4; i++)
        free_frame(0x1010u + i);
    struct series_sample sample = series_sample(&model_replay);
    assert_int_equal(sample.zone_free_frames[ZONE_LOW], 4);
    assert_int_equal(sample.largest_run_frames, 4);
    assert_int_equal(sample.indices.fragmentation_index[3], -500);
    assert_int_equal(sample.indices.fragmentation_index[2], -1000);
    assert_int_equal(sample.indices.unusable_index[2], 0);
    assert_int_equal(sample.indices.unusable_index[3], 1000);
    model_replay_stop();
}

MM_TEST(indices_are_those_of_linux)
{
    for (uint32_t i = 0; i < sizeof keep_nothing / sizeof keep_nothing[0]; i++)
        if (strategy_is(strategy, keep_nothing[i])) {
            eight_single_pages(strategy);
            one_block_of_four(strategy);
        }
}

/* ---- sampling changes nothing ---- */

static struct replay_result run_once(const struct strategy *strategy, uint64_t every)
{
    uint32_t seed = 99;

    model_replay_start_on(strategy, &all_zones);
    if (every != 0)
        start_series(every);
    for (uint32_t i = 0; i < 1500; i++)
        replay_random(&seed);
    for (uint32_t slot = 600; slot < 640; slot++)
        event_pages(slot, 10, PAGES_LOW, 0); /* more than there is */
    struct replay_result result = *model_replay_finish();
    model_replay_stop();
    return result;
}

MM_TEST(sampling_changes_nothing)
{
    struct replay_result without = run_once(strategy, 0);
    struct replay_result with = run_once(strategy, 37);

    assert_true(without.failures[REQUEST_PAGES] != 0);
    assert_true(seen.count > 30);
    assert_memory_equal(&without, &with, sizeof without);
    assert_int_equal(seen.event[seen.count - 1u], with.events);
    assert_int_equal(seen.failures[seen.count - 1u], with.failures[REQUEST_PAGES]);
}
