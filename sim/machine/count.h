/* Counts as people write them. */
#ifndef MACHINE_COUNT_H
#define MACHINE_COUNT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * "500", "64k", "2M", "1G", "1e6": decimal digits, and a unit of 1,000 and its powers (k, M, G, in
 * either case) or an exponent of ten. A size has units of 1,024: see size.h. false: *reason says
 * what is wrong with the text, and *count is not set.
 */
bool count_parse(const char *text, uint64_t *count, const char **reason);

#endif
