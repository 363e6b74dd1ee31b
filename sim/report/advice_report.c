#include "report/advice_report.h"

#include <string.h>

#include <mm/strategy.h>

#include "report/advice_words.h"
#include "report/page.h"
#include "report/phrases.h"
#include "report/story.h"
#include "report/table.h"
#include "report/text_file.h"
#include "trace/memory.h"
#include "trace/printable.h"

#include <stdlib.h>

/* ---- the table ---- */

static void put_cell(struct table *table, const struct advice *advice, enum advice_aim aim,
                     uint32_t i, const char *text)
{
    const struct advice_choice choice = advice_choose(advice, aim);

    table_cell(table, i, advice->results[i].has_result ? text : "-");
    if (choice.matters && set_has(choice.takes, i))
        table_mean(table, i, TABLE_BEST);
}

static void add_point(struct table *table, const struct advice *advice, uint32_t point)
{
    char label[TABLE_LABEL_BYTES];

    snprintf(label, sizeof label, "  with %s", phrase_size_text(advice->ram_bytes[point]).text);
    table_row(table, label);
    for (uint32_t i = 0; i < advice->count; i++) {
        uint64_t failed = advice_failed(advice, i, point);
        table_cell(table, i,
                   advice->results[i].has_result ? number_share_fine(failed, advice->requests).text
                                                 : "-");
        if (advice->results[i].has_result)
            table_mean(table, i, failed == 0 ? TABLE_BEST : TABLE_PLAIN);
    }
}

static void add_least(struct table *table, const struct advice *advice)
{
    table_row(table, "least RAM");
    for (uint32_t i = 0; i < advice->count; i++) {
        const struct advice_result *result = &advice->results[i];
        char text[TABLE_CELL_BYTES] = "-";
        if (result->least_known && result->least_ram_bytes == 0)
            strcpy(text, "none");
        else if (result->least_known)
            snprintf(text, sizeof text, "%s%.16s",
                     result->least_ram_bytes == advice->range.from_bytes ? "<= " : "",
                     phrase_size_text(result->least_ram_bytes).text);
        put_cell(table, advice, AIM_LEAST_RAM, i, text);
    }
}

static void add_time(struct table *table, const struct advice *advice)
{
    uint64_t events = advice->trace->header.events;

    table_row(table, "CPU time of an event");
    for (uint32_t i = 0; i < advice->count; i++) {
        const struct timing *timing = &advice->results[i].timing;
        put_cell(table, advice, AIM_SPEED, i,
                 timing->rounds != 0 ? advice_time_text(timing->median_ns, events).text : "-");
    }
    table_row(table, "  spread");
    for (uint32_t i = 0; i < advice->count; i++) {
        const struct timing *timing = &advice->results[i].timing;
        table_cell(table, i,
                   timing->rounds != 0 ? advice_time_text(timing->spread_ns, events).text : "-");
    }
}

static void add_metadata(struct table *table, const struct advice *advice)
{
    table_row(table, "metadata");
    for (uint32_t i = 0; i < advice->count; i++) {
        uint64_t bytes = advice_measure(advice, AIM_METADATA, i);
        put_cell(table, advice, AIM_METADATA, i,
                 bytes != UINT64_MAX ? number_size_short(bytes).text : "-");
    }
}

static void add_late(struct table *table, const struct advice *advice)
{
    table_row(table, "late failures");
    for (uint32_t i = 0; i < advice->count; i++)
        put_cell(table, advice, AIM_NO_LATE, i,
                 number_grouped(advice_measure(advice, AIM_NO_LATE, i)).text);
}

static void add_dominated(struct table *table, const struct advice *advice)
{
    table_row(table, "dominated by");
    for (uint32_t i = 0; i < advice->count; i++) {
        advice_set dominators = advice_dominators(advice, i);
        char text[TABLE_CELL_BYTES] = "-";
        if (dominators != 0) {
            uint32_t first = (uint32_t)__builtin_ctz(dominators);
            snprintf(text, sizeof text, "%.16s%s", advice->results[first].strategy->name,
                     set_count(dominators) > 1 ? ", ..." : "");
        }
        table_cell(table, i, text);
    }
}

