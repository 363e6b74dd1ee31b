/* Numbers in the notations of command lines: counts, sizes, addresses. Each function is
   O(length). */
#ifndef MACHINE_NUMBERS_H
#define MACHINE_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Read a count such as "500", "64k", "2M", "1G" or "1e6": decimal digits, then a unit of a power of
 * 1,000 (k, M, G, in either case) or an exponent of ten. (The units of sizes are powers of 1,024.)
 * Returns false when the text is wrong; *reason then says why, and *count is not set.
 */
bool count_parse(const char *text, uint64_t *count, const char **reason);

/*
 * Read a size such as "512M", "1G", "64MiB", "4096K" or "1048576": decimal digits, then a unit of a
 * power of 1,024 (K, M, G, T, in either case, with or without "iB" or "B"). No unit, or "B", means
 * bytes. Returns false when the text is wrong; *reason then says why, and *bytes is not set.
 */
bool size_parse(const char *text, uint64_t *bytes, const char **reason);

/*
 * Read a share from 0 to 1, such as "0.25", ".5" or "1", in millionths; further digits are omitted.
 * Returns false when the text is wrong; *reason then says why, and *millionths is not set.
 */
bool share_parse(const char *text, uint32_t *millionths, const char **reason);

struct size_text {
    char text[24];
};

/* Returns a size as size_parse() reads it, in the largest unit of which it is a multiple:
   "512M". */
struct size_text size_text(uint64_t bytes);

/*
 * Read a number of 32 bits such as "0xc0101000", in either case, or "3222278144": hexadecimal
 * digits after 0x, else decimal digits. Returns false when the text is wrong; *reason then says
 * why, and *number is not set.
 */
bool number32_parse(const char *text, uint32_t *number, const char **reason);

/* The same for 64 bits. */
bool number64_parse(const char *text, uint64_t *number, const char **reason);

#endif
