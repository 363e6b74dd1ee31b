/* Inputs that once broke a target of `make fuzz`, and a few that reach far: each once more. */
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/scratch.h"

#define CORPUS "tests/fuzz/corpus"

static char running[512]; /* the input that is being run; empty: none is */

/* cmocka says what does not hold, and this what of. */
static int tell_input(void **state)
{
    (void)state;
    if (running[0] != '\0')
        fprintf(stderr, "input: %s\n", running);
    return 0;
}

static void run_input(const struct fuzz_target *target, const char *input)
{
    static uint8_t data[65536];

    snprintf(running, sizeof running, CORPUS "/%s/%s", target->name, input);
    target->run(target->name, data, scratch_read(running, data, sizeof data));
    running[0] = '\0';
}

static void corpus_holds(void **state)
{
    const struct fuzz_target *target = *state;
    char folder[256];
    struct dirent **inputs;

    snprintf(folder, sizeof folder, CORPUS "/%s", target->name);
    int count = scandir(folder, &inputs, NULL, alphasort);
    if (count < 0)
        fail_msg("%s: cannot be read", folder);
    for (int i = 0; i < count; i++) {
        if (inputs[i]->d_name[0] != '.')
            run_input(target, inputs[i]->d_name);
        free(inputs[i]);
    }
    free(inputs);
    assert_true(count > 2); /* with . and .. */
}

int main(void)
{
    struct CMUnitTest tests[32] = {{0}};
    size_t count = 0;

    for (const struct fuzz_target *target = fuzz_targets; target->name != NULL; target++)
        tests[count++] = (struct CMUnitTest){target->name, corpus_holds, NULL, tell_input,
                                             (void *)(uintptr_t)target};
    return _cmocka_run_group_tests("corpus", tests, count, NULL, NULL);
}
