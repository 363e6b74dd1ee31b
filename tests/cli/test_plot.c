/* mmsim plot: what it takes and refuses; and where gnuplot is, what comes out of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/program.h"
#include "support/scratch.h"

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
static const char *series; /* of two strategies */
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

static int no_output(void **state)
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

/* ---- what is refused ---- */

static void bad_words_are_named(void **state)
{
    const char *sweep = scratch_text("sweep.json", SWEEP_LINES);

    (void)state;
    MMSIM(&program, "plot", series);
    assert_failed(2, "plot needs -o OUT; see `mmsim plot --help`");
    MMSIM(&program, "plot", series, "-o", scratch_path("out.ps"));
    assert_failed(2, "out.ps: the name of a plot must end in .svg, .png or .pdf");
    MMSIM(&program, "plot", series, "-o", ".svg");
    assert_failed(2, ".svg: the name of a plot must end in .svg, .png or .pdf");
    MMSIM(&program, "plot", series, "-o", out, "--panels", "heap,colours");
    assert_failed(2, "no panel 'colours'; the panels are heap, used,");
    MMSIM(&program, "plot", "no_such.csv", "-o", out);
    assert_failed(2, "no_such.csv");
    MMSIM(&program, "plot", GOOD, "-o", out);
    assert_failed(2, "orders.mmt: this is a text trace, not a series or a sweep");
    MMSIM(&program, "plot", series, sweep, "-o", out);
    assert_failed(2, "sweep.json is a sweep: draw each in a plot of its own");
    MMSIM(&program, "plot", sweep, "-o", out, "--panels", "heap");
    assert_failed(2, "--panels heap: only a series has panels, and");
    MMSIM(&program, "plot", scratch_text("broken.json", "{\"trace\": \n"), "-o", out);
    assert_failed(2, "broken.json");
}

/* ---- without gnuplot ---- */

static void the_package_is_named_where_it_is_missing(void **state)
{
    char *path = strdup(getenv("PATH"));

    (void)state;
    setenv("PATH", "/no/such/directory", 1);
    MMSIM(&program, "plot", series, "-o", out);
    setenv("PATH", path, 1);
    free(path);
    assert_failed(1, "gnuplot draws plots, and is not installed: apt-get install gnuplot-nox");
}

/* ---- with it ---- */

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

static void series_become_an_svg(void **state)
{
    static char again[sizeof drawn];

    (void)state;
    if (!have_gnuplot)
        skip();
    draw(series, "two & <b> of them");
    assert_svg(drawn);
    assert_non_null(strstr(drawn, "two &amp; &lt;b> of them"));
    assert_non_null(strstr(drawn, ">brk<"));
    assert_non_null(strstr(drawn, ">zoned<"));
    memcpy(again, drawn, drawn_bytes + 1u);
    draw(series, "two & <b> of them");
    assert_string_equal(drawn, again); /* no time, no chance */
}

static void sweeps_become_an_svg(void **state)
{
    (void)state;
    if (!have_gnuplot)
        skip();
    draw(scratch_text("sweep.json", SWEEP_LINES), "a sweep");
    assert_svg(drawn);
    assert_non_null(strstr(drawn, ">a<"));
    assert_non_null(strstr(drawn, ">brk<"));
}

static void a_png_by_its_name(void **state)
{
    (void)state;
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

/* Debian's gnuplot-nox has the terminal that draws it. */
static void a_pdf_by_its_name(void **state)
{
    (void)state;
    if (!have_gnuplot)
        skip();
    out = scratch_path("out.pdf");
    MMSIM(&program, "plot", series, "-o", out);
    assert_int_equal(program.status, 0);
    read_drawn(out);
    assert_memory_equal(drawn, "%PDF-1.", 7);
    assert_non_null(memmem(drawn, drawn_bytes, "%%EOF", 5));
}

static void an_svg_has_a_title_of_its_own(void **state)
{
    (void)state;
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

/* Quotes, what gnuplot's markup and formats are made of, and the ends of lines. */
static void a_title_may_be_anything(void **state)
{
    (void)state;
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

/* From standard input, a file or a pipe, and to standard output. */
static void pipes(void **state)
{
    const char *second = scratch_path("second.svg");
    char command[1024];

    (void)state;
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

/* Nothing in a file's name, a strategy's or a title runs. */
static void names_are_no_commands(void **state)
{
    const char *trap = scratch_path("trap");
    const char *evil = scratch_path("`touch trap`'; system 'touch trap'; '.csv");
    static char text[65536];
    char title[2048];

    (void)state;
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

static void where_it_cant_be_written_is_said(void **state)
{
    (void)state;
    if (!have_gnuplot)
        skip();
    MMSIM(&program, "plot", series, "-o", "/no/such/directory/a.svg");
    assert_failed(2, "/no/such/directory/a.svg: cannot create");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(bad_words_are_named, no_output),
        cmocka_unit_test_setup(the_package_is_named_where_it_is_missing, no_output),
        cmocka_unit_test_setup(series_become_an_svg, no_output),
        cmocka_unit_test_setup(sweeps_become_an_svg, no_output),
        cmocka_unit_test_setup(a_png_by_its_name, no_output),
        cmocka_unit_test_setup(a_pdf_by_its_name, no_output),
        cmocka_unit_test_setup(an_svg_has_a_title_of_its_own, no_output),
        cmocka_unit_test_setup(a_title_may_be_anything, no_output),
        cmocka_unit_test_setup(pipes, no_output),
        cmocka_unit_test_setup(names_are_no_commands, no_output),
        cmocka_unit_test_setup(where_it_cant_be_written_is_said, no_output),
    };

    return cmocka_run_group_tests(tests, prepare, NULL);
}
