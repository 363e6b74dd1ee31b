/* The naive model of the sorted frame allocator: one bool a frame, and every question a walk. */
#ifndef SUPPORT_MODEL_FRAMES_H
#define SUPPORT_MODEL_FRAMES_H

#include <mm/fragmentation.h>
#include <mm/layout.h>

struct model_frames {
    bool *is_free; /* of FRAMES_MAX */
    uint32_t end;  /* no frame at or above it is ever free */
};

void model_frames_create(struct model_frames *model, uint32_t end);
void model_frames_destroy(struct model_frames *model);

/* Mark [start, end). */
void model_frames_set(struct model_frames *model, uint32_t start, uint32_t end, bool is_free);

/* As the functions of <mm/frames_sorted.h>, but that they change nothing. UINT32_MAX: none. */
uint32_t model_frames_lowest(const struct model_frames *model, uint32_t from);
uint32_t model_frames_highest_block(const struct model_frames *model, uint32_t order,
                                    enum zone zone);
uint32_t model_frames_first_used(const struct model_frames *model, uint32_t start, uint32_t end);
uint32_t model_frames_free_to(const struct model_frames *model, enum zone zone);

/* The end of the run that starts at `start` in which all frames are free, or all are not. */
uint32_t model_frames_run_end(const struct model_frames *model, uint32_t start);

#endif
