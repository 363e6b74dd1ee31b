/* Heaps of programs that run, by the very commands that `mmsim import --help` shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/json.h"
#include "support/program.h"
#include "support/scratch.h"

#include "trace/import/import.h"

#include <stdlib.h>

static struct program program;

static void skip_without(const char *what, const char *command)
{
    program_run(&program, NULL, NULL, (const char *const[]){"sh", "-c", command, NULL});
    if (program.status == 0)
        return;
    print_message("skipped: needs %s\n", what);
    skip();
}

/* The recipe of a format, run as it stands, but with its files among the test's, and this mmsim. */
static void run_recipe(const char *format)
{
    static const char command[] =
        "PATH=$(realpath \"$(dirname \"$1\")\"):$PATH; directory=$(dirname \"$2\")\n"
        "bash -c \"set -e -o pipefail\n$(printf %s \"$3\" | sed \"s:/tmp/:$directory/:g\")\"";

    program_run(&program, NULL, NULL,
                (const char *const[]){"sh", "-c", command, "sh", MMSIM_PROGRAM,
                                      scratch_path("ls.mmb"), importer_find(format)->recipe, NULL});
    if (program.status != 0)
        fail_msg("status %d: %s", program.status, program.err);
}

/* The trace has more than a few blocks, and a run of it ends well. */
static void assert_heap_of_ls(void)
{
    size_t bytes;

    MMSIM(&program, "info", scratch_path("ls.mmb"), "--json");
    assert_int_equal(program.status, 0);
    assert_true(strtoul(json_find(program.out, "by_kind.kmalloc", &bytes), NULL, 10) > 20);
    MMSIM(&program, "replay", scratch_path("ls.mmb"), "--strategy", "brk", "--json");
    assert_int_equal(program.status, 0);
}

static void under_valgrind(void **state)
{
    (void)state;
    skip_without("Valgrind", "command -v valgrind");
    run_recipe("valgrind");
    assert_heap_of_ls();
}

static void under_mtrace(void **state)
{
    (void)state;
    skip_without("glibc's libc_malloc_debug.so.0",
                 "test -z \"$(LD_PRELOAD=libc_malloc_debug.so.0 true 2>&1)\"");
    scratch_path("mtrace.so");
    scratch_path("mtrace.log");
    run_recipe("mtrace");
    assert_heap_of_ls();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(under_valgrind),
        cmocka_unit_test(under_mtrace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
