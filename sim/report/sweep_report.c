#include "report/sweep_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/numbers.h"
#include "report/page.h"
#include "report/terminal.h"
#include "report/text_file.h"
#include "report/trace_name.h"
#include "trace/memory.h"
#include "trace/printable.h"

#define MIB         UINT64_C(0x100000)
#define COLUMN_WIDE 8u

struct layout {
    FILE *file;
    bool markdown;
    int label_width;
    const char **strategies; /* the columns of the table */
    uint32_t count;
};

/* Columns that are printed side by side: [first, end). */
struct group {
    uint32_t first;
    uint32_t end;
};

/* ---- names and numbers ---- */

/* Whether another trace has the same short name. */
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

/* A size in MiB if it is whole ("73"), or exactly in KiB ("74,832K"). */
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

/* The next larger size of the points of a trace; UINT64_MAX: there is none. */
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

static uint32_t column_width(const struct layout *layout, uint32_t column)
{
    size_t width = strlen(layout->strategies[column]);

    return (uint32_t)(width > COLUMN_WIDE ? width : COLUMN_WIDE);
}

/* The columns from `first` on that fit into a line; the lines of a document may have any length. */
static struct group group_from(const struct layout *layout, uint32_t first)
{
    uint32_t width = (uint32_t)layout->label_width;
    struct group group = {first, first};

    while (group.end < layout->count) {
        width += 2u + column_width(layout, group.end);
        if (!layout->markdown && width > terminal_width() && group.end > first)
            break;
        group.end++;
    }
    return group;
}

/* mark is a PAGE_... of page.h. */
static void put_cell(const struct layout *layout, uint32_t column, const char *mark,
                     const char *text)
{
    int blanks = (int)column_width(layout, column) - (int)strlen(text);

    if (layout->markdown)
        fprintf(layout->file, " %s |", text);
    else
        fprintf(layout->file, "  %*s%s%s" PAGE_PLAIN, blanks > 0 ? blanks : 0, "", mark, text);
}

/* The mark of a cell: a failure, the least of its row, or none. */
static const char *mark_of_least(const struct sweep_result *result, uint64_t least_of_all)
{
    if (result == NULL || !result->least_known)
        return PAGE_PLAIN;
    if (result->least_ram_bytes == 0)
        return PAGE_FAILURE;
    return result->least_ram_bytes == least_of_all ? PAGE_BEST : PAGE_PLAIN;
}

static const char *mark_of_point(const struct sweep_point *point)
{
    return point != NULL && point->failed != 0 ? PAGE_FAILURE : PAGE_PLAIN;
}

/* The least RAM that any strategy needs for a trace; 0 if all need the same, or there is none. */
static uint64_t least_of_all(const struct sweep_results *results, const char *trace)
{
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;

    for (uint32_t i = 0; i < results->count; i++) {
        const struct sweep_result *result = &results->list[i];
        if (strcmp(result->trace, trace) != 0 || !result->least_known ||
            result->least_ram_bytes == 0)
            continue;
        least = result->least_ram_bytes < least ? result->least_ram_bytes : least;
        most = result->least_ram_bytes > most ? result->least_ram_bytes : most;
    }
    return least < most ? least : 0;
}

static void put_heads(const struct layout *layout, struct group group)
{
    if (group.first != 0)
        fputc('\n', layout->file);
    put_label(layout, "", 0);
    for (uint32_t column = group.first; column < group.end; column++) {
        char quoted[64];
        snprintf(quoted, sizeof quoted, layout->markdown ? "`%s`" : "%s",
                 printable_within(layout->strategies[column], sizeof quoted - 3u).text);
        put_cell(layout, column, PAGE_PLAIN, quoted);
    }
    fputc('\n', layout->file);
    if (!layout->markdown)
        return;
    fputs("|---|", layout->file);
    for (uint32_t column = group.first; column < group.end; column++)
        fputs("---|", layout->file);
    fputc('\n', layout->file);
}

static bool is_first_of_trace(const struct sweep_results *results, uint32_t i)
{
    return i == 0 || strcmp(results->list[i].trace, results->list[i - 1u].trace) != 0;
}

