/* Numbers as people write them: counts, sizes, addresses. */
#ifndef MACHINE_NUMBERS_H
#define MACHINE_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * "500", "64k", "2M", "1G", "1e6": decimal digits, and a unit of 1,000 and its powers (k, M, G, in
 * either case) or an exponent of ten. A size has units of 1,024. false: *reason says
 * what is wrong with the text, and *count is not set.
 */
bool count_parse(const char *text, uint64_t *count, const char **reason);

/*
 * "512M", "1G", "64MiB", "4096K", "1048576": decimal digits and a unit of 1,024 and its powers (K,
 * M, G, T, in either case, with or without "iB" or "B"); none, or "B", is bytes. false: *reason
 * says what is wrong with the text, and *bytes is not set.
 */
bool size_parse(const char *text, uint64_t *bytes, const char **reason);

struct size_text {
    char text[24];
};

/* What size_parse() takes for so many bytes, with the largest unit that it is whole in: "512M". */
struct size_text size_text(uint64_t bytes);

/*
 * "0xc0101000", in either case, or "3222278144": hexadecimal digits after 0x, else decimal ones.
 * false: *reason says what is wrong with the text, and *number is not set.
 */
bool number32_parse(const char *text, uint32_t *number, const char **reason);

#endif
