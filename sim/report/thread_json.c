#include <string.h>

#include "report/json_keys.h"
#include "report/text_file.h"
#include "report/thread_claims.h"
#include "report/thread_report.h"

static const char *const unit_names[] = {
    [UNIT_SHARE] = "share",           [UNIT_RATIO] = "ratio",       [UNIT_BYTES] = "bytes",
    [UNIT_BYTES_EACH] = "bytes each", [UNIT_PER_1000] = "per 1000", [UNIT_LINES] = "lines",
    [UNIT_CAUSE] = "cause",
};

static void put_word(const struct text_out *out, const char *word)
{
    text_put_json_string(out, word, strlen(word));
}

static void put_value(const struct text_out *out, const struct measured *value,
                      enum thread_unit unit)
{
    uint64_t factor = unit == UNIT_PER_1000 ? 1000u * 1000000u : 1000000u;

    if (value->whole == 0)
        text_put(out, "null");
    else if (unit == UNIT_CAUSE)
        put_word(out, cause_name((enum mm_cause)value->part));
    else if (unit == UNIT_BYTES || unit == UNIT_LINES)
        text_put_u64(out, value->part);
    else
        text_put_millionths(out, value->part * factor / value->whole);
}

/* A strategy that was named twice has one value: keys of an object are distinct. */
static bool is_repeated(const struct thread_report *report, uint32_t i)
{
    for (uint32_t before = 0; before < i; before++)
        if (report->strategies[before] == report->strategies[i])
            return true;
    return false;
}

static void put_row(const struct text_out *out, const struct thread_report *report,
                    const struct thread_claim *claim, const struct thread_row *row)
{
    const char *before = "";

    json_put_string(out, "{", "claim", claim->name);
    json_put_string(out, ", ", "who", claim->who);
    json_put_string(out, ", ", "quote", claim->quote);
    json_put_string(out, ", ", "label", row->label);
    json_put_string(out, ", ", "measure", row->how);
    json_put_string(out, ", ", "unit", unit_names[row->unit]);
    json_put_key(out, ", ", "by_strategy");
    text_put(out, "{");
    for (uint32_t i = 0; i < report->count; i++) {
        if (is_repeated(report, i))
            continue;
        json_put_key(out, before, report->strategies[i]->name);
        put_value(out, &report->facts[i].value[row->measure], row->unit);
        before = ", ";
    }
    text_put(out, "}}");
}

static void put_errors(const struct text_out *out, const struct thread_report *report)
{
    const char *before = "{";

    for (uint32_t i = 0; i < report->count; i++) {
        if (report->facts[i].status == RUN_DONE)
            continue;
        json_put_string(out, before, "strategy", report->strategies[i]->name);
        json_put_string(out, ", ", "error", report->facts[i].reason);
        text_put(out, "}");
        before = ", {";
    }
}

void thread_print_json(const struct thread_report *report, FILE *file)
{
    struct text_out out = text_out_to_file(file);
    const char *before = "";

    json_put_string(&out, "{", "trace", report->trace->name);
    json_put_number(&out, ", ", "events", report->trace->header.events);
    json_put_number(&out, ", ", "ram_bytes", report->ram_bytes);
    json_put_key(&out, ", ", "claims");
    text_put(&out, "[");
    for (const struct thread_claim *claim = thread_claims; claim->name != NULL; claim++)
        for (const struct thread_row *row = claim->rows; row->label != NULL; row++) {
            text_put(&out, before);
            put_row(&out, report, claim, row);
            before = ", ";
        }
    text_put(&out, "]");
    json_put_key(&out, ", ", "errors");
    text_put(&out, "[");
    put_errors(&out, report);
    text_put(&out, "]}\n");
}
