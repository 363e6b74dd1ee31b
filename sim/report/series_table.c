#include "report/series_table.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/series_thin.h"
#include "trace/memory.h"
#include "trace/text_fields.h"

#define COLUMNS_MAX    256u
#define STRATEGY_FIRST "strategy,"
#define TRACE_COLUMN   "trace"

static const char *const column_names[SERIES_VALUES] = {
    [SERIES_EVENT] = "event",
    [SERIES_HEAP_PAYLOAD] = "heap_payload_bytes",
    [SERIES_HEAP_SPAN] = "heap_span_bytes",
    [SERIES_USED] = "used_frames",
    [SERIES_FREE_DMA] = "free_dma_frames",
    [SERIES_FREE_LOW] = "free_low_frames",
    [SERIES_FREE_HIGH] = "free_high_frames",
    [SERIES_LARGEST_RUN] = "largest_free_run_frames",
    [SERIES_FAILURES] = "failures",
    [SERIES_UNUSABLE] = "unusable_index_0",
    "unusable_index_1",
    "unusable_index_2",
    "unusable_index_3",
    "unusable_index_4",
    "unusable_index_5",
    "unusable_index_6",
    "unusable_index_7",
    "unusable_index_8",
    "unusable_index_9",
    "unusable_index_10",
};

struct reading {
    struct series_table *table;
    struct line_reader lines;
    const char *file;
    size_t first; /* the runs of this file begin at this index of the table */
    enum series_value
        columns[COLUMNS_MAX]; /* the value of each column; SERIES_VALUES: it is not kept */
    uint32_t column_count;
    uint32_t trace_column; /* COLUMNS_MAX: there is no such column */
    struct sim_error *error;
};

__attribute__((format(printf, 2, 3))) static bool refuse(const struct reading *reading,
                                                         const char *format, ...)
{
    char reason[256];
    va_list list;

    va_start(list, format);
    vsnprintf(reason, sizeof reason, format, list);
    va_end(list);
    return sim_error_set(reading->error, "%s:%" PRIu64 ": %s", reading->file, reading->lines.number,
                         reason);
}

/* ---- the line of names ---- */

static enum series_value value_named(const char *name)
{
    enum series_value value = SERIES_EVENT;

    while (value < SERIES_VALUES && strcmp(column_names[value], name) != 0)
        value++;
    return value;
}

static bool all_there(const struct reading *reading, const bool found[SERIES_VALUES])
{
    for (uint32_t value = 0; value < SERIES_VALUES; value++)
        if (!found[value])
            return refuse(reading, "no column %s", column_names[value]);
    return true;
}

/* The strategy is in the first column. */
static bool read_names(struct reading *reading, char *line)
{
    bool found[SERIES_VALUES + 1u] = {false};
    char *rest = line + strlen(STRATEGY_FIRST);
    char *name;

    reading->column_count = 0;
    reading->trace_column = COLUMNS_MAX;
    while ((name = strsep(&rest, ",")) != NULL) {
        if (reading->column_count == COLUMNS_MAX)
            return refuse(reading, "more than %u columns", COLUMNS_MAX);
        enum series_value value = value_named(name);
        if (found[value] && value != SERIES_VALUES)
            return refuse(reading, "two columns %s", name);
        found[value] = true;
        if (strcmp(name, TRACE_COLUMN) == 0)
            reading->trace_column = reading->column_count;
        reading->columns[reading->column_count++] = value;
    }
    return all_there(reading, found);
}

/* ---- rows ---- */

static bool number_parse(const char *text, int64_t *number)
{
    const char *digits = text + (*text == '-');

    *number = strtoll(text, NULL, 10);
    return *digits != '\0' && strspn(digits, "0123456789") == strlen(digits) &&
           strlen(digits) <= 18;
}

static char *copy_of(const char *text)
{
    return text != NULL ? strcpy(memory_zeroed(strlen(text) + 1u, 1), text) : NULL;
}

