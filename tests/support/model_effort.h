/* The number of operations in a random test. Valgrind is slow, so it gets fewer. */
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

#define EFFORT_UNDER_VALGRIND 10u

static inline uint32_t effort_operations(uint32_t operations)
{
    return RUNNING_ON_VALGRIND ? operations / EFFORT_UNDER_VALGRIND : operations;
}

#endif
