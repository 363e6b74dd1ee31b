/* The functions on terminated strings that boot information and options need; all are linear. */
#ifndef I386_TEXT_H
#define I386_TEXT_H

#include <stdbool.h>
#include <stdint.h>

bool text_equal(const char *a, const char *b);

/* Returns the rest of text after prefix, or NULL if text does not start with prefix. */
const char *text_after(const char *text, const char *prefix);

/* Copies `from` into to[bytes], truncated to bytes - 1 characters, and terminates it. bytes > 0. */
void text_copy(char *to, const char *from, uint32_t bytes);

#endif
