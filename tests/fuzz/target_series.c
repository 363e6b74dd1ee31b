#include "fuzz/laws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/plot.h"
#include "support/printing.h"
#include "support/scratch.h"

static bool read_file(struct series_table *table, const char *path)
{
    struct sim_error error;
    struct stream_in in;

    bool good = stream_in_open(&in, path, &error) && series_table_read(table, &in, &error);
    stream_in_close(&in);
    if (!good)
        law_error(&error, path);
    return good;
}

static void law_run(const struct series_run *run)
{
    assert_true(run->count > 0);
    for (size_t i = 1; i < run->count; i++)
        assert_true(run->samples[i - 1][SERIES_EVENT] < run->samples[i][SERIES_EVENT]);
}

/* Read from two files, the runs are there twice. */
static void law_twice(const struct series_table *once, const struct series_table *twice)
{
    assert_int_equal(twice->count, 2u * once->count);
    for (size_t i = 0; i < once->count; i++) {
        const struct series_run *run = &once->runs[i];
        const struct series_run *again = &twice->runs[once->count + i];

        law_run(run);
        assert_string_equal(run->strategy, again->strategy);
        assert_int_equal(run->count, again->count);
        assert_memory_equal(run->samples, again->samples, run->count * sizeof run->samples[0]);
    }
}

static void draw(const struct series_table *table)
{
    struct sim_error error;
    struct printing script;
    FILE *out = printing_start(&script);

    assert_true(plot_series(out, PLOT_SVG, NULL, table, PLOT_PANELS_DEFAULT ",used,run", &error));
    free(printing_end(&script));
}

void fuzz_series(const char *name, const uint8_t *data, size_t bytes)
{
    const char *path = scratch_bytes("in", data, bytes);
    struct series_table once = {0};
    struct series_table twice = {0};

    (void)name;
    if (read_file(&once, path)) {
        assert_true(read_file(&twice, path));
        assert_true(read_file(&twice, path));
        law_twice(&once, &twice);
        draw(&once);
    }
    series_table_free(&once);
    series_table_free(&twice);
}