/* If all results are from one range, the table names it. */
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

static void put_least_of(const struct layout *layout, const struct sweep_results *results,
                         struct group group)
{
    put_heads(layout, group);
    for (uint32_t i = 0; i < results->count; i++) {
        const char *trace = results->list[i].trace;
        if (!is_first_of_trace(results, i))
            continue;
        struct trace_name name = name_of(results, trace);
        put_label(layout, name.text, name.bytes);
        uint64_t best = least_of_all(results, trace);
        for (uint32_t column = group.first; column < group.end; column++) {
            const struct sweep_result *result =
                sweep_results_find(results, trace, layout->strategies[column]);
            put_cell(layout, column, mark_of_least(result, best), least_text(result).text);
        }
        fputc('\n', layout->file);
    }
}

static void put_least(const struct layout *layout, const struct sweep_results *results)
{
    struct group group = {0, 0};

    put_title(results, layout->file);
    do {
        group = group_from(layout, group.end);
        put_least_of(layout, results, group);
    } while (group.end < layout->count);
}

static void put_rates_of(const struct layout *layout, const struct sweep_results *results,
                         const char *trace, struct group group)
{
    put_heads(layout, group);
    for (uint64_t size = next_size(results, trace, 0); size != UINT64_MAX;
         size = next_size(results, trace, size)) {
        struct number_text label = mebibytes(size);
        put_label(layout, label.text, (int)strlen(label.text));
        for (uint32_t column = group.first; column < group.end; column++) {
            const struct sweep_point *point =
                point_of(sweep_results_find(results, trace, layout->strategies[column]), size);
            put_cell(layout, column, mark_of_point(point),
                     point != NULL ? number_share_fine(point->failed, point->requests).text : "-");
        }
        fputc('\n', layout->file);
    }
}

static void put_rates(const struct layout *layout, const struct sweep_results *results,
                      const char *trace)
{
    struct trace_name name = name_of(results, trace);
    struct group group = {0, 0};

    fprintf(layout->file, "\n%s: requests that fail, of all, with so many MiB\n\n",
            printable_part(name.text, (size_t)name.bytes).text);
    do {
        group = group_from(layout, group.end);
        put_rates_of(layout, results, trace, group);
    } while (group.end < layout->count);
}

void sweep_print(const struct sweep_results *results, bool markdown, FILE *file)
{
    FILE *page = markdown ? NULL : page_open(file);
    struct layout layout = layout_of(results, markdown, markdown ? file : page);

    put_least(&layout, results);
    for (uint32_t i = 0; i < results->count; i++)
        if (is_first_of_trace(results, i) &&
            next_size(results, results->list[i].trace, 0) != UINT64_MAX)
            put_rates(&layout, results, results->list[i].trace);
    free(layout.strategies);
    if (page != NULL)
        fclose(page);
}

/* ---- JSON ---- */

static void put_points(struct json *json, const struct sweep_result *result)
{
    json_begin_list(json, "points");
    for (uint32_t i = 0; i < result->count; i++) {
        json_begin_object(json, NULL);
        json_put_u64(json, "ram_bytes", result->points[i].ram_bytes);
        json_put_u64(json, "requests", result->points[i].requests);
        json_put_u64(json, "failed", result->points[i].failed);
        json_end_object(json);
    }
    json_end_list(json);
}

void sweep_print_json(const struct sweep_results *results, FILE *file)
{
    struct json json = json_begin_file(file);

    if (results->sources[0] != '\0')
        json_put_string(&json, "sources", results->sources);
    json_begin_list(&json, "results");
    for (uint32_t i = 0; i < results->count; i++) {
        const struct sweep_result *result = &results->list[i];
        json_new_line(&json, 1);
        json_begin_object(&json, NULL);
        json_put_string(&json, "trace", result->trace);
        json_put_string(&json, "strategy", result->strategy);
        if (result->least_known)
            sweep_least_put(&json, result->least_ram_bytes, &result->range);
        put_points(&json, result);
        json_end_object(&json);
    }
    json_new_line(&json, 0);
    json_end_list(&json);
    json_end_file(&json);
}
