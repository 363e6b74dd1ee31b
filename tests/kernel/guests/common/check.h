/* The self-test of a kernel: one line for each check. */
#ifndef GUEST_CHECK_H
#define GUEST_CHECK_H

#include <stdbool.h>

/* Prints "ok NAME", or "FAILED NAME" and remembers it. */
void check(const char *name, bool ok);

/* Ends the run: with 0 when every check was ok, else with 1. */
_Noreturn void check_exit(void);

#endif
