#include "report/thread_report.h"

#include <mm/strategy.h>

#include <stdlib.h>

#include "report/numbers.h"
#include "report/page.h"
#include "report/table.h"
#include "report/text_file.h"
#include "report/thread_claims.h"
#include "trace/memory.h"
#include "trace/printable.h"

#define HEADING_BYTES 128u

/* What a cause lacks, as a word that fits a column. */
static const char *const wants[] = {
    [MM_OK] = "nothing",      [MM_NO_FRAMES] = "frames",  [MM_NO_RUN] = "a run",
    [MM_BRK_BLOCKED] = "brk", [MM_ZONE] = "a zone",       [MM_NO_ADDRESS_SPACE] = "address",
    [MM_UNSUPPORTED] = "any", [MM_BAD_ACCESS] = "rights",
};
_Static_assert(sizeof wants / sizeof wants[0] == MM_CAUSE_COUNT, "there is a word for each cause");

static struct number_text decimal(double value, const char *unit)
{
    struct number_text number;

    if (value > 0 && value < 0.05)
        snprintf(number.text, sizeof number.text, "< 0.1%s", unit);
    else if (value < 99.95)
        snprintf(number.text, sizeof number.text, "%.1f%s", value, unit);
    else
        snprintf(number.text, sizeof number.text, "%.20s%s",
                 number_grouped((uint64_t)(value + 0.5)).text, unit);
    return number;
}

static struct number_text cell(const struct measured *value, enum thread_unit unit)
{
    double quotient = value->whole != 0 ? (double)value->part / (double)value->whole : 0;
    struct number_text word = {"-"};

    if (value->whole == 0)
        return word;
    if (value->part == 0 && unit != UNIT_CAUSE)
        return (struct number_text){"0"};
    switch (unit) {
    case UNIT_SHARE:
        return number_share(value->part, value->whole);
    case UNIT_RATIO:
        return decimal(quotient, " x");
    case UNIT_BYTES:
        return number_size_short(value->part);
    case UNIT_BYTES_EACH:
        return decimal(quotient, " B");
    case UNIT_PER_1000:
        return decimal(1000.0 * quotient, "");
    case UNIT_CAUSE:
        snprintf(word.text, sizeof word.text, "%s", wants[value->part]);
        break;
    }
    return word;
}

static void add_row(struct table *table, const struct thread_report *report,
                    const struct thread_row *row)
{
    char label[TABLE_LABEL_BYTES];

    snprintf(label, sizeof label, "  %s", row->label);
    table_row(table, label);
    for (uint32_t i = 0; i < report->count; i++)
        table_cell(table, i, cell(&report->facts[i].value[row->measure], row->unit).text);
}

static void add_claim(struct table *table, const struct thread_report *report,
                      const struct thread_claim *claim, char heading[HEADING_BYTES])
{
    snprintf(heading, HEADING_BYTES, "%s: \"%s\"", claim->who, claim->quote);
    table_heading(table, heading);
    for (const struct thread_row *row = claim->rows; row->label != NULL; row++)
        add_row(table, report, row);
}

static void add_claims(struct table *table, const struct thread_report *report,
                       char headings[][HEADING_BYTES])
{
    table_init(table, report->count);
    table_row(table, "");
    for (uint32_t i = 0; i < report->count; i++)
        table_cell(table, i, report->strategies[i]->name);
    for (uint32_t i = 0; thread_claims[i].name != NULL; i++)
        add_claim(table, report, &thread_claims[i], headings[i]);
}

static void print_table(const struct thread_report *report, FILE *page)
{
    char(*headings)[HEADING_BYTES] = memory_zeroed(TABLE_ROWS_MAX, sizeof headings[0]);
    struct table *table = memory_zeroed(1, sizeof *table);

    add_claims(table, report, headings);
    table_print(table, page);
    free(table);
    free(headings);
}

void thread_print(const struct thread_report *report, FILE *out)
{
    FILE *page = page_open(out);

    fprintf(page, "%s: %s events, %s live at most\nRAM %s (%s)\n\n",
            printable(report->trace->name).text, number_grouped(report->trace->header.events).text,
            number_size(report->trace->header.peak_live_bytes).text,
            number_size(report->ram_bytes).text, printable(report->ram_source).text);
    print_table(report, page);
    for (uint32_t i = 0; i < report->count; i++)
        if (report->facts[i].status != RUN_DONE)
            fprintf(page, "\n%s  " PAGE_FAILURE "NO RESULT" PAGE_PLAIN ": %s\n",
                    report->strategies[i]->name, report->facts[i].reason);
    fclose(page);
}

/* ---- JSON ---- */

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

/* Whether a strategy was named before. It then has one value, because keys of an object are
 * distinct. */
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
