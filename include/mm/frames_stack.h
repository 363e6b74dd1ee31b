/*
 * The LIFO page stack: a singly linked list of free frames for each zone; the frame that was freed
 * last is used first. It allocates single frames only.
 *
 * The links are an array in metadata, one 32-bit frame number for each frame of the machine. They
 * cannot lie in the free frames, because the kernel has no address for a frame of HIGH. The link of
 * a used frame is a mark, so that a double free is detected.
 *
 * Every function is constant time except where its comment says otherwise; allocation and free have
 * no loop. Panics name the function. With HARDEN_FULL (harden.h), allocation and free also panic if
 * a link or the bounds are smashed.
 */
#ifndef MM_FRAMES_STACK_H
#define MM_FRAMES_STACK_H

#include <mm/fragmentation.h>
#include <mm/layout.h>

struct frames_stack {
    vaddr_t links; /* uint32_t[end - first]: the next free frame, or a mark */
    uint32_t first;
    uint32_t end;
    uint32_t top[ZONE_COUNT];
    uint32_t free[ZONE_COUNT]; /* number of frames on each list */
    uint32_t added;            /* number of frames added, free or used */
    uint32_t seal;             /* HARDEN_FULL: checksum of the first three words (seal.h) */
};
_Static_assert(sizeof(struct frames_stack) == 44,
               "the layout in simulated memory is the same on every machine");

/* Returns the bytes of metadata for the links of the frames [first, end). */
uint32_t frames_stack_bytes(pfn_t first, pfn_t end);

/* Makes an empty stack for frames in [first, end), none of which is added yet. The caller gives
   `links`, frames_stack_bytes(first, end). O(end - first). */
void frames_stack_init(struct frames_stack *stack, vaddr_t links, pfn_t first, pfn_t end);

/* Adds the free frames [start, end) of one zone; the lowest will be used first. Panics if the range
   is empty or outside the stack's. O(frames). */
void frames_stack_add(struct frames_stack *stack, pfn_t start, pfn_t end);

/* Allocates the top frame of one zone. Returns PFN_NONE if the zone has none. */
pfn_t frames_stack_alloc(struct frames_stack *stack, enum zone zone);

/* Frees a frame. Panics if it is free already or was never added. */
void frames_stack_free(struct frames_stack *stack, pfn_t frame);

/* Returns the number of free frames in [DMA, zone]. */
uint32_t frames_stack_free_to(const struct frames_stack *stack, enum zone zone);

/* Adds the free frames to *blocks. O(end - first). */
void frames_stack_free_blocks(const struct frames_stack *stack, struct free_blocks *blocks);

/* Returns the violated rule, or NULL. O(end - first). */
__attribute__((warn_unused_result)) const char *
frames_stack_check(const struct frames_stack *stack);

#endif
