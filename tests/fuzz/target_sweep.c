#include "fuzz/laws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/sweep_journal.h"
#include "report/plot.h"
#include "report/sweep_report.h"
#include "report/text_file.h"
#include "support/scratch.h"

/* A text that grows: where reports are written. */
struct text {
    FILE *file;
    char *text;
    size_t bytes;
};

static void text_begin(struct text *text)
{
    text->file = open_memstream(&text->text, &text->bytes);
    assert_non_null(text->file);
}

static void text_drop(struct text *text)
{
    free(text->text);
}

static void assert_same_text(const struct text *a, const struct text *b)
{
    assert_string_equal(a->text, b->text);
}

/* ---- lines ---- */

static bool put_line(void *file, const struct sweep_line *line, uint64_t number,
                     struct sim_error *error)
{
    const struct text_out out = text_out_to_file(file);

    (void)number;
    (void)error;
    sweep_line_put(&out, line);
    return true;
}

/* Lines of a file, as they are written. false: it is none of a sweep. */
static bool read_lines(const char *path, struct text *lines)
{
    struct sim_error error;

    text_begin(lines);
    bool good = sweep_read(path, put_line, lines->file, &error);
    fclose(lines->file);
    if (!good)
        law_error(&error, path);
    return good;
}

static void law_lines(const struct text *lines)
{
    struct text again;

    assert_true(read_lines(scratch_bytes("lines", lines->text, lines->bytes), &again));
    assert_same_text(lines, &again);
    text_drop(&again);
}

/* ---- the journal ---- */

static const struct sweep_line added = {.kind = SWEEP_TRIAL,
                                        .trace = "added",
                                        .strategy = "brk",
                                        .content = "00000000000000aa",
                                        .ram_bytes = 4096};

/* The journal has what the file had, and takes a line more; or is left as it was. */
static void law_journal(const uint8_t *data, size_t bytes, const struct text *lines)
{
    const char *path = scratch_bytes("journal", data, bytes);
    struct sweep_journal journal;
    struct sim_error error;
    struct text taken;
    struct text after;

    text_begin(&taken);
    bool opened = sweep_journal_open(&journal, path, put_line, taken.file, &error);
    if (opened) {
        assert_true(sweep_journal_add(&journal, &added, &error));
        put_line(taken.file, &added, 0, &error);
        sweep_journal_close(&journal);
    }
    fclose(taken.file);
    if (opened) {
        assert_memory_equal(taken.text, lines->text, lines->bytes);
        assert_true(read_lines(path, &after));
        assert_same_text(&taken, &after);
        text_drop(&after);
    } else {
        law_error(&error, path);
        law_same_file(path, scratch_path("in"));
    }
    text_drop(&taken);
}

/* ---- results ---- */

static void print_json(const struct sweep_results *results, struct text *json)
{
    text_begin(json);
    sweep_print_json(results, json->file);
    fclose(json->file);
}

static void print_others(const struct sweep_results *results)
{
    struct sim_error error;
    struct text text;

    text_begin(&text);
    sweep_print(results, false, text.file);
    sweep_print(results, true, text.file);
    plot_sweep(text.file, PLOT_SVG, "title", results, &error);
    fclose(text.file);
    text_drop(&text);
}

/* The object of --json, read, is the same object. */
static void law_results(const char *path)
{
    struct sweep_results results;
    struct sim_error error;
    struct text first;
    struct text again;

    if (!sweep_results_load(&results, path, &error)) {
        law_error(&error, path);
        return;
    }
    print_others(&results);
    print_json(&results, &first);
    sweep_results_free(&results);
    const char *json = scratch_bytes("json", first.text, first.bytes);
    if (!sweep_results_load(&results, json, &error))
        fail_msg("%s", error.text);
    print_json(&results, &again);
    sweep_results_free(&results);
    assert_same_text(&first, &again);
    text_drop(&first);
    text_drop(&again);
}

void fuzz_sweep(const char *name, const uint8_t *data, size_t bytes)
{
    const char *path = scratch_bytes("in", data, bytes);
    struct text lines;

    (void)name;
    if (read_lines(path, &lines))
        law_lines(&lines);
    law_journal(data, bytes, &lines);
    law_results(path);
    text_drop(&lines);
}
