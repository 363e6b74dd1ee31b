/* Checks that HARDEN_FULL makes of the memory of the memory manager itself. */
#ifndef MM_EXPECT_H
#define MM_EXPECT_H

#include <mm/machine.h>

/* Panics in the name of `function` if the fact is false. `where` is the address to print. */
static inline void expect(bool fact, const char *function, const char *broken, uint32_t where)
{
    if (__builtin_expect(!fact, 0))
        machine_panic(function, broken, where);
}

#endif
