/* Running gnuplot, or something in its place: what it draws, what it says when it fails, and what
   is said when it is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/gnuplot.h"
#include "support/scratch.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char drawn[256];
static struct sim_error error;

/* A program of this text is the only one that is found. NULL: none is. */
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

/* It has the script on its input, and not the settings of the user. */
static void draws_what_the_script_says(void **state)
{
    (void)state;
    install("#!/bin/sh\nread line\necho \"$* $line\"\necho nothing of note >&2\n");
    assert_true(run("plot x\n"));
    assert_string_equal(drawn, "before -d - plot x\n");
}

static void failures_have_their_last_words(void **state)
{
    (void)state;
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

static void the_package_is_named(void **state)
{
    (void)state;
    install(NULL);
    assert_false(run("plot x\n"));
    assert_string_equal(error.text,
                        "gnuplot draws plots, and is not installed: apt-get install gnuplot-nox");
    assert_true(error.writing);
}

static void what_is_no_program_is_named(void **state)
{
    (void)state;
    install("#!/no/such/interpreter\n");
    chmod(scratch_path("gnuplot"), 0644);
    assert_false(run("plot x\n"));
    assert_non_null(strstr(error.text, "gnuplot")); /* and why, but under Valgrind */
    assert_true(error.writing);
}

/* As in workers: a caller that ignores SIGCHLD hands that down. */
static void it_is_waited_for_whatever_the_caller_ignores(void **state)
{
    (void)state;
    signal(SIGCHLD, SIG_IGN);
    install("#!/bin/sh\necho drawn\n");
    assert_true(run(""));
    assert_string_equal(drawn, "before drawn\n");
    assert_true(signal(SIGCHLD, SIG_DFL) == SIG_IGN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_what_the_script_says),
        cmocka_unit_test(failures_have_their_last_words),
        cmocka_unit_test(the_package_is_named),
        cmocka_unit_test(what_is_no_program_is_named),
        cmocka_unit_test(it_is_waited_for_whatever_the_caller_ignores),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
