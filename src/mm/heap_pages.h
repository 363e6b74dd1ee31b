/*
 * Pages from a heap: how `primary` allocates pages in low memory.
 *
 * The header of a page-aligned block lies in the page before. So two such blocks of one page cannot
 * be neighbours, and each takes two pages of the heap. Therefore one block, a chunk, holds up to 32
 * pages:
 *
 *            |hdr| page | page | ... | page |links|        |hdr| page | ...
 *                ^ page aligned                   ^ small blocks fit between the chunks
 *
 * The header and two links take 16 bytes for 32 pages, and most of a page remains for small blocks
 * between two chunks. Two bits for each frame, outside the heap, record which pages of chunks are
 * used and which start a chunk.
 *
 * Larger orders are separate blocks, aligned to their size.
 */
#ifndef MM_HEAP_PAGES_H
#define MM_HEAP_PAGES_H

#include <mm/heap.h>

#define CHUNK_PAGES_MAX 32u

/* The pages of one heap in the direct map, whose span never changes. */
struct heap_pages {
    vaddr_t used;        /* 1 bit a frame: a used page of a chunk */
    vaddr_t starts;      /* 1 bit a frame: the first page of a chunk */
    uint32_t first;      /* the frame of bit 0: the first of the heap */
    uint32_t frames;     /* number of frames of the heap */
    uint32_t open;       /* list of chunks with free pages: the first page; 0: none */
    uint32_t free_pages; /* number of free pages in chunks */
};

/* Return the bytes of metadata for a heap of `frames` frames; start without used pages. O(frames /
   8). */
uint32_t heap_pages_bytes(uint32_t frames);
void heap_pages_init(struct heap_pages *pages, vaddr_t bitmaps, const struct heap *heap);

/* Allocates 2^order pages aligned to their size. Returns PFN_NONE if the heap has no such block.
   Constant time. */
pfn_t heap_pages_alloc(struct heap_pages *pages, struct heap *heap, uint32_t order);

/* Frees a block of the same order; a chunk whose pages are all free returns to the heap. Constant
   time. */
void heap_pages_free(struct heap_pages *pages, struct heap *heap, pfn_t first, uint32_t order);

/* Tells if a frame belongs to the heap. */
static inline bool heap_pages_reach(const struct heap_pages *pages, pfn_t frame)
{
    return frame.value - pages->first < pages->frames;
}

/* Tells if a chunk begins at a frame of the heap. */
bool heap_pages_chunk(const struct heap_pages *pages, pfn_t frame);

/* Calls visit() for the ranges of free pages in chunks. O(open chunks). */
void heap_pages_for_each_free(const struct heap_pages *pages, const struct heap *heap,
                              void (*visit)(void *context, pfn_t start, pfn_t end), void *context);

/* Returns the violated rule, or NULL. heap_check() must have passed. O(frames). */
__attribute__((warn_unused_result)) const char *heap_pages_check(const struct heap_pages *pages,
                                                                 const struct heap *heap);

#endif
