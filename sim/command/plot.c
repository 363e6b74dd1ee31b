/* `mmsim plot`: drawings of series and sweeps. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command/command.h"
#include "report/gnuplot.h"
#include "report/plot.h"
#include "report/svg_title.h"
#include "report/text_file.h"
#include "trace/file_kind.h"
#include "trace/stream_out.h"
#include "trace/temporary_file.h"

/* The data that was read: either series or sweeps. */
struct measured {
    struct series_table series;
    struct sweep_merge merge;
    const char *series_file; /* a file of each kind, for messages; NULL: there is none */
    const char *sweep_file;
};

/* ---- input ---- */

/* Standard input is copied to a file, because its start is read twice. */
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

/* A file of a sweep is JSON; a series is not. */
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

/* The form of the drawing. A pipe, a device, or standard output, whose names do not tell, gets an
 * SVG. */
static bool form_of_name(const char *path, enum plot_form *form)
{
    static const char *const endings[] = {
        [PLOT_SVG] = ".svg", [PLOT_PNG] = ".png", [PLOT_PDF] = ".pdf"};

    for (*form = PLOT_SVG; *form <= PLOT_PDF; (*form)++)
        if (file_has_ending(path, endings[*form]))
            return true;
    *form = PLOT_SVG;
    return whole_file_in_place(path);
}

/* A drawing and its title. */
struct drawing {
    enum plot_form form;
    struct plot_title title;
    FILE *script;
    FILE *drawn;
};

static bool copy(FILE *drawn, const struct text_out *out)
{
    char part[65536];
    size_t bytes;

    rewind(drawn);
    while ((bytes = fread(part, 1, sizeof part, drawn)) > 0)
        out->put(out->context, part, bytes);
    return !ferror(drawn);
}

static bool put_drawn(const struct drawing *drawing, const char *path, struct sim_error *error)
{
    struct stream_out stream;
    const struct text_out out = text_out_to_stream(&stream);

    if (!stream_out_open(&stream, path, error))
        return false;
    if (drawing->form == PLOT_SVG ? svg_put_titled(drawing->drawn, drawing->title.text, &out)
                                  : copy(drawing->drawn, &out))
        return stream_out_close(&stream, error);
    stream_out_abandon(&stream);
    return sim_error_set_writing(error, "cannot read what gnuplot drew: %s", strerror(errno));
}

static void set_title(struct drawing *drawing, const char *given, struct plot_title of_traces)
{
    drawing->title = of_traces;
    if (given != NULL)
        snprintf(drawing->title.text, sizeof drawing->title.text, "%s", given);
}

/* A panel of a sweep has the name of its trace, so the page has a title only if one was given. */
static bool put_sweep(struct drawing *drawing, struct measured *measured, const char *title,
                      struct sim_error *error)
{
    struct sweep_results results = {0};
    bool done = sweep_merge_finish(&measured->merge, &results, error);

    if (done) {
        set_title(drawing, title, plot_sweep_title(&results));
        done = plot_sweep(drawing->script, drawing->form, title, &results, error);
    }
    sweep_results_free(&results);
    return done;
}

static bool put_script(struct drawing *drawing, struct measured *measured,
                       const struct arguments *arguments, struct sim_error *error)
{
    const char *panels = arguments->value[OPTION_PANELS];
    const char *title = arguments->value[OPTION_TITLE];

    if (measured->sweep_file != NULL && panels != NULL)
        return sim_error_set(error, "--panels %s: only a series has panels, and %s is a sweep",
                             panels, measured->sweep_file);
    if (measured->sweep_file != NULL)
        return put_sweep(drawing, measured, title, error);
    set_title(drawing, title, plot_series_title(&measured->series));
    return plot_series(drawing->script, drawing->form, title != NULL ? title : drawing->title.text,
                       &measured->series, panels != NULL ? panels : PLOT_PANELS_DEFAULT, error);
}

static bool plot(struct measured *measured, const struct arguments *arguments, enum plot_form form,
                 struct sim_error *error)
{
    struct drawing drawing = {.form = form, .script = spool_open_file(error)};

    if (drawing.script != NULL)
        drawing.drawn = spool_open_file(error);
    bool done = drawing.drawn != NULL && put_script(&drawing, measured, arguments, error) &&
                gnuplot_run(drawing.script, drawing.drawn, error) &&
                put_drawn(&drawing, arguments->value[OPTION_OUTPUT], error);

    if (drawing.script != NULL)
        fclose(drawing.script);
    if (drawing.drawn != NULL)
        fclose(drawing.drawn);
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
        return bad_input("%s: the name of a plot must end in .svg, .png or .pdf", output);
    if (!output_is_apart(output, (const char *const *)arguments->words, arguments->count))
        return STATUS_BAD_INPUT;
    bool done = read_all(&measured, arguments, &error) && plot(&measured, arguments, form, &error);
    series_table_free(&measured.series);
    sweep_merge_free(&measured.merge);
    return done ? STATUS_DONE : report_error(&error);
}

const struct command command_plot = {
    .name = "plot",
    .synopsis = "plot FILE ... -o OUT.svg|OUT.png|OUT.pdf [--panels A,B,...] [--title TEXT]",
    .summary = "draw series or sweeps, with gnuplot",
    .operands = {{"FILE", VALUE_FILE,
                  "what --series wrote, or what `mmsim sweep --json` printed; several are drawn "
                  "into one plot. - is standard input",
                  ONCE_OR_MORE}},
    .options = OPTION_BIT(OUTPUT) | OPTION_BIT(PANELS) | OPTION_BIT(TITLE),
    .required = OPTION_BIT(OUTPUT),
    .option_help = {[OPTION_OUTPUT] = "the plot to write; its name ends in .svg, .png or .pdf. - "
                                      "writes SVG to standard output"},
    .notes = "This command runs gnuplot, of Debian's package gnuplot-nox.",
    .examples = "mmsim compare bench/traces/gcc_512.mmb.zst --series gcc.csv\n"
                "mmsim plot gcc.csv -o gcc.svg --panels used,run\n",
    .run = run,
};
