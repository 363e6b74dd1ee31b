/*
 * Panics for bugs of the kernel that uses the memory manager. They name the called function of mm.h
 * and the real use of the frame.
 *
 *     panic: pages_free: frame 0x0101a is a page table
 */
#ifndef MM_MISUSE_H
#define MM_MISUSE_H

#include "owners.h"

/* Panics because a frame does not have the owner that the call requires. */
_Noreturn void misuse_frame(const struct mm *mm, const char *call, pfn_t frame);

/* Panics because block is not live in a heap. A heap in the metadata of the active memory manager
   serves its kfree(), so the panic names kfree(); for any other heap it names heap_free(). So the
   hot path of freeing need not pass on the name of the caller. */
struct heap;
_Noreturn void misuse_heap_free(const struct heap *heap, const char *fault, vaddr_t block);

/* Panics in the name of vfree() because block is not the start of an area. */
_Noreturn void misuse_area(const struct mm *mm, vaddr_t block, const char *fault);

#endif
