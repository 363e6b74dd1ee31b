/* The number of operations in a random test. The plain programs, built by gcc, make all of them.
 * Valgrind and AddressSanitizer are slow, and clang's programs repeat what gcc's have done, so they
 * make fewer of the same operations. */
#ifndef SUPPORT_MODEL_EFFORT_H
#define SUPPORT_MODEL_EFFORT_H

#include <stdint.h>

#ifdef __has_include
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif
#ifndef RUNNING_ON_VALGRIND
#define RUNNING_ON_VALGRIND 0
#endif

#define EFFORT_UNDER_VALGRIND 20u
#if defined(__SANITIZE_ADDRESS__) || defined(__clang__)
#define EFFORT_DIVISOR 4u
#else
#define EFFORT_DIVISOR 1u
#endif

static inline uint32_t effort_operations(uint32_t operations)
{
    return operations / (RUNNING_ON_VALGRIND ? EFFORT_UNDER_VALGRIND : EFFORT_DIVISOR);
}

#endif
