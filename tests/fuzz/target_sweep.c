#include "fuzz/laws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/sweep_journal.h"
#include "report/plot.h"
#include "report/sweep_report.h"
#include "report/text_file.h"
#include "support/printing.h"
#include "support/scratch.h"

static void assert_same_text(const struct printing *a, const struct printing *b)
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
static bool read_lines(const char *path, struct printing *lines)
{
    struct sim_error error;

    printing_start(lines);
    bool good = sweep_read(path, put_line, lines->out, &error);
    printing_end(lines);
    if (!good)
        law_error(&error, path);
    return good;
}

static void law_lines(const struct printing *lines)
{
    struct printing again;

    assert_true(read_lines(scratch_bytes("lines", lines->text, lines->bytes), &again));
    assert_same_text(lines, &again);
    free(again.text);
}

/* ---- the journal ---- */

static const struct sweep_line added = {.kind = SWEEP_TRIAL,
                                        .trace = "added",
                                        .strategy = "brk",
                                        .content = "00000000000000aa",
                                        .ram_bytes = 4096};

/* The journal has what the file had, and takes a line more; or is left as it was. */
static void law_journal(const uint8_t *data, size_t bytes, const struct printing *lines)
{
    const char *path = scratch_bytes("journal", data, bytes);
    struct sweep_journal journal;
    struct sim_error error;
    struct printing taken;
    struct printing after;

    printing_start(&taken);
    bool opened = sweep_journal_open(&journal, path, put_line, taken.out, &error);
    if (opened) {
        assert_true(sweep_journal_add(&journal, &added, &error));
        put_line(taken.out, &added, 0, &error);
        sweep_journal_close(&journal);
    }
    printing_end(&taken);
    if (opened) {
        assert_memory_equal(taken.text, lines->text, lines->bytes);
        assert_true(read_lines(path, &after));
        assert_same_text(&taken, &after);
        free(after.text);
    } else {
        law_error(&error, path);
        law_same_file(path, scratch_path("in"));
    }
    free(taken.text);
}

/* ---- results ---- */

static void print_json(const struct sweep_results *results, struct printing *json)
{
    printing_start(json);
    sweep_print_json(results, json->out);
    printing_end(json);
}

static void print_others(const struct sweep_results *results)
{
    struct sim_error error;
    struct printing text;

    printing_start(&text);
    sweep_print(results, false, text.out);
    sweep_print(results, true, text.out);
    plot_sweep(text.out, PLOT_SVG, "title", results, &error);
    printing_end(&text);
    free(text.text);
}

/* The object of --json, read, is the same object. */
static void law_results(const char *path)
{
    struct sweep_results results;
    struct sim_error error;
    struct printing first;
    struct printing again;

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
    free(first.text);
    free(again.text);
}

void fuzz_sweep(const char *name, const uint8_t *data, size_t bytes)
{
    const char *path = scratch_bytes("in", data, bytes);
    struct printing lines;

    (void)name;
    if (read_lines(path, &lines))
        law_lines(&lines);
    law_journal(data, bytes, &lines);
    law_results(path);
    free(lines.text);
}
