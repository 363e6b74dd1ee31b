/*
 * The heap block allocator that `window`, `primary`, `brk` share: constant-time good fit over
 * segregated lists (after M. Masmano et al., "TLSF", ECRTS 2004) with immediate merging, 4 bytes a
 * block; and, for the small sizes that many live blocks have, pages of objects without any header.
 *
 * A heap manages one span [start, end) of virtual memory and never asks for more by itself: when a
 * request does not fit, its owner grows the span with heap_extend() and tries again. So growth is
 * the strategy's, and the heap is the same for all.
 *
 *     start                                    top                end
 *     |4| block | block | free | block | block | tail: no headers |
 *
 * A block is a 4-byte header and its payload; payloads are 8-byte aligned, and so headers stand at
 * 4 mod 8. A free block holds its list links in its first 8 bytes of payload, its size in the
 * last 4. What lies beyond the last block is the tail: nothing is ever written there, so that a
 * span may be extended over memory that is not backed yet. The block before the tail is never free.
 *
 *     header   31                      5 4  2  1  0
 *              | size / 8              | tag |PF|F |     F: free   PF: the block before is free
 *
 * The tag is a hash of the header's address, so that a pointer into a block, or a smashed header,
 * is recognised when it is freed (7 of 8 in the header itself, more with its neighbours).
 *
 * Slabs: once HEAP_SLAB_DEMAND blocks of a small size are in use, further requests get objects of a
 * slab, a page that is a used block and is cut into objects of one size (heap_slabs.h). What is
 * inside is merged with nothing, and its neighbours are not looked at; a slab whose last used
 * object is freed is given back at once, like any block. So what is free depends on what is in use
 * and nothing waits to be merged. Where there is no room for a slab, a block serves. The slab knows
 * of each 8 bytes whether a used object starts there: no other pointer is ever believed. But an
 * overrun from one object into the next meets no header, and is not seen.
 *
 * For an owner whose span is not backed everywhere: heap_alloc() and heap_resize() write only to
 * headers (and the word before one), to links and in slabs that were there before, and where a plan
 * says: HEAP_LINKED_BYTES from the header of the block, and as many from the headers of what is
 * left before and behind it. Where the block becomes a slab, its page is written as well.
 * heap_free() then writes nowhere else.
 *
 * Sizes are bytes. All functions are constant time except where said; making a slab is at most 492
 * steps, one for each of its objects.
 */
#ifndef MM_HEAP_H
#define MM_HEAP_H

#include <mm/types.h>

#define HEAP_ALIGN        8u
#define HEAP_HEADER_BYTES 4u
#define HEAP_BLOCK_MIN    16u /* header, two links, size at the end */
#define HEAP_LINKED_BYTES 12u /* header and links: what a block keeps at its start when free */
#define HEAP_REQUEST_MAX  0x30000000u /* 768 MiB: no span is longer */

/* Classes of sizes: [0, 256) in steps of 8, then [2^k, 2^(k+1)) for k = 8..29 in 32 steps each. */
#define HEAP_CLASSES 23u
#define HEAP_LISTS   32u /* lists in each */

/* Objects are of one of 39 sizes: 8, 16, ... 256 bytes in steps of 8, then those of which 14, 13,
   ... 8 fill a slab. A kind numbers a size from 1. */
#define HEAP_OBJECT_MAX   488u
#define HEAP_OBJECT_KINDS 40u

/* Used blocks that there must be of the sizes that one kind of objects serves, before such objects
   are made: a few are better off as blocks, which need no page of their own. */
#define HEAP_SLAB_DEMAND 16u

#define HEAP_PAGES_MAX (HEAP_REQUEST_MAX >> PAGE_SHIFT)

