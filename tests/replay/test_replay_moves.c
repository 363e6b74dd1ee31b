/* Tests pages that move while a trace is replayed: the slots follow them, and the result counts
 * them. */
#include "support/checking.h"
#include "support/model_mm.h"
#include "support/model_replay.h"
#include "support/test.h"

#define PAGES 64u

/*
 *     LOW |1000 [pages of slots 0 - 63] ... in use ... | metadata|        then the end becomes free
 */
static void fill(const struct strategy *strategy)
{
    const struct memmap map = {1, {{pfn(0x1000), pfn(0x1400)}}};
    uint32_t slot = PAGES;

    model_replay_start_on(strategy, &map);
    while (mm_free_bytes(&model_mm) >= (PAGES + 1) * PAGE_SIZE)
        event_pages(slot++, 0, PAGES_LOW, SITE_NONE);
    for (uint32_t i = 0; i < PAGES; i++) {
        event_pages(i, 0, PAGES_USER, 3);
        if (slot_is_live(i))
            *memory(model_slots[i].where << PAGE_SHIFT) = i;
    }
    for (uint32_t i = 0; i < PAGES + 8; i++)
        event_free(EVENT_FREE_PAGES, PAGES + i);
}

static uint32_t slots_moved(const uint32_t *where)
{
    uint32_t moved = 0;

    for (uint32_t i = 0; i < PAGES; i++) {
        if (!slot_is_live(i))
            continue;
        moved += where[i] != model_slots[i].where;
        assert_int_equal(*memory(model_slots[i].where << PAGE_SHIFT), i);
    }
    return moved;
}

MM_TEST(slots_follow_their_pages)
{
    uint32_t where[PAGES];

    fill(strategy);
    for (uint32_t i = 0; i < PAGES; i++)
        where[i] = model_slots[i].where;
    uint64_t digest = model_replay.result.digest;
    event_kmalloc(4000, 20 * PAGE_SIZE);
    uint32_t moved = slots_moved(where);
    const struct replay_result *result = model_replay_finish();
    assert_int_equal(result->moves, moved);
    assert_int_equal(result->moves_bytes, moved * PAGE_SIZE);
    assert_int_equal(result->moves_wasted, 0);
    assert_true(strategy_is(strategy, "migrate") ? moved >= 19 : moved == 0);
    assert_true(digest != result->digest);
    model_replay_stop();
}

/* `jump` steps over what is in the way, and reports it. */
MM_TEST(spans_are_reported)
{
    fill(strategy);
    event_kmalloc(4000, 20 * PAGE_SIZE);
    const struct replay_result *result = model_replay_finish();
    if (strategy_is(strategy, "jump")) {
        assert_true(result->heap_left_peak_bytes >= PAGES * PAGE_SIZE);
        assert_int_equal(result->heap_spans_peak, 1);
    } else {
        assert_int_equal(result->heap_left_peak_bytes, 0);
    }
    model_replay_stop();
}

/* A page that has moved is freed in its new place. */
MACHINE_TEST(moved_pages_are_freed_where_they_are)
{
    fill(mm_strategy_find("migrate"));
    event_kmalloc(4000, 20 * PAGE_SIZE);
    for (uint32_t i = 0; i < PAGES; i++)
        event_free(EVENT_FREE_PAGES, i);
    assert_sound(&model_mm);
    model_replay_finish();
    model_replay_stop();
}
