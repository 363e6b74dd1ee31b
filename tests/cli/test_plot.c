/* `mmsim plot`: the arguments that it refuses, and, if gnuplot is installed, the plots. */
#include "support/program.h"
#include "support/scratch.h"
#include "support/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GOOD "tests/cli/data/orders.mmt"

#define SWEEP_LINES                                                                                \
    "{\"trace\": \"a.mmb\", \"strategy\": \"brk\", \"ram_bytes\": 33554432, \"requests\": 100, "   \
    "\"failed\": 7, \"digest\": \"0123456789abcdef\"}\n"                                           \
    "{\"trace\": \"a.mmb\", \"strategy\": \"brk\", \"ram_bytes\": 67108864, \"requests\": 100, "   \
    "\"failed\": 0, \"digest\": \"0123456789abcdef\"}\n"

static struct program program;
static const char *series; /* the path of a series of two strategies */
static const char *out;
static bool have_gnuplot;

static char drawn[1u << 20];
static size_t drawn_bytes;

static int prepare(void **state)
{
    static const char *const argv[] = {"gnuplot", "--version", NULL};

    (void)state;
    program_run(&program, NULL, NULL, argv);
    have_gnuplot = program.status == 0;
    series = scratch_path("series.csv");
    MMSIM(&program, "compare", GOOD, "--strategies", "brk,zoned", "--series", series);
    return program.status;
}

static int remove_output(void **state)
{
    (void)state;
    out = scratch_path("out.svg");
    remove(out);
    return 0;
}

static void assert_failed(int status, const char *message)
{
    assert_int_equal(program.status, status);
    assert_string_equal(program.out, "");
    if (strstr(program.err, message) == NULL)
        fail_msg("%s is not in: %s", message, program.err);
    assert_int_equal(text_lines(program.err), 1);
    assert_int_not_equal(access(out, F_OK), 0);
}

/* ---- arguments ---- */

TEST(bad_arguments_are_refused)
{
    const char *sweep = scratch_text("sweep.json", SWEEP_LINES);
    const char *broken = scratch_text("broken.json", "{\"trace\": \n");
    const struct refused_command commands[] = {
        {{"plot", series}, "plot needs -o OUT; see `mmsim plot --help`"},
        {{"plot", series, "-o", scratch_path("out.ps")},
         "out.ps: the name of a plot must end in .svg, .png or .pdf"},
        {{"plot", series, "-o", ".svg"}, ".svg: the name of a plot must end in .svg, .png or .pdf"},
        {{"plot", series, "-o", out, "--panels", "heap,colours"},
         "no panel 'colours'; the panels are heap, used,"},
        {{"plot", "no_such.csv", "-o", out}, "no_such.csv"},
        {{"plot", GOOD, "-o", out}, "orders.mmt: this is a text trace, not a series or a sweep"},
        {{"plot", series, sweep, "-o", out},
         "sweep.json is a sweep: draw each in a plot of its own"},
        {{"plot", sweep, "-o", out, "--panels", "heap"},
         "--panels heap: only a series has panels, and"},
        {{"plot", broken, "-o", out}, "broken.json"},
    };

    ASSERT_COMMANDS_REFUSED(commands);
    assert_int_not_equal(access(out, F_OK), 0);
}

/* ---- without gnuplot ---- */

TEST(a_missing_gnuplot_is_named_with_its_package)
{
    char *path = strdup(getenv("PATH"));

    setenv("PATH", "/no/such/directory", 1);
    MMSIM(&program, "plot", series, "-o", out);
    setenv("PATH", path, 1);
    free(path);
    assert_failed(1, "gnuplot draws plots, and is not installed: apt-get install gnuplot-nox");
}

/* ---- with gnuplot ---- */

static void read_drawn(const char *path)
{
    drawn_bytes = scratch_read(path, drawn, sizeof drawn - 1u);
    drawn[drawn_bytes] = '\0';
}

static void assert_svg(const char *text)
{
    const char *end = strstr(text, "</svg>");

    assert_memory_equal(text, "<?xml", 5);
    assert_non_null(end);
    assert_int_equal(strspn(end + 6, "\n"), strlen(end + 6));
}

static void draw(const char *file, const char *title)
{
    MMSIM(&program, "plot", file, "-o", out, "--title", title);
    if (program.status != 0)
        fail_msg("%s", program.err);
    assert_string_equal(program.out, "");
    assert_string_equal(program.err, "");
    read_drawn(out);
}

TEST(a_series_is_drawn_as_svg)
{
    static char again[sizeof drawn];

    if (!have_gnuplot)
        skip();
    draw(series, "two & <b> of them");
    assert_svg(drawn);
    assert_non_null(strstr(drawn, "two &amp; &lt;b> of them"));
    assert_non_null(strstr(drawn, ">brk<"));
    assert_non_null(strstr(drawn, ">zoned<"));
    memcpy(again, drawn, drawn_bytes + 1u);
    draw(series, "two & <b> of them");
    assert_string_equal(drawn, again); /* the plot has no time stamp and nothing random */
}

TEST(a_sweep_is_drawn_as_svg)
{
    if (!have_gnuplot)
        skip();
    draw(scratch_text("sweep.json", SWEEP_LINES), "a sweep");
    assert_svg(drawn);
    assert_non_null(strstr(drawn, ">a<"));
    assert_non_null(strstr(drawn, ">brk<"));
}

