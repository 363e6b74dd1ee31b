/*
 * Pages from a heap: what `primary` hands out in low memory.
 *
 * A page-aligned block of a heap has its header in the page before. So no two blocks of one page
 * can be neighbours, and each costs two pages of the heap. Therefore a block holds up to 32 pages:
 *
 *            |hdr| page | page | ... | page |links|        |hdr| page | ...
 *                ^ page aligned                   ^ small blocks fit between the chunks
 *
 * With the header and two links that is 16 bytes for 32 pages, and most of a page for small blocks
 * beside them. Which pages of chunks are used, and which start one, is kept outside: 2 bits a
 * frame.
 *
 * Larger orders are blocks of their own, aligned to their size.
 */
#ifndef MM_HEAP_PAGES_H
#define MM_HEAP_PAGES_H

#include <mm/heap.h>

#define CHUNK_PAGES_MAX 32u

/* For one heap in the direct map, whose span never changes. */
struct heap_pages {
    vaddr_t used;        /* 1 bit a frame: of the pages of chunks, those given out */
    vaddr_t starts;      /* 1 bit a frame: the first of a chunk */
    uint32_t first;      /* the frame of bit 0: the heap's first */
    uint32_t frames;     /* of the heap */
    uint32_t open;       /* first page of a chunk with free pages, the first of a list; or 0 */
    uint32_t free_pages; /* in chunks */
};

/* Metadata for a heap of so many frames, and its start: no page is given out. */
uint32_t heap_pages_bytes(uint32_t frames);
void heap_pages_init(struct heap_pages *pages, vaddr_t bitmaps, const struct heap *heap);

/* 2^order pages aligned to their size; PFN_NONE when the heap has no such block. Constant time. */
pfn_t heap_pages_alloc(struct heap_pages *pages, struct heap *heap, uint32_t order);

/* Give back what was given out, with the same order; a chunk that is all free is the heap's again.
   Constant time. */
void heap_pages_free(struct heap_pages *pages, struct heap *heap, pfn_t first, uint32_t order);

/* Is it a frame of the heap? */
static inline bool heap_pages_reach(const struct heap_pages *pages, pfn_t frame)
{
    return frame.value - pages->first < pages->frames;
}

/* Of a frame of the heap: does a chunk begin with it? */
bool heap_pages_chunk(const struct heap_pages *pages, pfn_t frame);

/* Visit the free pages of chunks. O(open chunks). */
void heap_pages_for_each_free(const struct heap_pages *pages, const struct heap *heap,
                              void (*visit)(void *context, pfn_t start, pfn_t end), void *context);

/* The violated rule, or NULL. heap_check() first. O(frames). */
__attribute__((warn_unused_result)) const char *heap_pages_check(const struct heap_pages *pages,
                                                                 const struct heap *heap);

#endif
