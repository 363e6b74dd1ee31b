/* A naive reader of lab/frame_runs.h, which knows nothing but its comment. */
#ifndef SUPPORT_NAIVE_RUNS_H
#define SUPPORT_NAIVE_RUNS_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that are read one after the other. */
struct naive_bytes {
    const uint8_t *data;
    size_t at;
    size_t end;
};

/* Returns the next number in LEB128. Fails the test if the bytes end before it does. */
uint64_t naive_number(struct naive_bytes *bytes);

/* Applies the runs in all of the bytes to the numbers of `frames` frames. Fails the test if a run
 * is empty or changes nothing, if two runs could have been one, or if one ends behind the last
 * frame. */
void naive_runs_apply(struct naive_bytes *bytes, uint32_t numbers[], uint32_t frames);

#endif
