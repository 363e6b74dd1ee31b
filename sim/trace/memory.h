/* Host memory for tables that grow. If the host has none left, the program ends with one line of
   explanation. */
#ifndef TRACE_MEMORY_H
#define TRACE_MEMORY_H

#include <stddef.h>

/* As realloc, for count elements of `bytes` each; count * bytes > 0. Never NULL. */
__attribute__((warn_unused_result)) void *memory_resize(void *block, size_t count, size_t bytes);

/* As calloc; never NULL. */
__attribute__((warn_unused_result)) void *memory_zeroed(size_t count, size_t bytes);

/* The part of memory_reach() that makes a table grow. */
__attribute__((warn_unused_result)) void *memory_grow(void *table, size_t *capacity, size_t index,
                                                      size_t bytes);

/*
 * Makes room for element `index` of a table of *capacity elements, each `bytes` long. Returns the
 * table, which has moved if it had to grow. It at least doubles then, and new elements are zero.
 * Amortised constant time.
 */
__attribute__((warn_unused_result)) static inline void *memory_reach(void *table, size_t *capacity,
                                                                     size_t index, size_t bytes)
{
    return index < *capacity ? table : memory_grow(table, capacity, index, bytes);
}

/* Ends the program: a library could not get the memory that it needs for `what`. */
_Noreturn void memory_exhausted(const char *what);

#endif
