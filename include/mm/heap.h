/*
 * The heap block allocator that `window`, `primary`, `brk`, `jump` and `migrate` share:
 * constant-time good fit over segregated lists (after M. Masmano et al., "TLSF", ECRTS 2004) with
 * immediate merging. The overhead of a block is 4 bytes. Small sizes that have many live blocks are
 * served from pages of objects without headers.
 *
 * A heap manages one span [start, end) of virtual memory and never asks for more by itself: when a
 * request does not fit, the heap's owner grows the span with heap_extend() and tries again. So only
 * the growth of the heap differs between strategies.
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
 * a used block of one page, cut into objects of one size (src/mm/heap_slabs.h). The object that was
 * freed last is used first. A slab is freed as soon as its last used object is freed. When there is
 * no room for a slab, a block serves the request; an owner that would rather grow the span asks
 * heap_slab_shortfall() first. A slab has a bit for each 8 bytes that tells if a used object starts
 * there, so every wrong pointer is recognised. An overrun from one object into the next destroys no
 * header and is not detected, but it may destroy the links of a free object.
 *
 * Sizes are bytes. All functions are constant time except where the comment says otherwise; to free
 * the last used object of a slab takes at most 493 steps, one for each object. Neither bound
 * depends on the length of the span. Panics name the function and the fact; with HARDEN_FULL
 * (harden.h), every function may also find a smashed header, link or bound and panic.
 */
#ifndef MM_HEAP_H
#define MM_HEAP_H

#include <mm/types.h>

#define HEAP_ALIGN        8u
#define HEAP_HEADER_BYTES 4u
#define HEAP_BLOCK_MIN    16u         /* header, two links, size at the end */
#define HEAP_LINKED_BYTES 12u         /* header and links at the start of a free block */
#define HEAP_REQUEST_MAX  0x30000000u /* 768 MiB: no span is longer */

/* Classes of sizes: [0, 256) in steps of 8, then [2^k, 2^(k+1)) for k = 8..29 in 32 steps each. */
#define HEAP_CLASSES 23u
#define HEAP_LISTS   32u /* lists in each class */

/* The lists of all classes in a row, up to that of HEAP_REQUEST_MAX. */
#define HEAP_LISTS_USED ((HEAP_CLASSES - 1u) * HEAP_LISTS + 17u)

/* Objects have one of 39 sizes: 8, 16, ... 256 bytes in steps of 8, then the sizes of which 14, 13,
   ... 8 fill a slab. A kind is the number of a size, from 1. */
#define HEAP_OBJECT_MAX   488u
#define HEAP_OBJECT_KINDS 40u

/* The first slab for a kind is made when this many blocks of its sizes are in use. Fewer blocks
   need less memory without a slab, which takes a whole page. */
#define HEAP_SLAB_DEMAND 16u

/* A map for each group of pages tells which pages are slabs. */
#define HEAP_GROUP_PAGES 512u
#define HEAP_GROUPS      ((HEAP_REQUEST_MAX >> PAGE_SHIFT) / HEAP_GROUP_PAGES)

/* No page has this address. (0 is that of the page of a pointer near NULL.) */
#define HEAP_NO_SLAB 1u

/* 4 KiB, whatever the span. */
struct heap {
    uint32_t object[HEAP_OBJECT_KINDS]; /* the first free object; 0: none */
    uint32_t start;                     /* page aligned */
    uint32_t end;
    uint32_t top;           /* where the tail begins; start + 4: no block */
    uint32_t free_bytes;    /* bytes in free blocks, in free objects and in the tail */
    uint32_t filled;        /* HARDEN_FULL: the tail is filled up to here */
    uint32_t tally;         /* HARDEN_FULL: checksum of start, end, top and filled (seal.h) */
    uint32_t slab_freed_in; /* the slab of the last object that was freed, or HEAP_NO_SLAB */
    uint32_t classes_any;   /* classes with a free block */
    uint32_t
        small_used[HEAP_OBJECT_KINDS]; /* used blocks of sizes that objects serve; [0]: others */
    uint32_t lists_any[HEAP_CLASSES];  /* for each class, the lists with a free block */
    uint32_t list[HEAP_LISTS_USED];    /* first free block of each list; 0: empty */
    uint16_t leader[HEAP_GROUPS]; /* 1 + the page, in its group, of the slab with the group's map;
                                     0: the group has no slab */
};
_Static_assert(sizeof(struct heap) == 4096,
               "the layout in simulated memory is the same on every machine");

