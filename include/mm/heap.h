/*
 * The heap block allocator that `window`, `primary`, `brk`, `jump` and `migrate` share:
 * constant-time good fit over segregated lists (after M. Masmano et al., "TLSF", ECRTS 2004) with
 * immediate merging. A block costs 4 bytes. Small sizes of which there are many live blocks are
 * served from pages of objects that have no header.
 *
 * A heap manages one span [start, end) of virtual memory and never asks for more by itself: when a
 * request does not fit, the heap's owner grows the span with heap_extend() and tries again. So a
 * strategy decides how its heap grows, and everything else is the same for all.
 *
 *     start                                    top                end
 *     |4| block | block | free | block | block | tail: no headers |
 *
 * A block is a 4-byte header and its payload. Payloads are 8-byte aligned, so headers stand at
 * 4 mod 8. A free block holds its list links in the first 8 bytes of its payload, and its size in
 * the last 4. The tail begins behind the last block. Nothing is ever written to the tail, so a span
 * may be extended over memory that has no frames yet. The block before the tail is never free.
 *
 *     header   31                      5 4  2  1  0
 *              | size / 8              | tag |PF|F |     F: free   PF: the block before is free
 *
 * The tag is a hash of the header's address. By it, heap_free() recognises a smashed header, or a
 * pointer into a block, in 7 of 8 cases; the neighbours' headers reveal most of the others.
 *
 * Once HEAP_SLAB_DEMAND blocks of a small size are in use, further requests get objects of a slab:
 * a used block of one page, cut into objects of one size (src/mm/heap_slabs.h). A slab whose last
 * used object is freed is given back at once, like any block; so nothing waits to be merged. When
 * there is no room for a slab, a block serves the request. The slab knows of each 8 bytes whether a
 * used object starts there, so every other pointer is recognised. An overrun from one object into
 * the next meets no header, and is not seen.
 *
 * Sizes are bytes. All functions are constant time except where said; to make a slab takes at most
 * 492 steps, one for each object. Panics name the function and the fact; with HARDEN_FULL
 * (harden.h), every function may also find a smashed header, link or bound and panic.
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

/* Objects have one of 39 sizes: 8, 16, ... 256 bytes in steps of 8, then the sizes of which 14, 13,
   ... 8 fill a slab. A kind is the number of a size, from 1. */
#define HEAP_OBJECT_MAX   488u
#define HEAP_OBJECT_KINDS 40u

/* A kind of objects is made once so many blocks of its sizes are in use. Fewer are better off as
   blocks, which need no page of their own. */
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

/* Makes an empty heap whose span is [start, start). start is page aligned and not 0. O(size of
   struct heap) */
void heap_init(struct heap *heap, vaddr_t start);

/* Grows the span by `bytes`: whole pages at its end that the caller gives, and that need no frames
   yet. Panics when the span would be longer than HEAP_REQUEST_MAX. */
void heap_extend(struct heap *heap, uint32_t bytes);

/* Takes the last `bytes`, a multiple of PAGE_SIZE, from the span; they are the caller's again.
   Panics when they are more than heap_tail_bytes(). The pages may stay in the TLB: flushing is up
   to whoever unmaps them. */
void heap_shrink(struct heap *heap, uint32_t bytes);

/* Bytes of whole pages at the end of the span without a block: what heap_shrink() can give back. */
static inline uint32_t heap_tail_bytes(const struct heap *heap)
{
    if (heap->top == heap->start + HEAP_HEADER_BYTES)
        return heap->end - heap->start;
    return heap->end - align_up(heap->top, PAGE_SIZE);
}

/* How far to extend the span, in bytes of whole pages, so that a block of `bytes` <=
   HEAP_REQUEST_MAX aligned to `alignment` fits into the tail; 0 when it fits now. */
uint32_t heap_shortfall(const struct heap *heap, uint32_t bytes, uint32_t alignment);

/* How far to extend the span so that heap_resize() to `bytes` <= HEAP_REQUEST_MAX succeeds; 0 when
   it does now. HEAP_NOT_LAST: extending does not help, because another block stands behind this
   one, or it is an object of a slab. Panics when block is not live. */
#define HEAP_NOT_LAST UINT32_MAX
uint32_t heap_resize_shortfall(const struct heap *heap, vaddr_t block, uint32_t bytes);

/*
 * Returns the payload of a block of at least `bytes`, aligned to `alignment` (a power of two, 8 to
 * LARGE_PAGE_SIZE). VADDR_NONE: bytes > HEAP_REQUEST_MAX, or no slab, no list and not the tail has
 * room; nothing is changed. Some lists hold sizes that differ by 1/32, so that some blocks fit and
 * some do not: the first eight of such a list are looked at.
 */
vaddr_t heap_alloc(struct heap *heap, uint32_t bytes, uint32_t alignment);

/*
 * Changes the size of a live block where it is: the block shrinks, or grows into the free block or
 * the tail behind it. An object of a slab keeps its size. false: there is no room, or bytes >
 * HEAP_REQUEST_MAX; nothing is changed. Panics when block is not live.
 */
bool heap_resize(struct heap *heap, vaddr_t block, uint32_t bytes);

/* Frees a live block and merges it with its free neighbours, or with the tail. Panics when block is
   not live; in the name of kfree() when the heap is the active memory manager's. */
void heap_free(struct heap *heap, vaddr_t block);

/* The bytes that the owner of a live block may use. Panics when block is not live. */
uint32_t heap_usable_bytes(const struct heap *heap, vaddr_t block);

/* NULL when block is the start of a live block, else the fact that a panic would name. */
const char *heap_pointer_fault(const struct heap *heap, vaddr_t block);

/* Calls visit() for the free blocks, [start, start + bytes) including the header, but not for the
   tail: for all that have `at_least` bytes, and for some that have less. O(blocks visited) */
void heap_for_each_free(const struct heap *heap, uint32_t at_least,
                        void (*visit)(void *context, vaddr_t start, uint32_t bytes), void *context);

/* The violated rule, or NULL. Reads only headers, links and sizes. O(blocks) */
__attribute__((warn_unused_result)) const char *heap_check(const struct heap *heap);

#endif