static void print_table(const struct advice *advice, FILE *page)
{
    struct table *table = memory_zeroed(1, sizeof *table);

    table_init(table, advice->count);
    table_row(table, "");
    for (uint32_t i = 0; i < advice->count; i++)
        table_cell(table, i, advice->results[i].strategy->name);
    table_heading(table, "requests failed");
    for (uint32_t point = 0; point < advice->points; point++)
        add_point(table, advice, point);
    add_least(table, advice);
    add_time(table, advice);
    add_metadata(table, advice);
    add_late(table, advice);
    add_dominated(table, advice);
    table_print(table, page);
    free(table);
}

/* ---- text ---- */

#define LABEL_COLUMNS 18u

static void print_aims(const struct advice_words *words, FILE *page)
{
    for (uint32_t aim = 0; aim < AIM_COUNT; aim++)
        prose_print_labelled(&words->aim[aim], advice_aim_label((enum advice_aim)aim),
                             LABEL_COLUMNS, page);
    if (words->dominated.span_count != 0) {
        fputc('\n', page);
        prose_print(&words->dominated, page);
    }
}

static void print_why(const struct advice *advice, FILE *page)
{
    struct finding_run runs[COMPARE_MAX];
    uint32_t point = advice_telling_point(advice);
    struct story story;

    if (point == advice->points)
        return;
    const struct finding_facts facts = advice_facts(advice, point, runs);
    story_make(&story, &facts);
    fprintf(page, "\nWhat goes wrong first, with %s:\n\n",
            phrase_size_text(advice->ram_bytes[point]).text);
    story_print(&story, page);
    story_free(&story);
}

void advice_print(const struct advice *advice, const char *range_source, FILE *file)
{
    FILE *page = page_open(file);
    const struct trace_header *header = &advice->trace->header;
    struct advice_words words;

    advice_words_make(&words, advice);
    fprintf(page, "%s: %s events, %s live at most\n", printable(advice->trace->name).text,
            number_grouped(header->events).text, number_size(header->peak_live_bytes).text);
    fprintf(page, "RAM %s", phrase_size_text(advice->range.from_bytes).text);
    if (advice->points > 1)
        fprintf(page, " to %s", phrase_size_text(advice->range.to_bytes).text);
    fprintf(page, " (%s)\n\n", printable(range_source).text);
    prose_print(&words.headline, page);
    fputc('\n', page);
    print_table(advice, page);
    fputc('\n', page);
    print_aims(&words, page);
    print_why(advice, page);
    fclose(page);
    advice_words_free(&words);
}

/* ---- JSON ---- */

static void put_set(struct json *json, const char *key, const struct advice *advice, advice_set set)
{
    json_begin_list(json, key);
    for (uint32_t i = 0; i < advice->count; i++)
        if (set_has(set, i))
            json_put_string(json, NULL, advice->results[i].strategy->name);
    json_end_list(json);
}

static void put_points(struct json *json, const struct advice *advice, uint32_t i)
{
    json_begin_list(json, "points");
    for (uint32_t point = 0; point < advice->points; point++) {
        const struct run_outcome *outcome = &advice->results[i].points[point].outcome;
        json_begin_object(json, NULL);
        json_put_u64(json, "ram_bytes", advice->ram_bytes[point]);
        json_put_u64(json, "requests", advice->requests);
        json_put_u64(json, "failed", advice_failed(advice, i, point));
        json_put_u64(json, "late_failures",
                     outcome->status == RUN_DONE ? outcome->result.late_failures : 0);
        json_end_object(json);
    }
    json_end_list(json);
}

/* The nanoseconds of an event, in thousandths. */
static uint32_t event_permille(uint64_t ns, uint64_t events)
{
    double permille = events != 0 ? (double)ns * 1000.0 / (double)events : 0;

    return permille < (double)UINT32_MAX ? (uint32_t)permille : UINT32_MAX;
}

