/* The memory functions of C that the compiler and the kernels need. */
#ifndef GUEST_STRING_H
#define GUEST_STRING_H

#include <stdbool.h>
#include <stddef.h>

void *memset(void *to, int byte, size_t n);
void *memcpy(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *text);

/* Is each of the n bytes the given one? */
bool memory_is(const void *memory, int byte, size_t n);

#endif
