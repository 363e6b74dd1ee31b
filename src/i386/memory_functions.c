/* The four functions that the compiler may call in any freestanding program (GCC manual, 2.1). */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);

/* These use string instructions, because a compiler may turn a copying loop into a call of the very
   function that contains the loop. */
void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
    void *target = to;
    size_t words = bytes / 4u;

    __asm__ volatile("rep movsl" : "+D"(target), "+S"(from), "+c"(words) : : "memory");
    bytes %= 4u;
    __asm__ volatile("rep movsb" : "+D"(target), "+S"(from), "+c"(bytes) : : "memory");
    return to;
}

void *memmove(void *to, const void *from, size_t bytes)
{
    char *last = (char *)to + bytes - 1;
    const char *source = (const char *)from + bytes - 1;

    if ((uintptr_t)to - (uintptr_t)from >= bytes)
        return memcpy(to, from, bytes);
    __asm__ volatile("std; rep movsb; cld" : "+D"(last), "+S"(source), "+c"(bytes) : : "memory");
    return to;
}

void *memset(void *to, int value, size_t bytes)
{
    void *target = to;
    uint32_t pattern = (uint32_t)(unsigned char)value * 0x01010101u;
    size_t words = bytes / 4u;

    __asm__ volatile("rep stosl" : "+D"(target), "+c"(words) : "a"(pattern) : "memory");
    bytes %= 4u;
    __asm__ volatile("rep stosb" : "+D"(target), "+c"(bytes) : "a"(pattern) : "memory");
    return to;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
    const unsigned char *left = a;
    const unsigned char *right = b;

    for (; bytes != 0; bytes--, left++, right++)
        if (*left != *right)
            return *left < *right ? -1 : 1;
    return 0;
}
