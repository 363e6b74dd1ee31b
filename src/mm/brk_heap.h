/*
 * What `brk`, `jump` and `migrate` share: a sorted page list whose pages go out from the high end,
 * and a heap at the low end that grows by moving brk up over exactly the frames above it. They
 * differ in what they do when a used frame stands in the way.
 *
 *     4 MiB                 16 MiB                            768 MiB
 *     | heap -> brk       DMA |        LOW     <- pages | metadata |   HIGH   <- pages |
 *
 * The heap starts at the bottom of low memory, as far from the pages as there is room, and knows no
 * zones. Blocks that must lie below 16 MiB are whole pages of DMA, taken from the high end as pages
 * are (brk_dma.c).
 */
#ifndef BRK_HEAP_H
#define BRK_HEAP_H

#include <mm/frames_sorted.h>
#include <mm/heap.h>
#include <mm/strategy.h>
#include <mm/vmalloc.h>

#include "heap_skip.h"

struct brk_state {
    struct frames_sorted frames;
    struct heap heap;      /* its end is brk */
    struct heap_skip skip; /* its spans; one, but in `jump` */
    uint32_t limit;        /* frame that brk can't pass: the end of RAM, or of the direct map */
    uint32_t dma_frames;   /* of blocks below 16 MiB: they count as the heap's */
    struct vmalloc_space vmalloc;
};

/* What a strategy does when the heap needs room. */
struct brk_growth {
    /* Move brk up by `bytes`, whole pages. false: it can't, and all is as before. */
    bool (*extend)(struct mm *mm, uint32_t bytes);
    /* It could not: find room for a block of `bytes` elsewhere. May be NULL. */
    bool (*elsewhere)(struct mm *mm, uint32_t bytes);
    /* The lowest frame that keeps brk from moving up to `end`; there is one. */
    pfn_t (*blocker)(struct mm *mm, pfn_t end);
};

static inline struct brk_state *brk_state_of(struct mm *mm)
{
    return mm->state;
}

/* The frame above the heap's last. */
static inline pfn_t brk_frame(struct mm *mm)
{
    return paddr_to_pfn(direct_map_inverse(vaddr(brk_state_of(mm)->heap.end)));
}

/* The state, in metadata, `bytes` long with what the strategy keeps behind struct brk_state; the
   frames; the heap, in the largest run of low memory. false: no room. */
bool brk_heap_init(struct mm *mm, uint32_t bytes);

/* Place the empty heap elsewhere: it may grow from frame `start` to frame `limit`. */
void brk_heap_place(struct mm *mm, pfn_t start, pfn_t limit);

/* The frames [start, end) are taken, and become the heap's: `owner` says of its span, or of a block
   of its own. The heap has let frames go: they are free. Owners and counters follow. O(frames) */
void brk_frames_taken(struct mm *mm, pfn_t start, pfn_t end, enum frame_owner owner);
void brk_frames_given(struct mm *mm, pfn_t start, pfn_t end);

/* Bytes in the heap's spans, and in blocks below 16 MiB. */
uint32_t brk_span_bytes(const struct brk_state *state);

/* Note why no run of so many frames is free in the zones up to `top`. */
void brk_fail_range(struct mm *mm, uint32_t frames, enum zone top);

/* Growth over free frames, and what stands in its way when they are not. */
bool brk_extend_free(struct mm *mm, uint32_t bytes);
pfn_t brk_first_used(struct mm *mm, pfn_t end);

/* Blocks below 16 MiB. Is an address the start of one, or of a block of the heap, if of any? */
bool brk_is_dma(struct mm *mm, vaddr_t block);
vaddr_t brk_dma_alloc(struct mm *mm, uint32_t bytes);
void brk_dma_free(struct mm *mm, vaddr_t block);
uint32_t brk_dma_usable_bytes(vaddr_t block);

/* struct strategy's functions. Those that may grow the heap need to know how. */
vaddr_t brk_alloc_growing(struct mm *mm, uint32_t bytes, enum page_class page_class,
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
const char *brk_check(struct mm *mm);

/* Those that all three have as they are. */
#define BRK_OPERATIONS                                                                             \
    .kfree = brk_kfree, .block_fault = brk_block_fault, .ksize = brk_ksize,                        \
    .vmalloc = brk_vmalloc, .vfree = brk_vfree, .frames_ready = brk_frames_ready,                  \
    .free_bytes = brk_free_bytes, .free_blocks = brk_free_blocks, .heap_range = brk_heap_range

static inline vaddr_t brk_kmalloc(struct mm *mm, uint32_t bytes, enum page_class page_class,
                                  const struct brk_growth *growth)
{
    vaddr_t block = VADDR_NONE;

    if (page_class != PAGES_DMA)
        block = heap_alloc(&brk_state_of(mm)->heap, bytes, HEAP_ALIGN);
    return vaddr_is_none(block) ? brk_alloc_growing(mm, bytes, page_class, growth) : block;
}

#endif
