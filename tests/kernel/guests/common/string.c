#include "string.h"

/* Words by "rep stosl" when all is aligned, as a page is; else bytes. */
void *memset(void *to, int byte, size_t n)
{
    void *at = to;
    unsigned word = (unsigned char)byte * 0x01010101u;

    if (((size_t)to | n) % 4 == 0) {
        n /= 4;
        __asm__ volatile("rep stosl" : "+D"(at), "+c"(n) : "a"(word) : "memory");
    } else {
        __asm__ volatile("rep stosb" : "+D"(at), "+c"(n) : "a"(word) : "memory");
    }
    return to;
}

void *memcpy(void *to, const void *from, size_t n)
{
    void *at = to;

    __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(n) : : "memory");
    return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *x = a, *y = b;

    for (size_t i = 0; i < n; i++)
        if (x[i] != y[i])
            return x[i] - y[i];
    return 0;
}

size_t strlen(const char *text)
{
    size_t n = 0;

    while (text[n])
        n++;
    return n;
}

bool memory_is(const void *memory, int byte, size_t n)
{
    const unsigned char *at = memory;

    for (size_t i = 0; i < n; i++)
        if (at[i] != (unsigned char)byte)
            return false;
    return true;
}