/* Makes an empty heap whose span is [start, start). start is page aligned and not 0. O(size of
   struct heap) */
void heap_init(struct heap *heap, vaddr_t start);

/* Grows the span by `bytes`: whole pages at its end that the caller gives, which need no frames
   yet. Panics if the span would be longer than HEAP_REQUEST_MAX. */
void heap_extend(struct heap *heap, uint32_t bytes);

/* Removes the last `bytes`, a multiple of PAGE_SIZE, from the span, and returns them to the caller.
   Panics if bytes > heap_tail_bytes(). The caller must flush the TLB entries if it unmaps the
   pages. */
void heap_shrink(struct heap *heap, uint32_t bytes);

/* Returns how many bytes heap_shrink() can remove: the whole pages at the end of the span without a
   block. */
static inline uint32_t heap_tail_bytes(const struct heap *heap)
{
    if (heap->top == heap->start + HEAP_HEADER_BYTES)
        return heap->end - heap->start;
    return heap->end - align_up(heap->top, PAGE_SIZE);
}

/* Returns by how many bytes, whole pages, the span must grow so that a block of `bytes` <=
   HEAP_REQUEST_MAX aligned to `alignment` fits into the tail; 0 if it fits now. */
uint32_t heap_shortfall(const struct heap *heap, uint32_t bytes, uint32_t alignment);

/* Returns by how many bytes, whole pages, the span must grow so that heap_alloc() of `bytes` has
   room for the slab that it would make; 0 if it has room, or would make none. Call it if no object
   of the size is free. */
uint32_t heap_slab_shortfall(const struct heap *heap, uint32_t bytes);

/* Returns by how many bytes the span must grow so that heap_resize() to `bytes` <= HEAP_REQUEST_MAX
   succeeds; 0 if it succeeds now. Returns HEAP_NOT_LAST if growing does not help, because another
   block follows or the block is an object of a slab. Panics if block is not live. */
#define HEAP_NOT_LAST UINT32_MAX
uint32_t heap_resize_shortfall(const struct heap *heap, vaddr_t block, uint32_t bytes);

/*
 * Returns the payload of a block of at least `bytes`, aligned to `alignment` (a power of two, 8 to
 * LARGE_PAGE_SIZE). Returns VADDR_NONE, with nothing changed, if bytes > HEAP_REQUEST_MAX, or if no
 * slab, no list and not the tail has room. In lists whose sizes differ by up to 1/32, only the
 * first eight blocks are examined.
 */
vaddr_t heap_alloc(struct heap *heap, uint32_t bytes, uint32_t alignment);

/* Changes the size of a live block in place: the block shrinks, or grows into the free block or the
   tail behind it. An object of a slab keeps its size. Returns false, with nothing changed, if there
   is no room or bytes > HEAP_REQUEST_MAX. Panics if block is not live. */
bool heap_resize(struct heap *heap, vaddr_t block, uint32_t bytes);

/* Frees a live block and merges it with its free neighbours, or with the tail. Panics if block is
   not live; the panic names kfree() if the heap belongs to the active memory manager. */
void heap_free(struct heap *heap, vaddr_t block);

/* Returns how many bytes the owner of a live block may use. Panics if block is not live. */
uint32_t heap_usable_bytes(const struct heap *heap, vaddr_t block);

/* Returns NULL if block is the start of a live block, else the fact that a panic would name. */
const char *heap_pointer_fault(const struct heap *heap, vaddr_t block);

/* Calls visit() for every free block of `at_least` bytes or more, and for some smaller ones, but
   not for the tail. [start, start + bytes) includes the header. O(blocks visited). */
void heap_for_each_free(const struct heap *heap, uint32_t at_least,
                        void (*visit)(void *context, vaddr_t start, uint32_t bytes), void *context);

/* Returns the violated rule, or NULL. Reads only headers, links and sizes. O(blocks). */
__attribute__((warn_unused_result)) const char *heap_check(const struct heap *heap);

#endif
