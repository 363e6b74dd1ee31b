/* What holds of every error, every file, every trace. They are cmocka's assertions. */
#ifndef FUZZ_LAWS_H
#define FUZZ_LAWS_H

#include <stdbool.h>

#include "fuzz/fuzz.h"
#include "trace/error.h"

/* One line, which names the file first. */
void law_error(const struct sim_error *error, const char *path);

/* The file is not there, nor is one that was to become it. */
void law_no_file(const char *path);

void law_same_file(const char *path, const char *other);

/*
 * A file that is no trace, or none that makes sense, is told of, and nothing is made of it. For any
 * other: checker and replay agree that it makes sense; a strategy, another for each trace, serves
 * it on a small machine without a broken rule and without a stale TLB entry; in text and back, it
 * is the same. Returns whether it makes sense.
 */
bool law_trace(const char *path);

#endif