static void put_time(struct json *json, const struct timing *timing, uint64_t events)
{
    if (timing->rounds == 0) {
        json_put_null(json, "event_nanoseconds");
        json_put_null(json, "event_nanoseconds_spread");
        return;
    }
    json_put_permille(json, "event_nanoseconds", event_permille(timing->median_ns, events));
    json_put_permille(json, "event_nanoseconds_spread", event_permille(timing->spread_ns, events));
}

static void put_result(struct json *json, const struct advice *advice, uint32_t i)
{
    const struct advice_result *result = &advice->results[i];
    uint64_t metadata = advice_measure(advice, AIM_METADATA, i);

    json_new_line(json, 1);
    json_begin_object(json, NULL);
    json_put_string(json, "strategy", result->strategy->name);
    if (!result->has_result) {
        json_put_string(json, "error", advice_error(advice, i));
        json_end_object(json);
        return;
    }
    json_put_optional(json, "least_ram_bytes", result->least_known && result->least_ram_bytes != 0,
                      result->least_ram_bytes);
    put_points(json, advice, i);
    put_time(json, &result->timing, advice->trace->header.events);
    json_put_optional(json, "metadata_bytes", metadata != UINT64_MAX, metadata);
    put_set(json, "dominated_by", advice, advice_dominators(advice, i));
    json_end_object(json);
}

static void put_aims(struct json *json, const struct advice *advice,
                     const struct advice_words *words)
{
    json_begin_list(json, "aims");
    for (uint32_t aim = 0; aim < AIM_COUNT; aim++) {
        const struct advice_choice choice = advice_choose(advice, (enum advice_aim)aim);
        const struct prose *prose = &words->aim[aim];
        json_new_line(json, 1);
        json_begin_object(json, NULL);
        json_put_string(json, "aim", advice_aim_key((enum advice_aim)aim));
        put_set(json, "strategies", advice, choice.takes);
        json_put_bool(json, "matters", choice.matters);
        json_put_text(json, "text", prose->text, prose->text_bytes);
        json_end_object(json);
    }
    json_new_line(json, 0);
    json_end_list(json);
}

static void put_why(struct json *json, const struct advice *advice)
{
    struct finding_run runs[COMPARE_MAX];
    uint32_t point = advice_telling_point(advice);
    struct story story;

    json_put_optional(json, "story_ram_bytes", point != advice->points,
                      point != advice->points ? advice->ram_bytes[point] : 0);
    if (point == advice->points) {
        json_put_null(json, "story");
        return;
    }
    const struct finding_facts facts = advice_facts(advice, point, runs);
    story_make(&story, &facts);
    story_put_json(&story, json, "story");
    story_free(&story);
}

void advice_print_json(const struct advice *advice, FILE *file)
{
    struct json json = json_begin_file(file);
    struct advice_words words;

    advice_words_make(&words, advice);
    json_put_string(&json, "trace", advice->trace->name);
    json_put_u64(&json, "events", advice->trace->header.events);
    json_put_u64(&json, "peak_live_bytes", advice->trace->header.peak_live_bytes);
    json_begin_object(&json, "range");
    json_put_u64(&json, "from_bytes", advice->range.from_bytes);
    json_put_u64(&json, "to_bytes", advice->range.to_bytes);
    json_put_u64(&json, "step_bytes", advice->range.step_bytes);
    json_put_u64(&json, "points", advice->points);
    json_end_object(&json);
    json_put_text(&json, "headline", words.headline.text, words.headline.text_bytes);
    json_begin_list(&json, "results");
    for (uint32_t i = 0; i < advice->count; i++)
        put_result(&json, advice, i);
    json_new_line(&json, 0);
    json_end_list(&json);
    put_aims(&json, advice, &words);
    put_why(&json, advice);
    json_end_file(&json);
    advice_words_free(&words);
}
