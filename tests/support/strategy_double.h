/*
 * Strategies that fail in a certain way, for tests of how the lab survives them. Each is `brk`,
 * except that the third call of kmalloc() does something bad.
 */
#ifndef SUPPORT_STRATEGY_DOUBLE_H
#define SUPPORT_STRATEGY_DOUBLE_H

#include <mm/mm.h>

#define DOUBLE_BAD_CALL 3u

enum double_fault {
    DOUBLE_PANICS,            /* calls machine_panic() */
    DOUBLE_DEREFERENCES_NULL, /* reads the simulated machine's address 0, which panics */
    DOUBLE_BREAKS_RULE,       /* leaves a counter that the checker refuses */
    DOUBLE_SEGFAULTS,         /* accesses a host address outside of the machine */
    DOUBLE_EXITS,             /* ends its process with status 0 */
    DOUBLE_IS_GOOD            /* does nothing bad */
};

/* Returns the strategy, and counts its calls from 0 again. A process has only one of each. */
const struct strategy *strategy_double(enum double_fault fault);

#endif