struct heap {
    uint32_t start; /* page aligned */
    uint32_t end;
    uint32_t top;                     /* where the tail begins; start + 4: no block */
    uint32_t free_bytes;              /* in free blocks, in free objects and in the tail */
    uint32_t filled;                  /* HARDEN_FULL: the tail is filled up to here, */
    uint32_t tally;                   /* and of start, end, top and filled (seal.h) */
    uint32_t classes_any;             /* classes with a free block */
    uint32_t slab[HEAP_OBJECT_KINDS]; /* the first slab with a free object; 0: none */
    uint32_t
        small_used[HEAP_OBJECT_KINDS]; /* used blocks that objects would serve; 0: all others */
    uint32_t lists_any[HEAP_CLASSES];  /* for each class, the lists with a free block */
    uint32_t list[HEAP_CLASSES][HEAP_LISTS]; /* its first free block's header; 0: empty */
    uint32_t is_slab[HEAP_PAGES_MAX / 32u];  /* a bit for each page of the span */
};
_Static_assert(sizeof(struct heap) == 4 * (7 + 2 * HEAP_OBJECT_KINDS + HEAP_CLASSES +
                                           HEAP_CLASSES * HEAP_LISTS + HEAP_PAGES_MAX / 32),
               "the same in simulated memory on every machine");

/* An empty heap whose span is [start, start). start is page aligned, not 0. */
void heap_init(struct heap *heap, vaddr_t start);

/* The span grows by `bytes`, whole pages of memory that the caller gives, to HEAP_REQUEST_MAX at
   most: panics. Writes nothing. */
void heap_extend(struct heap *heap, uint32_t bytes);

/* The span gives up its last `bytes` (a multiple of PAGE_SIZE), at most heap_tail_bytes(). */
void heap_shrink(struct heap *heap, uint32_t bytes);

/* Bytes of whole pages at the end of the span without a block: what heap_shrink() can give back. */
static inline uint32_t heap_tail_bytes(const struct heap *heap)
{
    if (heap->top == heap->start + HEAP_HEADER_BYTES)
        return heap->end - heap->start;
    return heap->end - align_up(heap->top, PAGE_SIZE);
}

/* How far to extend, in bytes of whole pages, so that a block of `bytes` <= HEAP_REQUEST_MAX
   aligned to `alignment` fits in the tail; 0 when it fits there now. */
uint32_t heap_shortfall(const struct heap *heap, uint32_t bytes, uint32_t alignment);

/* Likewise, so that a live block can be resized to `bytes` where it is; HEAP_NOT_LAST when another
   block stands behind it, or it is an object. */
#define HEAP_NOT_LAST UINT32_MAX
uint32_t heap_resize_shortfall(const struct heap *heap, vaddr_t block, uint32_t bytes);

/*
 * A block of at least `bytes`, its payload aligned to `alignment` (a power of two, 8 to
 * LARGE_PAGE_SIZE). VADDR_NONE when bytes > HEAP_REQUEST_MAX, or when neither a slab, nor the
 * lists, nor the tail serve: of the list whose blocks may or may not be large enough, within 1/32,
 * only the first eight are looked at.
 */
vaddr_t heap_alloc(struct heap *heap, uint32_t bytes, uint32_t alignment);

/*
 * Change the size of a live block where it is: shrinks, or grows into the free block or the tail
 * behind it; an object stays as it is. false when there is no room; nothing is changed then.
 */
bool heap_resize(struct heap *heap, vaddr_t block, uint32_t bytes);

/* Free a live block and merge it with its free neighbours, or with the tail. Panics where it is
   none: in the name of kfree() when the heap is that of the active memory manager. */
void heap_free(struct heap *heap, vaddr_t block);

/* Bytes that the owner of a live block may use. */
uint32_t heap_usable_bytes(const struct heap *heap, vaddr_t block);

/* NULL when block is the start of a live block; else the fact that a panic would name. */
const char *heap_pointer_fault(const struct heap *heap, vaddr_t block);

