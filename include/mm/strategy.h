/*
 * What the author of a strategy needs: the functions that a strategy is made of, and the services
 * that it uses. README.md of this folder explains how to write one, with a complete example.
 *
 * A strategy is a frame allocator and a way to grow the heap: one source file in src/mm and one
 * line in src/mm/strategy_table.h. A kernel never calls these functions. It calls those of mm.h,
 * which check the arguments and then call the strategy.
 */
#ifndef MM_STRATEGY_H
#define MM_STRATEGY_H

#include <mm/machine.h>
#include <mm/mm.h>

/* Kernel addresses, [start, end). */
struct vaddr_range {
    vaddr_t start;
    vaddr_t end;
};

/* Receives a span of kernel addresses, [start, end). */
typedef void span_visit(void *context, vaddr_t start, vaddr_t end);

/* The operations of a strategy. A function without a comment has the contract of the function of
   the same name in mm.h, its bounds included. A call that fails must call mm_fail() with its one
   cause and leave the state unchanged. */
struct strategy {
    const char *name;
    const char *source; /* where the idea comes from */
    const char *frames; /* what allocates frames, in a few words */
    const char *heap;   /* how the heap grows, in a few words */

    bool vmalloc_in_heap;  /* the heap serves vmalloc(), and counts it as its payload */
    bool segments;         /* the machine has kseg0 and kseg1 (layout.h) */
    bool heap_ends_in_brk; /* the heap grows by moving the end of its highest span */

    /* Carves the state with mm_carve(), and adopts the frames that remain in mm->map. Returns false
       if there is no room. */
    bool (*init)(struct mm *mm);

    vaddr_t (*kmalloc)(struct mm *mm, uint32_t bytes, enum page_class page_class);
    /* Panics by misuse_block() if block is not the start of a live block. */
    void (*kfree)(struct mm *mm, vaddr_t block);
    /* Returns the fact that kfree() would name in its panic; NULL if block is the start of a live
       block. krealloc() and ksize() are called with live blocks only. */
    const char *(*block_fault)(struct mm *mm, vaddr_t block);
    vaddr_t (*krealloc)(struct mm *mm, vaddr_t block, uint32_t bytes);
    uint32_t (*ksize)(struct mm *mm, vaddr_t block);

    /* The caller records the owner of the frames: see mm_pages_take(). */
    pfn_t (*pages_alloc)(struct mm *mm, uint32_t order, enum page_class page_class);
    void (*pages_free)(struct mm *mm, pfn_t first, uint32_t order);
    /* Allows the strategy to move the block of pages that begins at `first`; src/mm/movable.h
       explains `holder`. NULL: the strategy moves no pages. */
    void (*pages_hold)(struct mm *mm, pfn_t first, uint32_t holder);

    vaddr_t (*vmalloc)(struct mm *mm, uint32_t bytes);
    void (*vfree)(struct mm *mm, vaddr_t block);
    /* Returns how many bytes the owner of an area may use, 0 if no area starts at block. NULL: an
       area ends where its mapped pages end. */
    uint32_t (*area_bytes)(struct mm *mm, vaddr_t block);

    bool (*frames_ready)(struct mm *mm, uint32_t low, uint32_t user);   /* may be NULL */
    bool (*page_fault)(struct mm *mm, vaddr_t va, uint32_t error_code); /* may be NULL */

    uint64_t (*free_bytes)(struct mm *mm);
    void (*free_blocks)(struct mm *mm, struct free_blocks *blocks);
    /* Stores the i-th range of addresses that the heap may grow to, for maps of memory. Returns
       false if there are fewer ranges. */
    bool (*heap_range)(struct mm *mm, uint32_t i, struct vaddr_range *range);
    /* Calls visit() for each span that the heap has at present and that is not empty, the highest
       first. NULL: the heap has no spans, because it consists of pages from anywhere. O(spans). */
    void (*heap_spans)(struct mm *mm, span_visit *visit, void *context);
    /* Returns the violated rule, or NULL. */
    const char *(*check)(struct mm *mm);
};

/* Returns the end of LOW under a strategy. */
static inline pfn_t strategy_low_end(const struct strategy *strategy)
{
    return pfn(strategy->segments ? KSEG_END_PFN : LOW_END_PFN);
}

/* Returns the highest zone of a class, which may take frames from the zones up to this one. */
static inline enum zone class_top_zone(enum page_class page_class)
{
    return page_class == PAGES_DMA ? ZONE_DMA : page_class == PAGES_LOW ? ZONE_LOW : ZONE_HIGH;
}

/* A heap that has this many free bytes at its end returns them. It keeps fewer, so that alternating
   calls do not grow and shrink the heap each time. */
#define HEAP_TRIM_BYTES 0x10000u

/* ---- the start ---- */

/* Return metadata for the state or tables of a strategy, inside init() only: whole pages of the
   direct map, which are not cleared and never freed. Return NULL or VADDR_NONE if there is no room.
   O(ranges of the memory map). */
void *mm_carve(struct mm *mm, uint32_t bytes);
vaddr_t mm_carve_address(struct mm *mm, uint32_t bytes);

/* ---- failures and panics ---- */

/* Records why a call fails. The call then returns the "none" of its type. */
static inline void mm_fail(struct mm *mm, enum mm_cause cause, pfn_t blocker)
{
    struct mm_access no_access = {{0}, 0, MM_ACCESS_NULL, 0, 0, 0};

    mm->failure.cause = cause;
    mm->failure.blocker = blocker;
    mm->failure.access = no_access;
}

