/* The object `report` of the page: all that a person reads, as JSON. */
#include <stdio.h>
#include <string.h>

#include <mm/strategy.h>

#include "report/comparison.h"
#include "report/explain_report.h"
#include "report/frame_colours.h"
#include "report/report_page.h"
#include "report/story.h"
#include "report/trace_name.h"

/* ---- the machine ---- */

static void put_frames(struct json *json, uint32_t start, uint32_t end, const char *what)
{
    if (start >= end)
        return;
    json_begin_list(json, NULL);
    json_put_u64(json, NULL, start);
    json_put_u64(json, NULL, end);
    json_put_string(json, NULL, what);
    json_end_list(json);
}

static void put_map(struct json *json, const struct memmap *map)
{
    uint32_t end = RESERVED_END_PFN;

    json_begin_list(json, "map");
    put_frames(json, 0, RESERVED_END_PFN, "reserved");
    for (uint32_t i = 0; i < map->count; i++) {
        put_frames(json, end, map->range[i].start.value, "device");
        put_frames(json, map->range[i].start.value, map->range[i].end.value, "ram");
        end = map->range[i].end.value;
    }
    json_end_list(json);
}

/* Strategies differ in where LOW ends. */
static void put_zones(struct json *json, const struct strategy *strategy, const struct memmap *map)
{
    json_begin_list(json, "zones");
    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++) {
        struct frame_range range =
            frame_states_zone(strategy, memmap_end(map).value, (enum zone)zone);
        json_begin_object(json, NULL);
        json_put_string(json, "name", explain_zone_name((enum zone)zone));
        json_put_u64(json, "start", range.start.value);
        json_put_u64(json, "end", range.end.value);
        json_end_object(json);
    }
    json_end_list(json);
}

/* ---- words and colours ---- */

static void put_colour(struct json *json, const char *key, uint32_t colour)
{
    char text[8];

    snprintf(text, sizeof text, "#%06x", colour);
    json_put_string(json, key, text);
}

static void put_kinds(struct json *json)
{
    json_begin_list(json, "kinds");
    for (uint32_t kind = 0; kind < FRAME_STATE_COUNT; kind++) {
        json_begin_object(json, NULL);
        json_put_string(json, "name", frame_state_name(kind));
        json_put_string(json, "says", frame_looks[kind].label);
        json_put_text(json, "letter", &frame_looks[kind].letter, 1);
        put_colour(json, "light", frame_looks[kind].light);
        put_colour(json, "dark", frame_looks[kind].dark);
        json_end_object(json);
    }
    json_end_list(json);
}

static void put_names(struct json *json)
{
    json_begin_list(json, "causes");
    json_put_null(json, NULL);
    for (uint32_t cause = MM_OK + 1u; cause < MM_CAUSE_COUNT; cause++)
        json_put_string(json, NULL, cause_name((enum mm_cause)cause));
    json_end_list(json);
    json_begin_list(json, "requests");
    for (uint32_t request = 0; request < REQUEST_COUNT; request++)
        json_put_string(json, NULL, request_name((enum request_class)request));
    json_end_list(json);
}

/* ---- strategies ---- */

static void put_result(struct json *json, const struct finding_facts *facts,
                       const struct finding_run *run)
{
    json_begin_object(json, "result");
    run_outcome_put_json(json, facts->trace, run->strategy, run->outcome, NULL);
    json_end_object(json);
}

static void put_run(struct json *json, const struct evidence *evidence, uint32_t i)
{
    const struct finding_run *run = &evidence->runs.runs[i];
    const struct history *history = &evidence->run[i].history;

    json_begin_object(json, NULL);
    json_put_string(json, "name", run->strategy->name);
    json_put_bool(json, "brk", run->strategy->heap_ends_in_brk);
    put_zones(json, run->strategy, evidence->request.map);
    if (!evidence->run[i].has_history) {
        json_put_string(json, "error", run->outcome->reason);
    } else {
        put_result(json, &evidence->runs.facts, run);
        report_groups_put(evidence, i, json, "groups");
        json_put_u64(json, "samples", history->counts.samples);
        json_put_u64(json, "failures_shown", history->counts.marks);
        json_put_u64(json, "failures_all", history->counts.failures);
        json_put_bool(json, "owners", evidence->owners != HISTORY_OWNERS_NONE);
        json_put_bool(json, "owners_each", evidence->owners == HISTORY_OWNERS_EACH);
    }
    json_end_object(json);
}

/* ---- the sweep ---- */

static void put_sweep_result(struct json *json, const struct sweep_result *result)
{
    json_begin_object(json, NULL);
    json_put_string(json, "strategy", result->strategy);
    json_put_optional(json, "least_ram_bytes", result->least_ram_bytes != 0,
                      result->least_ram_bytes);
    json_begin_list(json, "points");
    for (uint32_t i = 0; i < result->count; i++) {
        json_begin_object(json, NULL);
        json_put_u64(json, "ram_bytes", result->points[i].ram_bytes);
        json_put_u64(json, "requests", result->points[i].requests);
        json_put_u64(json, "failed", result->points[i].failed);
        json_end_object(json);
    }
    json_end_list(json);
    json_end_object(json);
}

static void put_sweep(struct json *json, const struct report *report)
{
    const struct finding_facts *facts = &report->evidence->runs.facts;

    if (report->sweep_file == NULL) {
        json_put_null(json, "sweep");
        return;
    }
    json_begin_object(json, "sweep");
    json_put_string(json, "file", file_name(report->sweep_file));
    json_begin_list(json, "results");
    for (uint32_t i = 0; i < facts->count; i++)
        if (facts->runs[i].sweep != NULL)
            put_sweep_result(json, facts->runs[i].sweep);
    json_end_list(json);
    json_end_object(json);
}

/* ---- all of it ---- */

static void put_trace(struct json *json, const struct trace *trace)
{
    struct trace_name name = trace_name_short(trace->name);

    json_begin_object(json, "trace");
    json_put_text(json, "name", name.text, (size_t)name.bytes);
    json_put_string(json, "file", file_name(trace->name));
    json_put_u64(json, "events", trace->header.events);
    json_put_u64(json, "peak_live_bytes", trace->header.peak_live_bytes);
    json_end_object(json);
}

static void put_story(struct json *json, const struct finding_facts *facts)
{
    struct story story;

    story_make(&story, facts);
    story_put_json(&story, json, "story");
    story_free(&story);
}

static void put_notes(struct json *json, const struct report_page *page)
{
    struct prose prose = {0};

    report_notes_put(page, &prose);
    prose_put_json(&prose, json, "notes");
    prose_free(&prose);
}

void report_head_put(const struct report_page *page, const struct text_out *out)
{
    const struct report *report = page->report;
    const struct finding_facts *facts = &report->evidence->runs.facts;
    const struct memmap *map = report->evidence->request.map;
    struct json json = json_to(*out);

    json_begin_object(&json, NULL);
    put_trace(&json, facts->trace);
    json_put_u64(&json, "ram_bytes", facts->ram_bytes);
    json_put_string(&json, "ram_from", report->ram_from);
    json_put_u64(&json, "frames", memmap_end(map).value);
    put_map(&json, map);
    put_zones(&json, facts->runs[0].strategy, map);
    put_kinds(&json);
    put_names(&json);
    put_story(&json, facts);
    report_table_put(facts, &json, "table");
    json_begin_list(&json, "strategies");
    for (uint32_t i = 0; i < facts->count; i++)
        put_run(&json, report->evidence, i);
    json_end_list(&json);
    put_sweep(&json, report);
    put_notes(&json, page);
    json_end_object(&json);
}
