/*
 * Panics for bugs of the kernel that calls: they name the function of mm.h that was called and what
 * the frame really is.
 *
 *     panic: pages_free: frame 0x0101a is a page table
 */
#ifndef MM_MISUSE_H
#define MM_MISUSE_H

#include "owners.h"

/* The frame is not what the call may have. */
_Noreturn void misuse_frame(const struct mm *mm, const char *call, pfn_t frame);

/*
 * Likewise of heap_free(). A heap in the metadata of the active memory manager is what its kfree()
 * serves from, and is the one to name; any other is its caller's own. So freeing, the hot path,
 * needs not carry along who called.
 */
struct heap;
_Noreturn void misuse_heap_free(const struct heap *heap, const char *fault, vaddr_t block);

/* Likewise of vmalloc(). */
_Noreturn void misuse_area(const struct mm *mm, vaddr_t block, const char *fault);

#endif
