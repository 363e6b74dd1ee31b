#include "support/on_machine.h"

#include <string.h>

void on_machine(void (*body)(void))
{
    machine_destroy(machine_current);
    if (!machine_create(NULL))
        fail_msg("%s", machine_error());
    body();
    machine_destroy(machine_current);
}

void assert_panics(void (*run)(void *context), void *context, const char *expected)
{
    const char *line = machine_catch_panic(run, context);

    if (!line)
        fail_msg("no panic, expected: %s", expected);
    else if (!strstr(line, expected))
        fail_msg("expected: %s\n  in: %s", expected, line);
}

uint32_t test_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}