TEST(a_name_in_png_gives_a_png)
{
    if (!have_gnuplot)
        skip();
    out = scratch_path("out.png");
    MMSIM(&program, "plot", series, series, "-o", out, "--panels", "heap,used,run");
    assert_int_equal(program.status, 0);
    read_drawn(out);
    assert_memory_equal(drawn, "\x89PNG\r\n\x1a\n", 8);
    assert_memory_equal(drawn + 12, "IHDR\0\0\x07\x08", 8); /* 1800 wide */
    assert_memory_equal(drawn + drawn_bytes - 8, "IEND", 4);
}

TEST(a_name_in_pdf_gives_a_pdf)
{
    if (!have_gnuplot)
        skip();
    out = scratch_path("out.pdf");
    MMSIM(&program, "plot", series, "-o", out);
    assert_int_equal(program.status, 0);
    read_drawn(out);
    assert_memory_equal(drawn, "%PDF-1.", 7);
    assert_non_null(memmem(drawn, drawn_bytes, "%%EOF", 5));
}

TEST(an_svg_has_the_name_of_its_trace_as_title)
{
    if (!have_gnuplot)
        skip();
    MMSIM(&program, "plot", series, "-o", out);
    assert_int_equal(program.status, 0);
    read_drawn(out);
    assert_non_null(strstr(drawn, "<title>orders</title>")); /* the trace's name */
    assert_non_null(strstr(drawn, ">orders<"));
    assert_null(strstr(drawn, "<title>Gnuplot</title>"));
    assert_non_null(strstr(drawn, "<svg role=\"img\" "));
    draw(scratch_text("sweep.json", SWEEP_LINES), "<A & B>");
    assert_non_null(strstr(drawn, "<title>&lt;A &amp; B&gt;</title>"));
    MMSIM(&program, "plot", scratch_path("sweep.json"), "-o", out);
    read_drawn(out);
    assert_non_null(strstr(drawn, "<title>a</title>"));
}

/* The titles have quotes, the characters of gnuplot's markup and formats, and line ends. */
TEST(a_title_may_have_any_character)
{
    if (!have_gnuplot)
        skip();
    draw(series, "it's \"one\" \\ \\n @two {/Bold three}_4^5 %s ~a & $HOME `id` \\");
    assert_svg(drawn);
    assert_non_null(strstr(drawn,
                           "it's \"one\" \\ \\n @two {/Bold three}_4^5 %s ~a &amp; $HOME `id` "
                           "\\</text>"));
    draw(series, "a\nb\tc\x1b[31m\xff");
    assert_svg(drawn);
    assert_non_null(strstr(drawn, "<title>a b c [31m?</title>"));
    draw(series, "");
    assert_svg(drawn);
}

/* Standard input is a file, then a pipe. */
TEST(plot_reads_standard_input_and_writes_standard_output)
{
    const char *second = scratch_path("second.svg");
    char command[1024];

    if (!have_gnuplot)
        skip();
    program_run(&program, series, NULL,
                (const char *const[]){MMSIM_PROGRAM, "plot", "-", "-o", "-", NULL});
    assert_int_equal(program.status, 0);
    assert_svg(program.out);
    snprintf(command, sizeof command,
             "set -e; cat %s | %s plot - -o %s; printf '%%s' '%s' | %s plot - -o %s", series,
             MMSIM_PROGRAM, out, SWEEP_LINES, MMSIM_PROGRAM, second);
    program_run(&program, NULL, NULL, (const char *const[]){"/bin/sh", "-c", command, NULL});
    assert_int_equal(program.status, 0);
    read_drawn(out);
    assert_svg(drawn);
    read_drawn(second);
    assert_non_null(strstr(drawn, ">a<"));
}

/* gnuplot and the shell execute nothing in the name of a file or a strategy, or in a title. */
TEST(names_are_not_executed)
{
    const char *trap = scratch_path("trap");
    const char *evil = scratch_path("`touch trap`'; system 'touch trap'; '.csv");
    static char text[65536];
    char title[2048];

    if (!have_gnuplot)
        skip();
    text[scratch_read(series, text, sizeof text - 1u)] = '\0';
    char *brk = strstr(text, "brk,");
    memcpy(brk, "'`\"", 3);
    scratch_text("`touch trap`'; system 'touch trap'; '.csv", text);
    snprintf(title, sizeof title, "`touch %s`'; system 'touch %s'; \n!touch %s\n", trap, trap,
             trap);
    MMSIM(&program, "plot", evil, series, "-o", out, "--title", title);
    assert_int_equal(program.status, 0);
    assert_int_not_equal(access(trap, F_OK), 0);
    assert_int_not_equal(access("trap", F_OK), 0);
}

TEST(a_plot_that_cannot_be_written_is_named)
{
    if (!have_gnuplot)
        skip();
    MMSIM(&program, "plot", series, "-o", "/no/such/directory/a.svg");
    assert_failed(2, "/no/such/directory/a.svg: cannot create");
}

TEST_FIXTURES(remove_output, NULL)

int main(void)
{
    return tests_run(prepare, NULL);
}
