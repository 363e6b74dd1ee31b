/* The program itself under Valgrind, each strategy in turn: what sim/manual/debugging.md tells
 * people to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/program.h"

#include <mm/mm.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ERROR_STATUS "99"

static struct program program;

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

/* Valgrind cannot run what a sanitizer has built. */
static bool valgrind_can_run(void)
{
    if (SANITIZED)
        return false;
    program_run(&program, NULL, NULL,
                (const char *const[]){"sh", "-c", "command -v valgrind", NULL});
    return program.status == 0;
}

static void replay_has_no_errors(void **state)
{
    static const char *const traces[] = {"tests/cli/data/late.mmt", "tests/cli/data/krealloc.mmt"};

    (void)state;
    if (!valgrind_can_run()) {
        print_message("skipped: needs Valgrind, and a build without sanitizers\n");
        skip();
    }
    for (size_t i = 0; mm_strategies[i / 2] != NULL; i++) {
        const char *strategy = mm_strategies[i / 2]->name;
        program_run(&program, NULL, NULL,
                    (const char *const[]){"valgrind", "--quiet", "--error-exitcode=" ERROR_STATUS,
                                          "--leak-check=full", "--px-default=allregs-at-mem-access",
                                          "--px-file-backed=allregs-at-mem-access",
                                          "--vex-guest-chase=no", MMSIM_PROGRAM, "replay",
                                          traces[i % 2], "--ram", "16M", "--strategy", strategy,
                                          "--json", NULL});
        if (program.status != 0 || program.err_bytes != 0)
            fail_msg("%s under %s: status %d: %s", traces[i % 2], strategy, program.status,
                     program.err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replay_has_no_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
