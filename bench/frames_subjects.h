/* The frame allocators that are measured, over all frames except the first 4 MiB. Their operations
   are small inline functions around one call, for workloads that name them as constants. */
#ifndef BENCH_FRAMES_SUBJECTS_H
#define BENCH_FRAMES_SUBJECTS_H

#include "frames_array.h"
#include "frames_bitmap.h"
#include "frames_linux.h"

#include <mm/frames_buddy.h>
#include <mm/frames_sorted.h>
#include <mm/frames_stack.h>

#define FIRST  RESERVED_END_PFN
#define FRAMES (FRAMES_MAX - FIRST)

struct frames_ops {
    void (*init)(void);
    pfn_t (*alloc)(uint32_t order);
    void (*free)(pfn_t frame, uint32_t order);
};

extern struct frames_stack stack;
extern struct frames_sorted sorted;
extern struct frames_buddy buddy;

bool simulated_open(const char *name); /* opens a machine, whose memory holds the metadata */
void simulated_close(void);
bool host_open(const char *name);
void host_close(void);

void stack_init(void);
void sorted_init(void);
void buddy_init(void);
void one_zone_init(void); /* the buddy, all of whose frames are in one zone */

static inline void array_init(void)
{
    frames_array_init(pfn(FIRST), pfn(FRAMES_MAX));
}

static inline pfn_t array_alloc(uint32_t order)
{
    (void)order;
    return frames_array_alloc();
}

static inline void array_free(pfn_t frame, uint32_t order)
{
    (void)order;
    frames_array_free(frame);
}

static inline void bitmap_init(void)
{
    frames_bitmap_init(pfn(FIRST));
}

static inline pfn_t bitmap_alloc(uint32_t order)
{
    return frames_bitmap_alloc(order);
}

static inline void bitmap_free(pfn_t frame, uint32_t order)
{
    frames_bitmap_free(frame, order);
}

static inline bool bitmap_take(pfn_t frame)
{
    return frames_bitmap_take(frame);
}

static inline pfn_t stack_alloc(uint32_t order)
{
    (void)order;
    for (uint32_t zone = ZONE_COUNT; zone-- > 0;) {
        pfn_t frame = frames_stack_alloc(&stack, (enum zone)zone);
        if (!pfn_is_none(frame))
            return frame;
    }
    return PFN_NONE;
}

static inline void stack_free(pfn_t frame, uint32_t order)
{
    (void)order;
    frames_stack_free(&stack, frame);
}

static inline pfn_t sorted_alloc(uint32_t order)
{
    return order == 0 ? frames_sorted_alloc_highest(&sorted, ZONE_HIGH)
                      : frames_sorted_alloc_block(&sorted, order, ZONE_HIGH);
}

static inline void sorted_free(pfn_t frame, uint32_t order)
{
    if (order == 0)
        frames_sorted_free(&sorted, frame);
    else
        frames_sorted_free_block(&sorted, frame, order);
}

static inline bool sorted_take(pfn_t frame)
{
    return pfn_is_none(frames_sorted_take(&sorted, frame, pfn(frame.value + 1u)));
}

/* Also takes from the reserves, so that every subject has all frames. */
static inline pfn_t buddy_alloc(uint32_t order)
{
    for (uint32_t top = ZONE_COUNT; top-- > 0;) {
        pfn_t first = frames_buddy_alloc(&buddy, order, (enum zone)top);
        if (!pfn_is_none(first))
            return first;
    }
    return PFN_NONE;
}

static inline void buddy_free(pfn_t frame, uint32_t order)
{
    frames_buddy_free(&buddy, frame, order);
}

static inline pfn_t one_zone_alloc(uint32_t order)
{
    return buddy_alloc(order);
}

static inline void one_zone_free(pfn_t frame, uint32_t order)
{
    buddy_free(frame, order);
}

static inline void linux_init(void)
{
    frames_linux_init(pfn(FIRST), pfn(FRAMES_MAX));
}

static inline pfn_t linux_alloc(uint32_t order)
{
    return frames_linux_alloc(order);
}

static inline void linux_free(pfn_t frame, uint32_t order)
{
    frames_linux_free(frame, order);
}

#endif
