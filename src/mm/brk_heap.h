/*
 * The common part of `brk`, `jump` and `migrate`: a sorted frame allocator that allocates pages
 * from the high end, and a heap at the low end that grows by moving brk up over the frames directly
 * above it. The three differ in what they do when a used frame blocks brk.
 *
 *     4 MiB                 16 MiB                            768 MiB
 *     | heap -> brk       DMA |        LOW     <- pages | metadata |   HIGH   <- pages |
 *
 * The heap starts at the bottom of low memory, as far from the pages as possible, and ignores
 * zones. Blocks that must lie below 16 MiB are whole pages of DMA, allocated from the high end like
 * pages (brk_dma.c).
 */
#ifndef BRK_HEAP_H
#define BRK_HEAP_H

#include <mm/frames_sorted.h>
#include <mm/heap.h>
#include <mm/strategy.h>
#include <mm/vmalloc.h>

#include "heap_fast.h"
#include "heap_skip.h"

struct brk_state {
    struct frames_sorted frames;
    struct heap heap;      /* its end is brk */
    struct heap_skip skip; /* its spans; more than one only in `jump` */
    uint32_t limit;        /* frame above which brk cannot move: the end of RAM or of LOW */
    uint32_t dma_frames;   /* frames of blocks below 16 MiB; they count as frames of the heap */
    struct vmalloc_space vmalloc;
};

/* The functions by which a strategy makes room for its heap. */
struct brk_growth {
    /* Moves brk up by `bytes`, whole pages. Returns false, with nothing changed, if it cannot.
       Room for a slab is made by brk_extend_free() alone. */
    bool (*extend)(struct mm *mm, uint32_t bytes);
    /* Called when extend() has failed: finds room for a block of `bytes` elsewhere. May be NULL. */
    bool (*elsewhere)(struct mm *mm, uint32_t bytes);
    /* Returns the lowest frame that blocks brk on the way to `end`; there is one. */
    pfn_t (*blocker)(struct mm *mm, pfn_t end);
};

static inline struct brk_state *brk_state_of(struct mm *mm)
{
    return mm->state;
}

/* Returns the frame directly above the heap. */
static inline pfn_t brk_frame(struct mm *mm)
{
    return paddr_to_pfn(direct_map_inverse(vaddr(brk_state_of(mm)->heap.end)));
}

/* Carves the state, `bytes` long including the data of the strategy behind struct brk_state, adds
   the frames, and places the heap in the largest range of low memory. Returns false if there is no
   room. O(frames / 32). */
bool brk_heap_init(struct mm *mm, uint32_t bytes);

/* Moves the empty heap: it may grow from frame `start` to frame `limit`. */
void brk_heap_place(struct mm *mm, pfn_t start, pfn_t limit);

/* Record that the frames [start, end) now belong to the heap, or are free again. `owner` is
   OWNER_HEAP for the heap's span, or OWNER_BLOCK for a block of its own. They update the owners and
   the counters. O(frames). */
void brk_frames_taken(struct mm *mm, pfn_t start, pfn_t end, enum frame_owner owner);
void brk_frames_given(struct mm *mm, pfn_t start, pfn_t end);

/* Returns the bytes of the spans of the heap and of the blocks below 16 MiB. */
uint32_t brk_span_bytes(const struct brk_state *state);

/* Records why no contiguous block of `frames` frames is free in the zones up to `top`. */
void brk_fail_range(struct mm *mm, uint32_t frames, enum zone top);

/* Implement extend() and blocker() of struct brk_growth: brk moves over free frames only. */
bool brk_extend_free(struct mm *mm, uint32_t bytes);
pfn_t brk_first_used(struct mm *mm, pfn_t end);

/* Blocks below 16 MiB, by whole pages of DMA. brk_is_dma() tells if any pointer is the start of
   such a block. brk_dma_alloc() returns VADDR_NONE, with the cause recorded, if it fails. */
bool brk_is_dma(struct mm *mm, vaddr_t block);
vaddr_t brk_dma_alloc(struct mm *mm, uint32_t bytes);
void brk_dma_free(struct mm *mm, vaddr_t block);
uint32_t brk_dma_usable_bytes(vaddr_t block);

/* The operations of struct strategy (<mm/strategy.h>). Those that may grow the heap take a struct
   brk_growth. */
vaddr_t brk_alloc_no_object(struct mm *mm, uint32_t bytes, enum page_class page_class,
                            const struct brk_growth *growth);
vaddr_t brk_krealloc(struct mm *mm, vaddr_t block, uint32_t bytes, const struct brk_growth *growth);
void brk_kfree(struct mm *mm, vaddr_t block);
const char *brk_block_fault(struct mm *mm, vaddr_t block);
uint32_t brk_ksize(struct mm *mm, vaddr_t block);
pfn_t brk_pages_alloc(struct mm *mm, uint32_t order, enum page_class page_class);
void brk_pages_free(struct mm *mm, pfn_t first, uint32_t order);
vaddr_t brk_vmalloc(struct mm *mm, uint32_t bytes);
void brk_vfree(struct mm *mm, vaddr_t block);
bool brk_frames_ready(struct mm *mm, uint32_t low, uint32_t user);
uint64_t brk_free_bytes(struct mm *mm);
void brk_free_blocks(struct mm *mm, struct free_blocks *blocks);
bool brk_heap_range(struct mm *mm, uint32_t i, struct vaddr_range *range);
void brk_heap_spans(struct mm *mm, span_visit *visit, void *context);
const char *brk_check(struct mm *mm);

/* The operations that are the same in all three. */
#define BRK_OPERATIONS                                                                             \
    .heap_ends_in_brk = true, .heap_spans = brk_heap_spans, .kfree = brk_kfree,                    \
    .block_fault = brk_block_fault, .ksize = brk_ksize, .vmalloc = brk_vmalloc,                    \
    .vfree = brk_vfree, .frames_ready = brk_frames_ready, .free_bytes = brk_free_bytes,            \
    .free_blocks = brk_free_blocks, .heap_range = brk_heap_range

static inline vaddr_t brk_kmalloc(struct mm *mm, uint32_t bytes, enum page_class page_class,
                                  const struct brk_growth *growth)
{
    vaddr_t object = VADDR_NONE;

    if (page_class != PAGES_DMA)
        object = heap_alloc_object(&brk_state_of(mm)->heap, bytes);
    return vaddr_is_none(object) ? brk_alloc_no_object(mm, bytes, page_class, growth) : object;
}

#endif
