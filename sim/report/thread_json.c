#include "report/text_file.h"
#include "report/thread_claims.h"
#include "report/thread_report.h"

static const char *const unit_names[] = {
    [UNIT_SHARE] = "share",           [UNIT_RATIO] = "ratio",       [UNIT_BYTES] = "bytes",
    [UNIT_BYTES_EACH] = "bytes each", [UNIT_PER_1000] = "per 1000", [UNIT_CAUSE] = "cause",
};

static void put_value(struct json *json, const char *key, const struct measured *value,
                      enum thread_unit unit)
{
    uint64_t factor = unit == UNIT_PER_1000 ? 1000u * 1000000u : 1000000u;

    if (value->whole == 0)
        json_put_null(json, key);
    else if (unit == UNIT_CAUSE)
        json_put_string(json, key, cause_name((enum mm_cause)value->part));
    else if (unit == UNIT_BYTES)
        json_put_u64(json, key, value->part);
    else
        json_put_millionths(json, key, value->part * factor / value->whole);
}

/* A strategy that was named twice has one value: keys of an object are distinct. */
static bool is_repeated(const struct thread_report *report, uint32_t i)
{
    for (uint32_t before = 0; before < i; before++)
        if (report->strategies[before] == report->strategies[i])
            return true;
    return false;
}

static void put_row(struct json *json, const struct thread_report *report,
                    const struct thread_claim *claim, const struct thread_row *row)
{
    json_begin_object(json, NULL);
    json_put_string(json, "claim", claim->name);
    json_put_string(json, "who", claim->who);
    json_put_string(json, "quote", claim->quote);
    json_put_string(json, "label", row->label);
    json_put_string(json, "measure", row->how);
    json_put_string(json, "unit", unit_names[row->unit]);
    json_begin_object(json, "by_strategy");
    for (uint32_t i = 0; i < report->count; i++)
        if (!is_repeated(report, i))
            put_value(json, report->strategies[i]->name, &report->facts[i].value[row->measure],
                      row->unit);
    json_end_object(json);
    json_end_object(json);
}

static void put_errors(struct json *json, const struct thread_report *report)
{
    json_begin_list(json, "errors");
    for (uint32_t i = 0; i < report->count; i++) {
        if (report->facts[i].status == RUN_DONE)
            continue;
        json_begin_object(json, NULL);
        json_put_string(json, "strategy", report->strategies[i]->name);
        json_put_string(json, "error", report->facts[i].reason);
        json_end_object(json);
    }
    json_end_list(json);
}

void thread_print_json(const struct thread_report *report, FILE *file)
{
    struct json json = json_begin_file(file);

    json_put_string(&json, "trace", report->trace->name);
    json_put_u64(&json, "events", report->trace->header.events);
    json_put_u64(&json, "ram_bytes", report->ram_bytes);
    json_begin_list(&json, "claims");
    for (const struct thread_claim *claim = thread_claims; claim->name != NULL; claim++)
        for (const struct thread_row *row = claim->rows; row->label != NULL; row++)
            put_row(&json, report, claim, row);
    json_end_list(&json);
    put_errors(&json, report);
    json_end_file(&json);
}
