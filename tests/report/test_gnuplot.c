/* Running gnuplot, or something in its place: what it draws, what it says when it fails, and what
   is said when it is not there. */
#include "report/gnuplot.h"
#include "support/scratch.h"
#include "support/test.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char drawn[256];
static struct sim_error error;

/* Makes a gnuplot of this text the only program on the PATH. NULL: the PATH has no program. */
static void install(const char *text)
{
    char directory[512];
    const char *path = scratch_path("gnuplot");

    remove(path);
    if (text != NULL)
        chmod(scratch_text("gnuplot", text), 0755);
    snprintf(directory, sizeof directory, "%.*s", (int)(strrchr(path, '/') - path), path);
    setenv("PATH", directory, 1);
}

static bool run(const char *script)
{
    FILE *in = tmpfile();
    FILE *out = tmpfile();

    fputs(script, in);
    fputs("before ", out);
    bool done = gnuplot_run(in, out, &error);
    rewind(out);
    drawn[fread(drawn, 1, sizeof drawn - 1u, out)] = '\0';
    fclose(in);
    fclose(out);
    return done;
}

/* gnuplot reads the script from its input, and ignores the settings of the user (-d). */
TEST(gnuplot_gets_the_script)
{
    install("#!/bin/sh\nread line\necho \"$* $line\"\necho nothing of note >&2\n");
    assert_true(run("plot x\n"));
    assert_string_equal(drawn, "before -d - plot x\n");
}

TEST(a_failure_is_reported_with_the_last_line_of_gnuplot)
{
    install("#!/bin/sh\nprintf 'plot x\\n     ^\\n\"-\" line 1: undefined\\n\\n' >&2\nexit 3\n");
    assert_false(run("plot x\n"));
    assert_string_equal(error.text, "gnuplot failed, status 3: \"-\" line 1: undefined");
    assert_true(error.writing);
    install("#!/bin/sh\nexit 1\n");
    assert_false(run("plot x\n"));
    assert_string_equal(error.text, "gnuplot failed, status 1: it said nothing");
    install("#!/bin/sh\nkill -9 $$\n");
    assert_false(run("plot x\n"));
    assert_string_equal(error.text, "gnuplot: Killed");
    install("#!/bin/sh\nexit 0\n");
    assert_false(run("plot x\n"));
    assert_string_equal(error.text, "gnuplot drew nothing");
    assert_true(error.writing);
}

TEST(a_missing_gnuplot_names_its_package)
{
    install(NULL);
    assert_false(run("plot x\n"));
    assert_string_equal(error.text,
                        "gnuplot draws plots, and is not installed: apt-get install gnuplot-nox");
    assert_true(error.writing);
}

TEST(a_gnuplot_that_cannot_start_is_reported)
{
    install("#!/no/such/interpreter\n");
    chmod(scratch_path("gnuplot"), 0644);
    assert_false(run("plot x\n"));
    assert_non_null(strstr(error.text, "gnuplot")); /* Valgrind changes the rest of the message */
    assert_true(error.writing);
}

/* The parent of the program may have ignored SIGCHLD, as in tests/lab/test_compare.c. */
TEST(an_ignored_sigchld_does_no_harm)
{
    signal(SIGCHLD, SIG_IGN);
    install("#!/bin/sh\necho drawn\n");
    assert_true(run(""));
    assert_string_equal(drawn, "before drawn\n");
    assert_true(signal(SIGCHLD, SIG_DFL) == SIG_IGN);
}
