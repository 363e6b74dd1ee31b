/* The owner of each frame of the machine. The memory manager keeps one byte for each frame, the map
   of owners. It writes the byte when the frame is allocated or freed, and checks it before a free.
   There is no other record of the owners. No function here fails or panics. */
#ifndef MM_FRAME_OWNER_H
#define MM_FRAME_OWNER_H

#include <mm/mm.h>

/* What a frame is used for, in the words of reports. */
enum frame_kind {
    FRAME_FREE,
    FRAME_DEVICE,     /* not RAM, or reserved by the firmware */
    FRAME_RESERVED,   /* the first 4 MiB: firmware, and the kernel's image */
    FRAME_METADATA,   /* carved by mm_init() */
    FRAME_PAGE_TABLE, /* directories, page tables, control pages of processes */
    FRAME_KERNEL,     /* pages of pages_alloc() of class PAGES_LOW or PAGES_DMA */
    FRAME_HEAP,       /* in the span of a heap, or a block of kmalloc() that is whole frames */
    FRAME_SLAB,       /* objects of one size */
    FRAME_VMALLOC,
    FRAME_USER, /* pages of processes, and of pages_alloc() of class PAGES_USER */
    FRAME_KIND_COUNT
};

/* Returns the kind of a frame. Every frame number is valid; beyond the end of RAM the kind is
   FRAME_DEVICE. Constant time, at most 11 loads. */
enum frame_kind mm_frame_kind(const struct mm *mm, pfn_t frame);

/* Stores the kind of each frame in [0, end), an enum frame_kind, in the array of the caller.
   O(end). */
void mm_frame_kinds(const struct mm *mm, uint8_t kinds[], pfn_t end);

/* Returns the kind of a frame, and the block that contains it: 2^*order frames from *first on,
   aligned to their size. A frame that was not allocated as part of a block has order 0. Constant
   time, at most 11 loads. */
enum frame_kind mm_frame_block(const struct mm *mm, pfn_t frame, pfn_t *first, uint32_t *order);

/* Returns the name in reports: "free", "device", "kernel", ... */
const char *frame_kind_name(enum frame_kind kind);

#endif
