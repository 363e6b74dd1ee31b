#include "command/series.h"

#include <mm/strategy.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/series_csv.h"
#include "trace/memory.h"
#include "trace/temporary_file.h"

#define DEFAULT_SAMPLES 1000u

bool series_takes_output(const struct arguments *arguments)
{
    const char *path = arguments->value[OPTION_SERIES];

    return path != NULL && strcmp(path, "-") == 0;
}

/* ---- one strategy's rows, in its process ---- */

static void put_row(void *context, const struct series_sample *sample)
{
    const struct series_rows *rows = context;

    series_csv_put(rows->file, rows->strategy, rows->trace, sample);
}

static void rows_begin(void *context, struct replay *replay)
{
    struct series_rows *rows = context;

    series_start(replay, rows->every, put_row, rows);
}

static const char *rows_end(void *context, struct replay *replay)
{
    struct series_rows *rows = context;

    (void)replay;
    if (fflush(rows->file) == 0 && !ferror(rows->file))
        return NULL;
    snprintf(rows->reason, sizeof rows->reason,
             "cannot write the series' rows: %s; set TMPDIR to a directory with room",
             strerror(errno));
    return rows->reason;
}

/* ---- the file ---- */

static bool every_of_arguments(const struct arguments *arguments, const struct trace *trace,
                               uint64_t *every)
{
    *every = trace->header.events / DEFAULT_SAMPLES;
    *every += *every == 0;
    if (!arguments_have(arguments, OPTION_EVERY) || arguments_have(arguments, OPTION_SERIES))
        return count_of_arguments(arguments, OPTION_EVERY, 1, UINT64_MAX, every);
    bad_input("--every %s needs --series FILE", arguments->value[OPTION_EVERY]);
    return false;
}

static void rows_close(struct series *series)
{
    for (uint32_t i = 0; i < series->count; i++)
        fclose(series->rows[i].file);
}

static bool rows_open(struct series *series, const char *trace, uint64_t every,
                      const struct strategy *const strategies[], uint32_t count,
                      struct sim_error *error)
{
    for (; series->count < count; series->count++) {
        struct series_rows *rows = &series->rows[series->count];
        *rows = (struct series_rows){.strategy = strategies[series->count]->name,
                                     .trace = trace,
                                     .every = every,
                                     .file = spool_open_file(error)};
        if (rows->file == NULL)
            return false;
        series->watches[series->count] = (struct experiment_watch){rows_begin, rows_end, rows};
    }
    return true;
}

int series_begin(struct series *series, const struct arguments *arguments,
                 const struct trace *trace, const struct strategy *const strategies[],
                 uint32_t count)
{
    const char *path = arguments->value[OPTION_SERIES];
    struct sim_error error;
    uint64_t every;

    memset(series, 0, sizeof *series);
    if (!every_of_arguments(arguments, trace, &every))
        return STATUS_BAD_INPUT;
    if (path == NULL)
        return STATUS_DONE;
    if (series_takes_output(arguments) && arguments_have(arguments, OPTION_JSON))
        return bad_input(
            "--series - and --json both need standard output: name a file for --series");
    if (!output_is_apart(path, (const char *const[]){trace->name}, 1))
        return STATUS_BAD_INPUT;
    if (!stream_out_open(&series->out, path, &error))
        return report_error(&error);
    series->wanted = rows_open(series, trace->name, every, strategies, count, &error);
    if (series->wanted)
        return STATUS_DONE;
    rows_close(series);
    stream_out_abandon(&series->out);
    return report_error(&error);
}

static void put_header(struct stream_out *out)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *memory = open_memstream(&text, &bytes);

    if (memory == NULL)
        memory_exhausted("the series' columns");
    series_csv_put_header(memory);
    fclose(memory);
    stream_out_write(out, text, bytes);
    free(text);
}

static bool put_rows(struct stream_out *out, FILE *rows)
{
    char part[65536];
    size_t bytes;

    rewind(rows);
    while ((bytes = fread(part, 1, sizeof part, rows)) > 0)
        stream_out_write(out, part, bytes);
    return !ferror(rows);
}

static bool put_all(struct series *series, struct sim_error *error)
{
    bool read = true;

    put_header(&series->out);
    for (uint32_t i = 0; i < series->count; i++)
        read = read && put_rows(&series->out, series->rows[i].file);
    if (read)
        return stream_out_close(&series->out, error);
    stream_out_abandon(&series->out);
    return sim_error_set_writing(error, "cannot read the series' rows back: %s", strerror(errno));
}

int series_end(struct series *series, int status)
{
    struct sim_error error;

    if (!series->wanted)
        return status;
    if (status != STATUS_DONE)
        stream_out_abandon(&series->out);
    else if (!put_all(series, &error))
        status = report_error(&error);
    rows_close(series);
    return status;
}
