#include "text.h"

#include <stddef.h>

const char *text_after(const char *text, const char *prefix)
{
    for (; *prefix != '\0'; prefix++, text++)
        if (*text != *prefix)
            return NULL;
    return text;
}

bool text_equal(const char *a, const char *b)
{
    const char *rest = text_after(a, b);

    return rest != NULL && *rest == '\0';
}

void text_copy(char *to, const char *from, uint32_t bytes)
{
    uint32_t i = 0;

    for (; i + 1u < bytes && from[i] != '\0'; i++)
        to[i] = from[i];
    to[i] = '\0';
}