/* Where an operation will write, in ascending order. */
struct heap_plan {
    vaddr_t gap;   /* the header of what is left before the block; none when nothing is */
    vaddr_t block; /* the payload; its header stands HEAP_HEADER_BYTES before it */
    vaddr_t rest;  /* the header of what is left behind it; none when nothing is */
};

/* The plan of heap_alloc(heap, bytes, HEAP_ALIGN) as things stand; false: it would fail. The block
   is what will be returned, or is page aligned and the slab that it will be in. */
bool heap_plan_alloc(const struct heap *heap, uint32_t bytes, struct heap_plan *plan);

/* Likewise of heap_alloc(heap, bytes, alignment), alignment > HEAP_ALIGN. */
bool heap_plan_aligned(const struct heap *heap, uint32_t bytes, uint32_t alignment,
                       struct heap_plan *plan);

/* The plan of heap_resize(heap, block, bytes) as things stand; false: it would fail. */
bool heap_plan_resize(const struct heap *heap, vaddr_t block, uint32_t bytes,
                      struct heap_plan *plan);

/* Visit the free blocks but the tail, [start, start + bytes) with the header: all that have
   `at_least` bytes, and some that have less. O(blocks visited). */
void heap_for_each_free(const struct heap *heap, uint32_t at_least,
                        void (*visit)(void *context, vaddr_t start, uint32_t bytes), void *context);

/*
 * A heap in several spans: where its span can't grow, it goes on further up, and what lies between
 * is not the heap's. To the heap it is one span all the same, in which a block that nobody frees, a
 * fence, covers the hole and the words that lead back from the new span:
 *
 *     |  blocks | free |fence|         hole          | 3 words | blocks | tail |
 *                            ^ span's end            ^ the next span's start
 *
 * It costs 16 bytes, 24 at most. When the last span has no block left it can be given up: the heap
 * steps back. The other spans stay as they are: what later becomes free in a hole is not taken.
 */
struct heap_skip {
    uint32_t home;       /* where the heap starts, when it can */
    uint32_t last;       /* where the last span starts */
    uint32_t fences;     /* one less than there are spans */
    uint32_t left_bytes; /* between home and the heap's end, and not in a span */
};

/* For an empty heap. */
void heap_skip_init(struct heap_skip *skip, const struct heap *heap);

/* How long a further span must be for a block of `bytes` <= HEAP_REQUEST_MAX: whole pages. */
uint32_t heap_skip_need(uint32_t bytes);

/* An empty heap whose span is empty starts here, page aligned, home or above. */
void heap_skip_start_at(struct heap *heap, struct heap_skip *skip, vaddr_t start);

/* A heap whose span is not empty goes on in [start, start + bytes), whole pages above its end that
   the caller gives. */
void heap_skip_over(struct heap *heap, struct heap_skip *skip, vaddr_t start, uint32_t bytes);

/* Is the last span one that can be given up: not the first, and without a block? */
bool heap_skip_last_is_empty(const struct heap *heap, const struct heap_skip *skip);

/* Give it up; *span is what it was, the caller's again. The span before may have a tail now. */
struct heap_span {
    vaddr_t start;
    vaddr_t end;
};
void heap_skip_back(struct heap *heap, struct heap_skip *skip, struct heap_span *span);

/* Sum of the spans. */
static inline uint32_t heap_skip_span_bytes(const struct heap *heap, const struct heap_skip *skip)
{
    return heap->end - skip->home - skip->left_bytes;
}

/* Is a block a fence? Constant time where it is none, O(spans) where it is one. */
bool heap_skip_is_fence(const struct heap *heap, const struct heap_skip *skip, vaddr_t block);

/* The violated rule of the spans, or NULL. heap_check() first. O(spans). */
__attribute__((warn_unused_result)) const char *heap_skip_check(const struct heap *heap,
                                                                const struct heap_skip *skip);

/* The violated rule of the structure, or NULL. O(blocks). Reads only headers, links and sizes. */
__attribute__((warn_unused_result)) const char *heap_check(const struct heap *heap);

#endif
