/* The summary table of the page: a few measures of each strategy. */
#include <stdio.h>

#include <mm/strategy.h>

#include "report/numbers.h"
#include "report/report_page.h"

struct cell {
    char text[160];
    uint64_t value; /* the less, the better */
    uint64_t event; /* that the cell is about; 0: none */
    bool known;
};

/* A measure of a run that has a result. */
typedef struct cell measure(const struct finding_run *run);

static struct cell cell_of(uint64_t value, struct number_text text)
{
    struct cell cell = {.value = value, .known = true};

    snprintf(cell.text, sizeof cell.text, "%s", text.text);
    return cell;
}

static struct cell failed(const struct finding_run *run)
{
    uint64_t failures = finding_failed(run);
    struct cell cell = cell_of(failures, number_grouped(failures));

    cell.event = replay_first_failure(&run->outcome->result)->event;
    if (failures != 0)
        snprintf(cell.text, sizeof cell.text, "%s (%s)", number_grouped(failures).text,
                 number_share(failures, finding_requests(run)).text);
    return cell;
}

static struct cell while_free(const struct finding_run *run)
{
    uint64_t failures = run->outcome->result.failures_while_free;

    return cell_of(failures, number_grouped(failures));
}

static struct cell late(const struct finding_run *run)
{
    uint64_t failures = run->outcome->result.late_failures;

    return cell_of(failures, number_grouped(failures));
}

static struct cell least_ram(const struct finding_run *run)
{
    struct cell cell = {.text = "-"};

    if (run->sweep == NULL || run->sweep->least_ram_bytes == 0)
        return cell;
    return cell_of(run->sweep->least_ram_bytes, number_size(run->sweep->least_ram_bytes));
}

static struct cell frames_used(const struct finding_run *run)
{
    uint64_t bytes = (uint64_t)run->outcome->result.frames_used_peak << PAGE_SHIFT;

    return cell_of(bytes, number_size(bytes));
}

static struct cell heap_span(const struct finding_run *run)
{
    uint64_t bytes = run->outcome->result.heap_span_peak_bytes;

    return cell_of(bytes, number_size(bytes));
}

static struct cell moved(const struct finding_run *run)
{
    return cell_of(run->outcome->result.moves, number_grouped(run->outcome->result.moves));
}

static struct cell metadata(const struct finding_run *run)
{
    return cell_of(run->outcome->result.metadata_bytes,
                   number_size(run->outcome->result.metadata_bytes));
}

/* The time was taken once, so a small difference says nothing; none is called the best. */
static struct cell event_time(const struct finding_run *run)
{
    uint64_t events = run->outcome->result.events;
    struct cell cell = {.text = "-"};

    if (events == 0)
        return cell;
    snprintf(cell.text, sizeof cell.text, "%s ns",
             number_grouped(run->outcome->microseconds * 1000u / events).text);
    return cell;
}

static const struct {
    const char *label;
    measure *of;
    bool only_if_any; /* the row is left out if all its values are 0 or unknown */
} rows[] = {
    {"requests failed", failed, false},
    {"of these, with 4 times as much free", while_free, true},
    {"of these, at the first touch", late, true},
    {"least RAM without a failure", least_ram, true},
    {"memory in use, at most", frames_used, false},
    {"span of the heap, at most", heap_span, false},
    {"pages moved for the heap", moved, true},
    {"metadata", metadata, false},
    {"CPU time of an event", event_time, false},
};

/* One is the best if it is less than another. */
static bool is_best(const struct cell cells[], uint32_t count, uint32_t i)
{
    bool less = false;

    for (uint32_t k = 0; k < count && cells[i].known; k++) {
        if (cells[k].known && cells[k].value < cells[i].value)
            return false;
        less |= cells[k].known && cells[k].value > cells[i].value;
    }
    return less;
}

static void put_cell(struct json *json, const struct cell cells[], uint32_t count, uint32_t i)
{
    json_begin_object(json, NULL);
    json_put_string(json, "text", cells[i].text);
    json_put_bool(json, "best", is_best(cells, count, i));
    if (cells[i].event != 0)
        json_put_u64(json, "event", cells[i].event);
    json_end_object(json);
}

static void put_row(struct json *json, const struct finding_facts *facts, uint32_t row)
{
    struct cell cells[COMPARE_MAX];
    bool any = false;

    for (uint32_t i = 0; i < facts->count; i++) {
        cells[i] = (struct cell){.text = "-"};
        if (facts->runs[i].outcome->status == RUN_DONE)
            cells[i] = rows[row].of(&facts->runs[i]);
        any |= cells[i].value != 0;
    }
    if (rows[row].only_if_any && !any)
        return;
    json_begin_object(json, NULL);
    json_put_string(json, "label", rows[row].label);
    json_begin_list(json, "cells");
    for (uint32_t i = 0; i < facts->count; i++)
        put_cell(json, cells, facts->count, i);
    json_end_list(json);
    json_end_object(json);
}

void report_table_put(const struct finding_facts *facts, struct json *json, const char *key)
{
    json_begin_object(json, key);
    json_begin_list(json, "columns");
    for (uint32_t i = 0; i < facts->count; i++)
        json_put_string(json, NULL, facts->runs[i].strategy->name);
    json_end_list(json);
    json_begin_list(json, "rows");
    for (uint32_t row = 0; row < sizeof rows / sizeof rows[0]; row++)
        put_row(json, facts, row);
    json_end_list(json);
    json_end_object(json);
}
