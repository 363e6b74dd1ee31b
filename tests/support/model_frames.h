/* The naive model of the sorted frame allocator: one bool for each frame. Every function walks the
 * array. */
#ifndef SUPPORT_MODEL_FRAMES_H
#define SUPPORT_MODEL_FRAMES_H

#include <mm/fragmentation.h>
#include <mm/layout.h>

struct model_frames {
    bool *is_free; /* FRAMES_MAX entries */
    uint32_t end;  /* no frame at or above it is ever free */
};

void model_frames_create(struct model_frames *model, uint32_t end);
void model_frames_destroy(struct model_frames *model);

/* Marks [start, end) as free or used. */
void model_frames_set(struct model_frames *model, uint32_t start, uint32_t end, bool is_free);

/* These return what the functions of <mm/frames_sorted.h> return, and change nothing. UINT32_MAX
 * stands for no frame. */
uint32_t model_frames_lowest(const struct model_frames *model, uint32_t from);
uint32_t model_frames_highest_block(const struct model_frames *model, uint32_t order,
                                    enum zone zone);
uint32_t model_frames_first_used(const struct model_frames *model, uint32_t start, uint32_t end);
uint32_t model_frames_free_to(const struct model_frames *model, enum zone zone);

/* Returns the end of the run from `start` on in which all frames are free, or all are used. */
uint32_t model_frames_run_end(const struct model_frames *model, uint32_t start);

#endif
