/* Reads series: columns are found by name, runs are separated, and other files are refused. */
#include "report/series_table.h"
#include "support/scratch.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

/* The strategy, and every column that is kept. */
#define NAMES                                                                                      \
    "strategy,event,heap_payload_bytes,heap_span_bytes,used_frames,free_dma_frames,"               \
    "free_low_frames,free_high_frames,largest_free_run_frames,failures,unusable_index_0,"          \
    "unusable_index_1,unusable_index_2,unusable_index_3,unusable_index_4,unusable_index_5,"        \
    "unusable_index_6,unusable_index_7,unusable_index_8,unusable_index_9,unusable_index_10"
#define ZEROS ",0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0"

static struct sim_error error;

static bool read_text(struct series_table *table, const char *name, const char *text)
{
    struct stream_in in;

    assert_true(stream_in_open(&in, scratch_text(name, text), &error));
    bool read = series_table_read(table, &in, &error);
    stream_in_close(&in);
    return read;
}

static void assert_refused(const char *text, const char *reason)
{
    struct series_table table = {NULL, 0, 0};
    const char *path = scratch_path("bad.csv");
    char expected[512];

    assert_false(read_text(&table, "bad.csv", text));
    snprintf(expected, sizeof expected, "%s:%s", path, reason);
    assert_string_equal(error.text, expected);
    series_table_free(&table);
}

TEST(columns_are_found_by_name)
{
    struct series_table table = {NULL, 0, 0};

    assert_true(read_text(&table, "a.csv",
                          "strategy,news,unusable_index_10,heap_span_bytes,failures,event,"
                          "heap_payload_bytes,used_frames,free_dma_frames,free_low_frames,"
                          "free_high_frames,largest_free_run_frames,unusable_index_0,"
                          "unusable_index_1,unusable_index_2,unusable_index_3,unusable_index_4,"
                          "unusable_index_5,unusable_index_6,unusable_index_7,unusable_index_8,"
                          "unusable_index_9,more\n"
                          "brk,-5,300,4503599627370496,7,9,1,2,3,4,5,6,10,11,12,13,14,15,16,17,"
                          "18,19,0\r\n"));
    assert_int_equal(table.count, 1);
    assert_int_equal(table.runs[0].count, 1);
    assert_string_equal(table.runs[0].strategy, "brk");
    const int64_t *sample = table.runs[0].samples[0];
    assert_int_equal(sample[SERIES_EVENT], 9);
    assert_int_equal(sample[SERIES_HEAP_SPAN], 1ll << 52);
    assert_int_equal(sample[SERIES_HEAP_PAYLOAD], 1);
    assert_int_equal(sample[SERIES_LARGEST_RUN], 6);
    assert_int_equal(sample[SERIES_FAILURES], 7);
    assert_int_equal(sample[SERIES_UNUSABLE], 10);
    assert_int_equal(sample[SERIES_UNUSABLE + 9], 19);
    assert_int_equal(sample[SERIES_UNUSABLE + ORDER_MAX], 300);
    series_table_free(&table);
}

/* A run ends at another strategy, at another file, and where the numbers of events start again. */
TEST(runs_are_separated)
{
    struct series_table table = {NULL, 0, 0};

    assert_true(read_text(&table, "a.csv",
                          NAMES "\nbrk,1" ZEROS "\nzoned,1" ZEROS "\nbrk,2" ZEROS "\n" NAMES
                                "\nbrk,2" ZEROS "\nbrk,5" ZEROS "\n"));
    assert_true(read_text(&table, "b.csv", NAMES "\nbrk,9" ZEROS "\n"));
    static const struct {
        const char *strategy;
        size_t count;
        int64_t last;
    } expected[] = {{"brk", 2, 2}, {"zoned", 1, 1}, {"brk", 2, 5}, {"brk", 1, 9}};
    assert_int_equal(table.count, 4);
    for (size_t i = 0; i < 4; i++) {
        const struct series_run *run = &table.runs[i];
        assert_string_equal(run->strategy, expected[i].strategy);
        assert_int_equal(run->count, expected[i].count);
        assert_int_equal(run->samples[run->count - 1u][SERIES_EVENT], expected[i].last);
        assert_string_equal(run->file, scratch_path(i < 3 ? "a.csv" : "b.csv"));
    }
    series_table_free(&table);
}

/* Reads a series of so many rows, one with a spike. Returns the number of rows that are kept. */
static size_t rows_kept(uint32_t rows)
{
    struct series_table table = {NULL, 0, 0};
    const char *path = scratch_path("long.csv");
    FILE *file = fopen(path, "w");
    struct stream_in in;
    int64_t most = 0;

    fputs(NAMES "\n", file);
    for (uint32_t row = 1; row <= rows; row++)
        fprintf(file, "brk,%u,0,%d,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0\n", row, row == 5555 ? 77 : 1);
    fclose(file);
    assert_true(stream_in_open(&in, path, &error));
    assert_true(series_table_read(&table, &in, &error));
    stream_in_close(&in);
    const struct series_run *run = &table.runs[0];
    for (size_t at = 0; at < run->count; at++)
        if (run->samples[at][SERIES_HEAP_SPAN] > most)
            most = run->samples[at][SERIES_HEAP_SPAN];
    assert_int_equal(most, 77);
    assert_int_equal(run->rows, rows);
    assert_int_equal(run->samples[run->count - 1u][SERIES_EVENT], rows);
    size_t kept = run->count;
    assert_true(run->capacity < 4u * SERIES_ROWS_WHOLE);
    series_table_free(&table);
    return kept;
}

/* Runs of up to SERIES_ROWS_WHOLE rows are kept whole. Longer ones are thinned to their end. */
TEST(long_runs_are_thinned)
{
    assert_int_equal(rows_kept(SERIES_ROWS_WHOLE), SERIES_ROWS_WHOLE);
    assert_true(rows_kept(SERIES_ROWS_WHOLE + 1u) < SERIES_ROWS_WHOLE / 2u);
    assert_true(rows_kept(5u * SERIES_ROWS_WHOLE) < SERIES_ROWS_WHOLE / 2u);
}

TEST(other_files_are_refused)
{
    assert_refused("", " no samples");
    assert_refused(NAMES "\n", " no samples");
    assert_refused("mmtrace 1\n", "1: not a series: a series begins with the names of its columns, "
                                  "the first of which is strategy");
    assert_refused("strategy,event\n", "1: no column heap_payload_bytes");
    assert_refused(NAMES ",event\n", "1: two columns event");
    assert_refused(NAMES "\nbrk,1" ZEROS ",0\n", "2: not as many columns as names");
    assert_refused(NAMES "\nbrk,1,0\n", "2: not as many columns as names");
    assert_refused(NAMES "\n\n", "2: not as many columns as names");
    assert_refused(NAMES "\nbrk,x" ZEROS "\n", "2: column 2: x is no number");
    assert_refused(NAMES "\nbrk,-" ZEROS "\n", "2: column 2: - is no number");
    assert_refused(NAMES "\nbrk,1.5" ZEROS "\n", "2: column 2: 1.5 is no number");
    assert_refused(NAMES "\nbrk,1234567890123456789" ZEROS "\n",
                   "2: column 2: 1234567890123456789 is no number");
    assert_refused(NAMES "\nbrk,1" ZEROS, "2: the file ends within a line");
}
