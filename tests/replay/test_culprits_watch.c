/* Looking for culprits during a run changes nothing that the run measures. */
#include "replay/culprit.h"
#include "replay/random.h"
#include "replay/run_json.h"
#include "replay/slots.h"
#include "support/model_mm.h"
#include "support/model_replay.h"
#include "support/on_machine.h"
#include "support/test.h"
#include "support/text_sink.h"

#include <mm/frame_owner.h>
#include <mm/strategy.h>

#include <string.h>

static struct {
    uint32_t failures;
    uint64_t last_event;
    uint8_t kinds[0x4000];
} watched;

/* Asks for everything that can be asked. */
static void watch(void *context, const struct replay_failure *failure)
{
    assert_ptr_equal(context, &watched);
    assert_true(pfn_is_none(failure->blocker.frame));
    watched.failures++;
    watched.last_event = failure->event;
    (void)culprit_of(&model_replay, failure);
    mm_frame_kinds(&model_mm, watched.kinds, pfn(0x4000));
}

/* Puts everything that the run reports into the sink, as JSON. */
static void run_of(const struct strategy *strategy, bool watching)
{
    const struct run_names names = {.strategy = strategy->name};
    uint32_t seed = 5;

    model_replay_start(strategy, 20 * MIB);
    model_replay.on_failure = watching ? watch : NULL;
    model_replay.context = &watched;
    for (uint32_t i = 0; i < 3000; i++) {
        uint32_t slot = random32(&seed) % 400;
        uint32_t size = random32(&seed);
        if (slot_is_live(slot))
            event_free(slot % 3 == 0   ? EVENT_KFREE
                       : slot % 3 == 1 ? EVENT_FREE_PAGES
                                       : EVENT_VFREE,
                       slot);
        else if (slot_state(&model_slots[slot]) != SLOT_EMPTY)
            continue;
        else if (slot % 3 == 0)
            event_kmalloc(slot, 1 + size % (64 * 1024));
        else if (slot % 3 == 1)
            event_pages(slot, (uint8_t)(size % 10), (enum page_class)(size >> 8) % 3, slot);
        else
            event_vmalloc(slot, 1 + size % (64 * 1024));
    }
    struct json json = json_to(*sink_fresh());
    run_json_put(&json, model_replay_finish(), &names);
    model_replay_stop();
}

/* Owners are recorded all the time. Asking for them changes no result. */
TEST(watching_changes_nothing)
{
    char unwatched[SINK_BYTES];

    for (uint32_t i = 0; mm_strategies[i] != NULL; i++) {
        memset(&watched, 0, sizeof watched);
        assert_non_null(machine_create(&machine_unwatched));
        run_of(mm_strategies[i], false);
        strcpy(unwatched, sink_text);
        struct mm_counters counters = model_mm.counters;
        uint32_t metadata = model_mm.metadata_frames;
        machine_destroy(machine_current);
        assert_non_null(machine_create(&machine_unwatched));
        run_of(mm_strategies[i], true);
        machine_destroy(machine_current);
        assert_true(watched.failures > 10);
        assert_true(watched.last_event > 0);
        assert_string_equal(sink_text, unwatched);
        assert_memory_equal(&counters, &model_mm.counters, sizeof counters);
        assert_int_equal(metadata, model_mm.metadata_frames);
    }
}
