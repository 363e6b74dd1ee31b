/* The tables of a sweep: traces or sizes of RAM down, strategies across. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/numbers.h"
#include "report/sweep_report.h"
#include "report/trace_name.h"
#include "trace/memory.h"
#include "trace/printable.h"

#define MIB         UINT64_C(0x100000)
#define COLUMN_WIDE 8u

struct layout {
    FILE *file;
    bool markdown;
    int label_width;
    const char **strategies; /* the columns */
    uint32_t count;
};

/* ---- names and numbers ---- */

/* Does another trace have the same short name? */
static bool is_ambiguous(const struct sweep_results *results, const char *trace)
{
    struct trace_name ours = trace_name_short(trace);

    for (uint32_t i = 0; i < results->count; i++) {
        struct trace_name other = trace_name_short(results->list[i].trace);
        if (strcmp(results->list[i].trace, trace) != 0 && trace_names_equal(other, ours))
            return true;
    }
    return false;
}

static struct trace_name name_of(const struct sweep_results *results, const char *trace)
{
    return is_ambiguous(results, trace) ? (struct trace_name){trace, (int)strlen(trace)}
                                        : trace_name_short(trace);
}

/* "73" of 73 MiB; else "74,832K", exactly. */
static struct number_text mebibytes(uint64_t bytes)
{
    struct number_text text = number_grouped(bytes % MIB == 0 ? bytes / MIB : bytes / 1024u);

    if (bytes % MIB != 0)
        strcat(text.text, "K");
    return text;
}

static struct number_text least_text(const struct sweep_result *result)
{
    struct number_text text = {"-"};

    if (result == NULL || !result->least_known)
        return text;
    if (result->least_ram_bytes == 0)
        return (struct number_text){"none"};
    struct number_text least = mebibytes(result->least_ram_bytes);
    bool or_less = result->least_ram_bytes == result->range.from_bytes;
    snprintf(text.text, sizeof text.text, "%s%.20s", or_less ? "<= " : "", least.text);
    return text;
}

/* ---- what is there ---- */

static const struct sweep_result *find(const struct sweep_results *results, const char *trace,
                                       const char *strategy)
{
    for (uint32_t i = 0; i < results->count; i++)
        if (strcmp(results->list[i].trace, trace) == 0 &&
            strcmp(results->list[i].strategy, strategy) == 0)
            return &results->list[i];
    return NULL;
}

static const struct sweep_point *point_of(const struct sweep_result *result, uint64_t ram_bytes)
{
    for (uint32_t i = 0; result != NULL && i < result->count; i++)
        if (result->points[i].ram_bytes == ram_bytes)
            return &result->points[i];
    return NULL;
}

static int compare_names(const void *a, const void *b)
{
    return sweep_compare_strategies(*(const char *const *)a, *(const char *const *)b);
}

static void widen(struct layout *layout, int bytes)
{
    layout->label_width = bytes > layout->label_width ? bytes : layout->label_width;
}

static struct layout layout_of(const struct sweep_results *results, bool markdown, FILE *file)
{
    struct layout layout = {.file = file, .markdown = markdown};

    layout.strategies = memory_zeroed(results->count + 1u, sizeof layout.strategies[0]);
    for (uint32_t i = 0; i < results->count; i++) {
        const struct sweep_result *result = &results->list[i];
        layout.strategies[i] = result->strategy;
        widen(&layout, name_of(results, result->trace).bytes);
        for (uint32_t k = 0; k < result->count; k++)
            widen(&layout, (int)strlen(mebibytes(result->points[k].ram_bytes).text));
    }
    qsort(layout.strategies, results->count, sizeof layout.strategies[0], compare_names);
    for (uint32_t i = 0; i < results->count; i++)
        if (i == 0 || strcmp(layout.strategies[i], layout.strategies[layout.count - 1u]) != 0)
            layout.strategies[layout.count++] = layout.strategies[i];
    return layout;
}

/* The next larger size of a point of a trace; UINT64_MAX: there is none. */
static uint64_t next_size(const struct sweep_results *results, const char *trace, uint64_t after)
{
    uint64_t size = UINT64_MAX;

    for (uint32_t i = 0; i < results->count; i++) {
        const struct sweep_result *result = &results->list[i];
        for (uint32_t k = 0; strcmp(result->trace, trace) == 0 && k < result->count; k++)
            if (result->points[k].ram_bytes > after && result->points[k].ram_bytes < size)
                size = result->points[k].ram_bytes;
    }
    return size;
}

