/* What HARDEN_FULL takes for granted of its own memory: a panic where it does not hold. */
#ifndef MM_EXPECT_H
#define MM_EXPECT_H

#include <mm/machine.h>

/* In the name of `function`, the call that found out; `where` is the address to look at. */
static inline void expect(bool fact, const char *function, const char *broken, uint32_t where)
{
    if (__builtin_expect(!fact, 0))
        machine_panic(function, broken, where);
}

#endif
