/*
 * A heap in several spans. Where its span can't grow, the heap goes on further up; the hole between
 * the two spans is not the heap's. For the heap it is still one span: a block that nobody frees,
 * the fence, covers the hole and the three words at the start of the new span, which lead back to
 * the span before.
 *
 *     |  blocks | free |fence|         hole          | 3 words | blocks | tail |
 *                            ^ span's end            ^ the next span's start
 *
 * A step costs 16 to 24 bytes. When the last span has no block left, the heap can give it up and
 * step back. The other spans stay as they are: frames that become free in a hole are not used.
 */
#ifndef HEAP_SKIP_H
#define HEAP_SKIP_H

#include <mm/heap.h>

struct heap_skip {
    uint32_t home;       /* where the first span starts, when it can */
    uint32_t last;       /* where the last span starts */
    uint32_t fences;     /* one for each span but the first */
    uint32_t left_bytes; /* bytes between home and the heap's end that are in no span */
};

/* The bytes [start, end). */
struct heap_span {
    vaddr_t start;
    vaddr_t end;
};

/* The heap is empty, and home is where it starts. */
void heap_skip_init(struct heap_skip *skip, const struct heap *heap);

/* The bytes that a further span needs for a block of `bytes` <= HEAP_REQUEST_MAX: whole pages. */
uint32_t heap_skip_need(uint32_t bytes);

/* Moves the start of a heap whose span is empty: panics. start is page aligned, home or above. */
void heap_skip_start_at(struct heap *heap, struct heap_skip *skip, vaddr_t start);

/* Adds the span [start, start + bytes): whole pages above the heap's end that the caller gives. The
   heap's span is not empty. */
void heap_skip_over(struct heap *heap, struct heap_skip *skip, vaddr_t start, uint32_t bytes);

/* Can the last span be given up: is it not the first, and has it no block? */
bool heap_skip_last_is_empty(const struct heap *heap, const struct heap_skip *skip);

/* Gives the last span up, which heap_skip_last_is_empty() found so. *span is what it was, and the
   caller's again. The span before it may have a tail now. Panics when the words that lead back, or
   the fence, are smashed. */
void heap_skip_back(struct heap *heap, struct heap_skip *skip, struct heap_span *span);

/* The sum of the spans. */
static inline uint32_t heap_skip_span_bytes(const struct heap *heap, const struct heap_skip *skip)
{
    return heap->end - skip->home - skip->left_bytes;
}

/* Is a block a fence? Constant time when it is none, O(spans) when it is one. */
bool heap_skip_is_fence(const struct heap *heap, const struct heap_skip *skip, vaddr_t block);

/* The violated rule of the spans, or NULL; heap_check() must have passed. O(spans) */
__attribute__((warn_unused_result)) const char *heap_skip_check(const struct heap *heap,
                                                                const struct heap_skip *skip);

#endif
