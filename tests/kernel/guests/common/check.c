#include "check.h"

#include "console.h"

static unsigned failures;

void check(const char *name, bool ok)
{
    if (!ok)
        failures++;
    kprintf("%s %s\n", ok ? "ok" : "FAILED", name);
}

_Noreturn void check_exit(void)
{
    kprintf(failures ? "failed\n" : "passed\n");
    machine_exit(failures ? 1 : 0);
}
