/* Terminated strings, as far as boot information and options need them. */
#ifndef I386_TEXT_H
#define I386_TEXT_H

#include <stdbool.h>
#include <stdint.h>

bool text_equal(const char *a, const char *b);

/* What follows prefix in text; NULL when text does not start with it. */
const char *text_after(const char *text, const char *prefix);

/* Copy what fits of `from` into to[bytes], always terminated. */
void text_copy(char *to, const char *from, uint32_t bytes);

#endif
