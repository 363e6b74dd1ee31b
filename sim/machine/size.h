/* Sizes as people write them. */
#ifndef MACHINE_SIZE_H
#define MACHINE_SIZE_H

#include <stdbool.h>
#include <stdint.h>

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

#endif
