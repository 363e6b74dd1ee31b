/* `mmsim plot`: drawings of series and sweeps. */
#include <string.h>
#include <unistd.h>

#include "command/command.h"
#include "report/gnuplot.h"
#include "report/plot.h"
#include "trace/file_kind.h"
#include "trace/spool.h"
#include "trace/stream_out.h"

/* What was read: either series or sweeps. */
struct measured {
    struct series_table series;
    struct sweep_merge merge;
    const char *series_file; /* one of each, for messages; NULL: there is none */
    const char *sweep_file;
};

/* ---- input ---- */

/* Standard input is peeked at and then read from its start: it has to be a file for that. */
static bool make_input_seekable(struct sim_error *error)
{
    struct stream_in in;

    if (lseek(STDIN_FILENO, 0, SEEK_CUR) >= 0)
        return true;
    if (!stream_in_open(&in, "-", error))
        return false;
    int fd = spool_stream(&in, error);
    stream_in_close(&in);
    if (fd < 0)
        return false;
    bool done = lseek(fd, 0, SEEK_SET) == 0 && dup2(fd, STDIN_FILENO) >= 0;
    close(fd);
    return done;
}

/* A sweep is JSON. */
static bool read_open(struct measured *measured, struct stream_in *in, bool *sweep,
                      struct sim_error *error)
{
    const uint8_t *data;
    size_t bytes;

    if (!stream_in_peek(in, &data, &bytes, error))
        return false;
    *sweep = bytes != 0 && data[0] == '{';
    return *sweep || series_table_read(&measured->series, in, error);
}

static bool read_file(struct measured *measured, const char *path, struct sim_error *error)
{
    bool standard = strcmp(path, "-") == 0;
    off_t start = 0;
    struct stream_in in;
    bool sweep = false;

    if (standard && !make_input_seekable(error))
        return false;
    if (standard)
        start = lseek(STDIN_FILENO, 0, SEEK_CUR);
    if (!stream_in_open(&in, path, error))
        return false;
    bool done = read_open(measured, &in, &sweep, error);
    stream_in_close(&in);
    *(sweep ? &measured->sweep_file : &measured->series_file) = path;
    if (standard)
        lseek(STDIN_FILENO, start, SEEK_SET);
    return done && (!sweep || sweep_merge_read(&measured->merge, path, error));
}

/* ---- output ---- */

static bool form_of_name(const char *path, enum plot_form *form)
{
    size_t bytes = strlen(path);
    bool png = bytes > 4 && strcmp(path + bytes - 4, ".png") == 0;
    bool svg = bytes > 4 && strcmp(path + bytes - 4, ".svg") == 0;

    *form = png ? PLOT_PNG : PLOT_SVG;
    return png || svg || strcmp(path, "-") == 0;
}

static bool put_drawn(struct stream_out *out, FILE *drawn, struct sim_error *error)
{
    char part[65536];
    size_t bytes;

    rewind(drawn);
    while ((bytes = fread(part, 1, sizeof part, drawn)) > 0)
        stream_out_write(out, part, bytes);
    return stream_out_close(out, error);
}

static bool draw(FILE *script, FILE *drawn, const char *path, struct sim_error *error)
{
    struct stream_out out;

    if (!gnuplot_run(script, drawn, error) || !stream_out_open(&out, path, error))
        return false;
    return put_drawn(&out, drawn, error);
}

static bool put_script(FILE *script, struct measured *measured, const struct arguments *arguments,
                       enum plot_form form, struct sim_error *error)
{
    const char *panels = arguments->value[OPTION_PANELS];
    const char *title = arguments->value[OPTION_TITLE];
    struct sweep_results results = {0};

    if (measured->sweep_file == NULL)
        return plot_series(script, form, title, &measured->series,
                           panels != NULL ? panels : PLOT_PANELS_DEFAULT, error);
    if (panels != NULL)
        return sim_error_set(error, "--panels %s: only a series has panels, and %s is a sweep",
                             panels, measured->sweep_file);
    bool done = sweep_merge_finish(&measured->merge, &results, error) &&
                plot_sweep(script, form, title, &results, error);
    sweep_results_free(&results);
    return done;
}

static bool plot(struct measured *measured, const struct arguments *arguments, enum plot_form form,
                 struct sim_error *error)
{
    FILE *script = spool_open_file(error);
    FILE *drawn = script != NULL ? spool_open_file(error) : NULL;
    bool done = drawn != NULL && put_script(script, measured, arguments, form, error) &&
                draw(script, drawn, arguments->value[OPTION_OUTPUT], error);

    if (script != NULL)
        fclose(script);
    if (drawn != NULL)
        fclose(drawn);
    return done;
}

/* ---- the command ---- */

static bool read_all(struct measured *measured, const struct arguments *arguments,
                     struct sim_error *error)
{
    for (int i = 0; i < arguments->count; i++) {
        if (!read_file(measured, arguments->words[i], error)) {
            file_kind_explain(arguments->words[i], &wanted_measures, error);
            return false;
        }
        if (measured->series_file != NULL && measured->sweep_file != NULL)
            return sim_error_set(error,
                                 "%s is a series and %s is a sweep: draw each in a plot of its own",
                                 measured->series_file, measured->sweep_file);
    }
    return true;
}

static int run(const struct arguments *arguments)
{
    const char *output = arguments->value[OPTION_OUTPUT];
    struct measured measured = {0};
    enum plot_form form;
    struct sim_error error;

    if (!form_of_name(output, &form))
        return bad_input("%s: the name of a plot must end in .svg or .png", output);
    bool done = read_all(&measured, arguments, &error) && plot(&measured, arguments, form, &error);
    series_table_free(&measured.series);
    sweep_merge_free(&measured.merge);
    return done ? STATUS_DONE : report_error(&error);
}

const struct command command_plot = {
    .name = "plot",
    .synopsis = "plot FILE ... -o OUT.svg|OUT.png [--panels A,B,...] [--title TEXT]",
    .summary = "draw series or sweeps, with gnuplot",
    .operands = {{"FILE", VALUE_FILE,
                  "what --series wrote, or what `mmsim sweep --json` printed; several are drawn "
                  "into one plot. - is standard input",
                  ONCE_OR_MORE}},
    .options = OPTION_BIT(OUTPUT) | OPTION_BIT(PANELS) | OPTION_BIT(TITLE),
    .required = OPTION_BIT(OUTPUT),
    .option_help = {[OPTION_OUTPUT] = "the plot to write; its name ends in .svg or .png. - writes "
                                      "SVG to standard output"},
    .notes = "This command runs gnuplot, of Debian's package gnuplot-nox.",
    .examples = "mmsim compare bench/traces/gcc_512.mmb.zst --series gcc.csv\n"
                "mmsim plot gcc.csv -o gcc.svg --panels used,run\n",
    .run = run,
};