/* ---- rows ---- */

static void put_label(const struct layout *layout, const char *text, int bytes)
{
    if (layout->markdown)
        fprintf(layout->file, "| %s |", printable_part(text, (size_t)bytes).text);
    else
        fprintf(layout->file, "%-*s", layout->label_width,
                printable_part(text, (size_t)bytes).text);
}

static void put_cell(const struct layout *layout, uint32_t column, const char *text)
{
    size_t width = strlen(layout->strategies[column]);

    if (layout->markdown)
        fprintf(layout->file, " %s |", text);
    else
        fprintf(layout->file, "  %*s", (int)(width > COLUMN_WIDE ? width : COLUMN_WIDE), text);
}

static void put_heads(const struct layout *layout)
{
    put_label(layout, "", 0);
    for (uint32_t column = 0; column < layout->count; column++) {
        char quoted[64];
        snprintf(quoted, sizeof quoted, layout->markdown ? "`%s`" : "%s",
                 printable_within(layout->strategies[column], sizeof quoted - 3u).text);
        put_cell(layout, column, quoted);
    }
    fputc('\n', layout->file);
    if (!layout->markdown)
        return;
    fputs("|---|", layout->file);
    for (uint32_t column = 0; column < layout->count; column++)
        fputs("---|", layout->file);
    fputc('\n', layout->file);
}

static bool is_first_of_trace(const struct sweep_results *results, uint32_t i)
{
    return i == 0 || strcmp(results->list[i].trace, results->list[i - 1u].trace) != 0;
}

/* Where all were looked for in one range, it is said. */
static void put_title(const struct sweep_results *results, FILE *file)
{
    const struct sweep_range *range = results->count > 0 ? &results->list[0].range : NULL;

    for (uint32_t i = 0; range != NULL && i < results->count; i++)
        if (!sweep_ranges_equal(range, &results->list[i].range))
            range = NULL;
    fputs("Least RAM with no failure, MiB", file);
    if (range != NULL && range->points > 0)
        fprintf(file, ", of %s to %s in steps of %s", mebibytes(range->from_bytes).text,
                mebibytes(range->to_bytes).text, mebibytes(range->step_bytes).text);
    fputs("\n\n", file);
}

static void put_least(const struct layout *layout, const struct sweep_results *results)
{
    put_title(results, layout->file);
    put_heads(layout);
    for (uint32_t i = 0; i < results->count; i++) {
        const char *trace = results->list[i].trace;
        if (!is_first_of_trace(results, i))
            continue;
        struct trace_name name = name_of(results, trace);
        put_label(layout, name.text, name.bytes);
        for (uint32_t column = 0; column < layout->count; column++)
            put_cell(layout, column,
                     least_text(find(results, trace, layout->strategies[column])).text);
        fputc('\n', layout->file);
    }
}

static void put_rates(const struct layout *layout, const struct sweep_results *results,
                      const char *trace)
{
    struct trace_name name = name_of(results, trace);

    fprintf(layout->file, "\n%s: requests that fail, of all, with so many MiB\n\n",
            printable_part(name.text, (size_t)name.bytes).text);
    put_heads(layout);
    for (uint64_t size = next_size(results, trace, 0); size != UINT64_MAX;
         size = next_size(results, trace, size)) {
        struct number_text label = mebibytes(size);
        put_label(layout, label.text, (int)strlen(label.text));
        for (uint32_t column = 0; column < layout->count; column++) {
            const struct sweep_point *point =
                point_of(find(results, trace, layout->strategies[column]), size);
            put_cell(layout, column,
                     point != NULL ? number_share_fine(point->failed, point->requests).text : "-");
        }
        fputc('\n', layout->file);
    }
}

void sweep_print(const struct sweep_results *results, bool markdown, FILE *file)
{
    struct layout layout = layout_of(results, markdown, file);

    put_least(&layout, results);
    for (uint32_t i = 0; i < results->count; i++)
        if (is_first_of_trace(results, i) &&
            next_size(results, results->list[i].trace, 0) != UINT64_MAX)
            put_rates(&layout, results, results->list[i].trace);
    free(layout.strategies);
}
