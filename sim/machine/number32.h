/* Addresses and registers as people write them. */
#ifndef MACHINE_NUMBER32_H
#define MACHINE_NUMBER32_H

#include <stdbool.h>
#include <stdint.h>

/*
 * "0xc0101000", in either case, or "3222278144": hexadecimal digits after 0x, else decimal ones.
 * false: *reason says what is wrong with the text, and *number is not set.
 */
bool number32_parse(const char *text, uint32_t *number, const char **reason);

#endif
