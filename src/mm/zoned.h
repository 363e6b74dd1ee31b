/*
 * The common part of `zoned` and `kseg0`: frames from the zoned buddy allocator, kmalloc() from
 * slabs over these frames, and vmalloc() in the heap area. The two differ in the end of LOW and in
 * the addresses of kmalloc()'s memory, which zoned_start() takes and keeps in the state.
 */
#ifndef MM_ZONED_H
#define MM_ZONED_H

#include <mm/frames_buddy.h>
#include <mm/slab.h>
#include <mm/strategy.h>
#include <mm/vmalloc.h>

struct zoned_state {
    struct slabs slabs;
    struct frames_buddy frames;
    struct vmalloc_space vmalloc;
};

/* Carves the metadata and adds all frames. kmalloc() sees physical memory up to low_end from base
   on. Returns false if there is no room for the metadata. O(frames). */
bool zoned_start(struct mm *mm, vaddr_t base, pfn_t low_end);

/* The operations of struct strategy (<mm/strategy.h>). */
vaddr_t zoned_kmalloc(struct mm *mm, uint32_t bytes, enum page_class page_class);
vaddr_t zoned_krealloc(struct mm *mm, vaddr_t block, uint32_t bytes);
void zoned_kfree(struct mm *mm, vaddr_t block);
const char *zoned_block_fault(struct mm *mm, vaddr_t block);
uint32_t zoned_ksize(struct mm *mm, vaddr_t block);
pfn_t zoned_pages_alloc(struct mm *mm, uint32_t order, enum page_class page_class);
void zoned_pages_free(struct mm *mm, pfn_t first, uint32_t order);
vaddr_t zoned_vmalloc(struct mm *mm, uint32_t bytes);
void zoned_vfree(struct mm *mm, vaddr_t block);
bool zoned_frames_ready(struct mm *mm, uint32_t low, uint32_t user);
uint64_t zoned_free_bytes(struct mm *mm);
void zoned_free_blocks(struct mm *mm, struct free_blocks *blocks);
bool zoned_heap_range(struct mm *mm, uint32_t i, struct vaddr_range *range);
const char *zoned_check(struct mm *mm);

/* All operations except init. */
#define ZONED_OPERATIONS                                                                           \
    .kmalloc = zoned_kmalloc, .krealloc = zoned_krealloc, .kfree = zoned_kfree,                    \
    .block_fault = zoned_block_fault, .ksize = zoned_ksize, .pages_alloc = zoned_pages_alloc,      \
    .pages_free = zoned_pages_free, .vmalloc = zoned_vmalloc, .vfree = zoned_vfree,                \
    .frames_ready = zoned_frames_ready, .free_bytes = zoned_free_bytes,                            \
    .free_blocks = zoned_free_blocks, .heap_range = zoned_heap_range, .check = zoned_check

#endif