/*
 * Panics in the name of `call`, a function of mm.h, because block is not the start of a live block
 * of kmalloc(). The message is `fault` if the frame belongs to kmalloc(), else the use of the
 * frame:
 *
 *     panic: kfree: frame 0x0101a is a page table
 */
_Noreturn void misuse_block(const struct mm *mm, const char *call, vaddr_t block,
                            const char *fault);

/* ---- counters ---- */

/* Count frames that are allocated or freed, and update the peak. */
static inline void mm_count_frames_taken(struct mm *mm, uint32_t frames)
{
    mm->counters.frames_used += frames;
    if (mm->counters.frames_used > mm->counters.frames_used_peak)
        mm->counters.frames_used_peak = mm->counters.frames_used;
}

static inline void mm_count_frames_given(struct mm *mm, uint32_t frames)
{
    mm->counters.frames_used -= frames;
}

/* Records the length of the heap, and updates the peak. */
static inline void mm_count_heap_span(struct mm *mm, uint32_t span_bytes)
{
    mm->counters.heap_span_bytes = span_bytes;
    if (span_bytes > mm->counters.heap_span_peak_bytes)
        mm->counters.heap_span_peak_bytes = span_bytes;
}

/* Records the number of spans and the bytes between them, and updates the peaks. */
static inline void mm_count_heap_left(struct mm *mm, uint32_t spans, uint32_t left_bytes)
{
    mm->counters.heap_spans = spans;
    if (spans > mm->counters.heap_spans_peak)
        mm->counters.heap_spans_peak = spans;
    mm->counters.heap_left_bytes = left_bytes;
    if (left_bytes > mm->counters.heap_left_peak_bytes)
        mm->counters.heap_left_peak_bytes = left_bytes;
}

/* Resets the peaks to those of `before`, the counters at the start of a call that took frames and
   then failed. */
static inline void mm_restore_peaks(struct mm *mm, const struct mm_counters *before)
{
    mm->counters.frames_used_peak = before->frames_used_peak;
    mm->counters.heap_span_peak_bytes = before->heap_span_peak_bytes;
}

/* ---- who has a frame ---- */

/* The owners of frames: the kinds of frame_owner.h, divided further by the function that may free
   the frame. */
enum frame_owner {
    OWNER_FREE,
    OWNER_DEVICE,
    OWNER_RESERVED,
    OWNER_METADATA,
    OWNER_PAGE_TABLE,
    OWNER_KERNEL,     /* pages_alloc(), of PAGES_LOW or PAGES_DMA */
    OWNER_PAGES_USER, /* pages_alloc(), of PAGES_USER */
    OWNER_HEAP,       /* in the span of a heap */
    OWNER_BLOCK,      /* in a block of kmalloc() that is whole frames */
    OWNER_SLAB,
    OWNER_VMALLOC,
    OWNER_USER, /* a page of a process */
    OWNER_COUNT
};
#define OWNERS_MAX 16u /* the values of 4 bits, even in a smashed map */

/* A block of 2^order frames and its owner. */
struct owned_block {
    enum frame_owner owner;
    uint32_t order;
    pfn_t first;
};

/* Returns the block that contains a frame. Constant time, at most 11 loads. */
struct owned_block owner_of(const struct mm *mm, pfn_t frame);

/* Records the owner of the frames [start, end), each as a block of order 0. O(frames). */
void owner_set_range(struct mm *mm, pfn_t start, pfn_t end, enum frame_owner owner);

/* Counts the frames of RAM by owner. O(frames). */
struct owner_counts {
    uint32_t frames[OWNERS_MAX];
};
void owners_count(const struct mm *mm, struct owner_counts *counts);

/* ---- pages ---- */

/*
 * Call the strategy's pages_alloc() and pages_free(), and record the owner of the block. Every part
 * that needs frames calls these: vmalloc(), processes, slabs, or the strategy itself. A strategy
 * that takes frames for its heap in another way calls owner_set_range(). mm_pages_take() fails as
 * pages_alloc() does.
 */
pfn_t mm_pages_take(struct mm *mm, uint32_t order, enum page_class page_class,
                    enum frame_owner owner);
void mm_pages_give(struct mm *mm, pfn_t first, uint32_t order);

/*
 * Prepares a call that needs several single frames or none: makes sure that requests for `low`
 * frames of PAGES_LOW and `user` frames of PAGES_USER will all succeed, in any order. Returns
 * false, with the cause recorded and nothing else changed, if they would not. Constant time, plus
 * the time to free the pages at the heap's end.
 *
 * A strategy needs a frames_ready() if it serves requests with pages from its heap's end or from a
 * cache. Without one the result is always true: a call that fails half-way frees the frames that it
 * took, which restores the state.
 */
bool mm_frames_ready(struct mm *mm, uint32_t low, uint32_t user);

/* Records that a page is mapped by one entry of a page table, at the physical address `entry` in
   the direct map, until the page is freed. The strategy may move the page until then. */
static inline void mm_page_mapped(struct mm *mm, pfn_t frame, paddr_t entry)
{
    if (mm->strategy->pages_hold != NULL)
        mm->strategy->pages_hold(mm, frame, entry.value);
}

/* Copies bytes, rounded up to whole words, between 8-byte aligned blocks that do not overlap.
   O(bytes). */
static inline void copy_words(vaddr_t to, vaddr_t from, uint32_t bytes)
{
    uint32_t *target = (uint32_t *)machine_pointer(to);
    const uint32_t *source = (const uint32_t *)machine_pointer(from);

    for (uint32_t i = 0; i < (bytes + 3u) / 4u; i++)
        target[i] = source[i];
}

#endif
