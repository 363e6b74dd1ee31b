/* Memory over time as Chrome trace events. */
#include "report/perfetto.h"
#include "report/report_page.h"
#include "support/json.h"
#include "support/lab.h"
#include "support/test.h"

#include <mm/strategy.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB          UINT64_C(0x100000)
#define COUNTERS     4u /* events for each sample */
#define STRATEGIES   2u
#define EVENTS_AT    "traceEvents[%" PRIu32 "]%s"
#define TRACE_EVENTS 7u

static struct trace trace;
static struct memmap map;
static struct evidence evidence;
static struct byte_list text;
static const char *json;

static int make(void **state)
{
    static const struct strategy *strategies[STRATEGIES];
    const struct evidence_request request = {.runs = {.trace = &trace,
                                                      .strategies = strategies,
                                                      .count = STRATEGIES,
                                                      .map = &map,
                                                      .ram_bytes = 32 * MIB},
                                             .quick = true};
    const struct text_out out = text_out_to_bytes(&text);
    struct sim_error error;

    (void)state;
    strategies[0] = mm_strategy_find("brk");
    strategies[1] = mm_strategy_find("zoned");
    map = lab_map(32 * MIB);
    trace = lab_trace_text("pages 1 10 @a\npages 2 10 @b\npages 3 10 @c\nfree_pages 1\n"
                           "kmalloc 4 13631488 @module\nkmalloc 5 1000\nkmalloc 6 3000000000\n");
    evidence_gather(&evidence, &request);
    assert_true(evidence_record(&evidence, 3, HISTORY_OWNERS_NONE, &error));
    perfetto_put(&evidence, &out);
    out.put(out.context, "", 1);
    json = (const char *)text.data;
    return 0;
}

static int release(void **state)
{
    (void)state;
    evidence_free(&evidence);
    trace_close(&trace);
    byte_list_free(&text);
    return 0;
}

int main(void)
{
    return tests_run(make, release);
}

/* ---- the events ---- */

static const char *path_of(uint32_t event, const char *member)
{
    static char path[96];

    snprintf(path, sizeof path, EVENTS_AT, event, member);
    return path;
}

static bool event_has(uint32_t event, const char *member, const char *value)
{
    return json_equals(json, path_of(event, member), value);
}

static uint32_t events_all(void)
{
    uint32_t count = 0;

    while (json_type(json, path_of(count, "")) == '{')
        count++;
    return count;
}

TEST(it_is_strict_json_with_the_trace_and_the_ram)
{
    char name[512];

    if (json_error(json) != NULL)
        fail_msg("%s", json_error(json));
    snprintf(name, sizeof name, "\"%s\"", trace.name);
    assert_true(json_equals(json, "otherData.trace", name));
    assert_int_equal(json_u64(json, "otherData.ram_bytes"), 32 * MIB);
    assert_int_equal(json_type(json, "traceEvents"), '[');
}

TEST(each_event_has_the_members_that_its_phase_needs)
{
    uint32_t count = events_all();

    for (uint32_t i = 0; i < count; i++) {
        uint64_t process = json_u64(json, path_of(i, ".pid"));
        assert_int_equal(json_type(json, path_of(i, ".name")), '"');
        assert_true(process >= 1 && process <= STRATEGIES);
        assert_int_equal(json_u64(json, path_of(i, ".tid")), 0);
        assert_true(json_u64(json, path_of(i, ".ts")) <= TRACE_EVENTS);
        assert_int_equal(json_type(json, path_of(i, ".args")), '{');
        assert_true(event_has(i, ".ph", "\"M\"") || event_has(i, ".ph", "\"C\"") ||
                    (event_has(i, ".ph", "\"i\"") && event_has(i, ".s", "\"p\"")));
    }
}

TEST(each_strategy_is_a_process_with_its_name)
{
    static const char *const names[STRATEGIES] = {"\"brk\"", "\"zoned\""};
    uint32_t named = 0;
    uint32_t count = events_all();

    for (uint32_t i = 0; i < count; i++) {
        if (!event_has(i, ".ph", "\"M\""))
            continue;
        assert_true(event_has(i, ".name", "\"process_name\""));
        assert_int_equal(json_u64(json, path_of(i, ".pid")), named + 1u);
        assert_true(event_has(i, ".args.name", names[named++]));
    }
    assert_int_equal(named, STRATEGIES);
}

/* Calls check() for each event of a phase under a strategy, with its number among them. */
static uint32_t each_of(uint32_t process, const char *phase,
                        void (*check)(uint32_t event, uint32_t number,
                                      const struct history *history))
{
    const struct history *history = &evidence.run[process - 1u].history;
    uint32_t count = events_all();
    uint32_t number = 0;

    for (uint32_t i = 0; i < count; i++)
        if (json_u64(json, path_of(i, ".pid")) == process && event_has(i, ".ph", phase))
            check(i, number++, history);
    return number;
}

static void check_counter(uint32_t event, uint32_t number, const struct history *history)
{
    const struct history_sample *sample = &history->samples[number / COUNTERS];
    uint64_t failures = 0;

    for (uint32_t cause = 0; cause < MM_CAUSE_COUNT; cause++)
        failures += sample->failures_by_cause[cause];
    const struct {
        const char *name;
        const char *member;
        uint64_t value;
    } expected[COUNTERS] = {
        {"\"free bytes\"", ".args.LOW", (uint64_t)sample->zone_free_frames[ZONE_LOW] << PAGE_SHIFT},
        {"\"heap span in bytes\"", ".args.span", sample->heap_span_bytes},
        {"\"heap payload in bytes\"", ".args.payload", sample->heap_payload_bytes},
        {"\"failures\"", ".args.failures", failures},
    };

    assert_int_equal(json_u64(json, path_of(event, ".ts")), sample->event);
    assert_true(event_has(event, ".name", expected[number % COUNTERS].name));
    assert_int_equal(json_u64(json, path_of(event, expected[number % COUNTERS].member)),
                     expected[number % COUNTERS].value);
}

TEST(there_are_counters_at_each_sample)
{
    for (uint32_t process = 1; process <= STRATEGIES; process++)
        assert_int_equal(each_of(process, "\"C\"", check_counter),
                         COUNTERS * evidence.moments.count);
}

static void check_instant(uint32_t event, uint32_t number, const struct history *history)
{
    const struct history_mark *mark = &history->marks[number];
    char name[64];

    assert_int_equal(json_u64(json, path_of(event, ".ts")), mark->event);
    snprintf(name, sizeof name, "\"%s\"", cause_name((enum mm_cause)mark->cause));
    assert_true(event_has(event, ".name", name));
    assert_true(event_has(event, ".args.request", "\"kmalloc\""));
    assert_true(event_has(event, ".args.late", "false"));
}

TEST(there_is_an_instant_at_each_failure)
{
    for (uint32_t process = 1; process <= STRATEGIES; process++) {
        uint32_t marks = evidence.run[process - 1u].history.counts.marks;
        assert_true(marks > 0);
        assert_int_equal(each_of(process, "\"i\"", check_instant), marks);
    }
}
