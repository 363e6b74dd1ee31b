/*
 * Who has each frame of the machine. The memory manager keeps one byte a frame for this: it is
 * written where frames change hands, and asked where they come back, by the checkers and by
 * reports. Nothing else answers the question.
 */
#ifndef MM_FRAME_OWNER_H
#define MM_FRAME_OWNER_H

#include <mm/mm.h>

/* What a frame is used for, as reports tell it. */
enum frame_kind {
    FRAME_FREE,
    FRAME_DEVICE,     /* no RAM, or reserved by the machine */
    FRAME_RESERVED,   /* the first 4 MiB: the machine's, and the kernel's image */
    FRAME_METADATA,   /* carved at mm_init() */
    FRAME_PAGE_TABLE, /* directories, page tables, and what processes are kept in */
    FRAME_KERNEL,     /* pages_alloc() of PAGES_LOW or PAGES_DMA */
    FRAME_HEAP,       /* in the span of a heap, or a block of kmalloc() that is whole frames */
    FRAME_SLAB,       /* objects of one size */
    FRAME_VMALLOC,
    FRAME_USER, /* mapped by a process, or pages_alloc() of PAGES_USER */
    FRAME_KIND_COUNT
};

/* Any frame number is fine; beyond the end of RAM: FRAME_DEVICE. At most 11 loads. */
enum frame_kind mm_frame_kind(const struct mm *mm, pfn_t frame);

/* Likewise of the frames [0, end): kinds, the caller's, gets an enum frame_kind for each. O(end) */
void mm_frame_kinds(const struct mm *mm, uint8_t kinds[], pfn_t end);

/* The block of frames that has this one: 2^order frames from *first on, aligned to their size. What
   does not change hands in blocks has order 0. At most 11 loads. */
enum frame_kind mm_frame_block(const struct mm *mm, pfn_t frame, pfn_t *first, uint32_t *order);

/* "free", "device", "kernel", ...: as reports name it. */
const char *frame_kind_name(enum frame_kind kind);

#endif
