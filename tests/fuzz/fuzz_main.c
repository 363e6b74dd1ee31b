/* What libFuzzer calls. The target is $FUZZ_TARGET: every option on the command line is
 * libFuzzer's. */
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argument_count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const struct fuzz_target *target;

int LLVMFuzzerInitialize(int *argument_count, char ***arguments)
{
    const char *name = getenv("FUZZ_TARGET");

    (void)argument_count;
    (void)arguments;
    setenv("CMOCKA_TEST_ABORT", "1", 1); /* an assertion that fails aborts: there is no test */
    target = name != NULL ? fuzz_target_find(name) : NULL;
    if (target != NULL)
        return 0;
    fputs("FUZZ_TARGET is to be one of:", stderr);
    for (target = fuzz_targets; target->name != NULL; target++)
        fprintf(stderr, " %s", target->name);
    fputc('\n', stderr);
    exit(2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    target->run(target->name, data, bytes);
    return 0;
}
