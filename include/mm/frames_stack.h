/*
 * The LIFO page stack of the thread: free frames on a singly linked list for each zone, last freed
 * first used. Order 0 only.
 *
 * The links are an array in metadata, one 32-bit frame number for each frame of the machine, for a
 * HIGH frame cannot hold one where the kernel can read it. A used frame's link is a mark, so that
 * freeing a free frame is caught.
 *
 * Every function is constant time except where said. Panics name the function.
 */
#ifndef MM_FRAMES_STACK_H
#define MM_FRAMES_STACK_H

#include <mm/fragmentation.h>
#include <mm/layout.h>

struct frames_stack {
    vaddr_t links; /* uint32_t[end - first]: the next free frame, or one of the marks */
    uint32_t first;
    uint32_t end;
    uint32_t top[ZONE_COUNT];
    uint32_t free[ZONE_COUNT]; /* frames on each list */
    uint32_t added;            /* frames that were added, free or used */
    uint32_t seal;             /* HARDEN_FULL: of the first three words (seal.h) */
};
_Static_assert(sizeof(struct frames_stack) == 44, "the same in simulated memory on every machine");

/* Bytes of metadata for the links of the frames [first, end). */
uint32_t frames_stack_bytes(pfn_t first, pfn_t end);

/* An empty stack for frames in [first, end), none of which is ours yet. links is the caller's,
   frames_stack_bytes(first, end) long. O(end - first). */
void frames_stack_init(struct frames_stack *stack, vaddr_t links, pfn_t first, pfn_t end);

/* Give the stack the free frames of one zone [start, end);
 * the lowest will be used first. O(frames). */
void frames_stack_add(struct frames_stack *stack, pfn_t start, pfn_t end);

/* The top frame of one zone, or PFN_NONE. */
pfn_t frames_stack_alloc(struct frames_stack *stack, enum zone zone);

/* Back on the list of its zone. Panics when the frame is free or was never added. */
void frames_stack_free(struct frames_stack *stack, pfn_t frame);

/* Frames free in [DMA, zone]. */
uint32_t frames_stack_free_to(const struct frames_stack *stack, enum zone zone);

/* Add every free frame to blocks. O(end - first). */
void frames_stack_free_blocks(const struct frames_stack *stack, struct free_blocks *blocks);

/* The violated rule, or NULL. O(end - first). */
__attribute__((warn_unused_result)) const char *
frames_stack_check(const struct frames_stack *stack);

#endif
