/* The naive model of the buddy allocator: an array with the order of the free block that starts at
 * each frame. It follows the allocator only in the choice among equal blocks. */
#ifndef SUPPORT_MODEL_BUDDY_H
#define SUPPORT_MODEL_BUDDY_H

#include <mm/fragmentation.h>
#include <mm/layout.h>

struct model_buddy {
    int8_t *order; /* FRAMES_MAX entries; -1: no free block starts here */
    uint32_t end;
    uint32_t low_end;
    uint32_t blocks[ZONE_COUNT][ORDER_COUNT];
    uint32_t added[ZONE_COUNT];
};

void model_buddy_create(struct model_buddy *model, uint32_t end, uint32_t low_end);
void model_buddy_destroy(struct model_buddy *model);

/* Adds the frames [start, end) one by one. */
void model_buddy_add(struct model_buddy *model, uint32_t start, uint32_t end);

/* Returns whether `got` is a right answer of the allocator: the first frame of a block of the zone
 * and the order that must serve the request, or UINT32_MAX if no block may serve it. The model then
 * takes the block. */
bool model_buddy_follow(struct model_buddy *model, uint32_t order, enum zone top, uint32_t got);

void model_buddy_free(struct model_buddy *model, uint32_t first, uint32_t order);

/* These return what the functions of <mm/frames_buddy.h> return. */
uint32_t model_buddy_free_to(const struct model_buddy *model, enum zone zone);
uint32_t model_buddy_reserve(const struct model_buddy *model, enum zone zone, enum zone top);
uint32_t model_buddy_available(const struct model_buddy *model, enum zone top);
bool model_buddy_is_free(const struct model_buddy *model, uint32_t frame);

#endif