static struct series_run *run_begin(const struct reading *reading, const char *strategy,
                                    const char *trace)
{
    struct series_table *table = reading->table;

    table->runs = memory_reach(table->runs, &table->capacity, table->count, sizeof table->runs[0]);
    struct series_run *run = &table->runs[table->count++];
    run->file = reading->file;
    run->thin_at = SERIES_ROWS_WHOLE;
    run->strategy = copy_of(strategy);
    run->trace = copy_of(trace);
    return run;
}

/* The run of a row: the last one of its strategy, unless the events begin again. */
static struct series_run *run_for(const struct reading *reading, const char *strategy,
                                  const char *trace, int64_t event)
{
    const struct series_table *table = reading->table;

    for (size_t i = table->count; i-- > reading->first;) {
        struct series_run *run = &table->runs[i];
        if (strcmp(run->strategy, strategy) != 0)
            continue;
        return run->samples[run->count - 1u][SERIES_EVENT] < event
                   ? run
                   : run_begin(reading, strategy, trace);
    }
    return run_begin(reading, strategy, trace);
}

/* Thin the samples when their number has doubled, which takes constant time for a row. */
static void run_add(struct series_run *run, const int64_t *sample)
{
    if (run->count == run->thin_at) {
        run->count = series_thin(run->samples, run->count);
        run->thin_at = run->count * 2u > SERIES_ROWS_WHOLE ? run->count * 2u : SERIES_ROWS_WHOLE;
    }
    run->samples = memory_reach(run->samples, &run->capacity, run->count, sizeof run->samples[0]);
    memcpy(run->samples[run->count++], sample, sizeof run->samples[0]);
    run->rows++;
}

static bool read_row(struct reading *reading, char *line)
{
    int64_t sample[SERIES_VALUES + 1u];
    const char *strategy = strsep(&line, ",");
    const char *trace = NULL;
    uint32_t at = 0;
    const char *text;

    while ((text = strsep(&line, ",")) != NULL) {
        if (at == reading->column_count)
            break;
        if (at == reading->trace_column)
            trace = text;
        else if (!number_parse(text, &sample[reading->columns[at]]))
            return refuse(reading, "column %" PRIu32 ": %.40s is no number", at + 2u, text);
        at++;
    }
    if (text != NULL || at != reading->column_count)
        return refuse(reading, "not as many columns as names");
    run_add(run_for(reading, strategy, trace, sample[SERIES_EVENT]), sample);
    return true;
}

static bool read_line(struct reading *reading, char *line, size_t bytes)
{
    if (reading->lines.unterminated)
        return refuse(reading, "the file ends within a line");
    line[bytes] = '\0'; /* in place of the newline */
    if (bytes != 0 && line[bytes - 1u] == '\r')
        line[bytes - 1u] = '\0';
    if (strncmp(line, STRATEGY_FIRST, strlen(STRATEGY_FIRST)) == 0)
        return read_names(reading, line);
    if (reading->column_count == 0)
        return refuse(reading, "not a series: a series begins with the names of its columns, the "
                               "first of which is strategy");
    return read_row(reading, line);
}

static bool read_lines(struct reading *reading)
{
    char *line;
    size_t bytes;

    while (line_reader_next(&reading->lines, &line, &bytes, reading->error)) {
        if (line == NULL)
            return reading->table->count > reading->first ||
                   sim_error_set(reading->error, "%s: no samples", reading->file);
        if (!read_line(reading, line, bytes))
            return false;
    }
    return false;
}

/* Thin the samples that were added after the last time. */
static void thin_long(const struct reading *reading)
{
    for (size_t i = reading->first; i < reading->table->count; i++) {
        struct series_run *run = &reading->table->runs[i];
        if (run->rows > SERIES_ROWS_WHOLE)
            run->count = series_thin(run->samples, run->count);
    }
}

bool series_table_read(struct series_table *table, struct stream_in *in, struct sim_error *error)
{
    struct reading reading = {
        .table = table, .file = in->name, .first = table->count, .error = error};

    line_reader_open(&reading.lines, in);
    bool done = read_lines(&reading);
    thin_long(&reading);
    line_reader_close(&reading.lines);
    return done;
}

void series_table_free(struct series_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        free(table->runs[i].strategy);
        free(table->runs[i].trace);
        free(table->runs[i].samples);
    }
    free(table->runs);
    *table = (struct series_table){NULL, 0, 0};
}
