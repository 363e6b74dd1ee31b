#include "report/thread_report.h"

#include <stdlib.h>

#include "report/numbers.h"
#include "report/page.h"
#include "report/table.h"
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
_Static_assert(sizeof wants / sizeof wants[0] == MM_CAUSE_COUNT, "a word for each cause");

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
