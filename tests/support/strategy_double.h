/*
 * Strategies that go wrong, for the lab to survive: each is `brk` but for its kmalloc, which does
 * one bad thing at its third call.
 */
#ifndef SUPPORT_STRATEGY_DOUBLE_H
#define SUPPORT_STRATEGY_DOUBLE_H

#include <mm/mm.h>

#define DOUBLE_BAD_CALL 3u

enum double_fault {
    DOUBLE_PANICS,            /* machine_panic() */
    DOUBLE_DEREFERENCES_NULL, /* of the machine: a panic that says what the tables say */
    DOUBLE_BREAKS_RULE,       /* leaves a counter that its checker disagrees with */
    DOUBLE_SEGFAULTS,         /* on the host, outside of the machine */
    DOUBLE_EXITS,             /* ends its process, status 0 */
    DOUBLE_IS_GOOD            /* does nothing bad */
};

/* The strategy, its calls counted from 0 again. One of each in a process. */
const struct strategy *strategy_double(enum double_fault fault);

#endif
