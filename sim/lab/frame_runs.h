/*
 * A number for each frame, over time, in few bytes: each sample is written as its difference from
 * the sample before. A difference is a list of runs of frames whose number changes in the same way:
 *
 *     gap, length, change        three numbers in LEB128: 7 bits a byte, the lowest first, and the
 *                                highest bit says that a byte follows
 *
 * `gap` counts frames from the end of the run before (from frame 0 for the first). `change` is old
 * number XOR new number, so that the same bytes lead from a sample back to the one before.
 */
#ifndef LAB_FRAME_RUNS_H
#define LAB_FRAME_RUNS_H

#include <stddef.h>
#include <stdint.h>

struct byte_list {
    uint8_t *data;
    size_t count;
    size_t room;
};

/* Append a number in LEB128. */
void byte_list_put(struct byte_list *list, uint64_t number);

void byte_list_free(struct byte_list *list);

/* Append the difference between the numbers `last` and `now` of `frames` frames, and copy `now` to
   `last`. O(frames), with little time for a frame that has not changed. */
void frame_runs_put_u8(struct byte_list *list, const uint8_t now[], uint8_t last[],
                       uint32_t frames);
void frame_runs_put_u32(struct byte_list *list, const uint32_t now[], uint32_t last[],
                        uint32_t frames);

#endif
