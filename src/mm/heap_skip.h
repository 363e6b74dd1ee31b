/*
 * A heap in several spans. When its span cannot grow, the heap continues at a higher address; the
 * hole between the two spans does not belong to the heap. The heap still sees one span, because a
 * used block that is never freed, the fence, covers the hole. The fence also covers the head of the
 * new span: three words that name the fence and the span before.
 *
 *     |  blocks | free |fence|         hole          |  head   | blocks | tail |
 *                            ^ span's end            ^ the next span's start
 *
 * A new span costs 16 to 24 bytes. When the last span has no block left, it can be removed. The
 * other spans do not change: the heap does not use frames that become free in a hole.
 */
#ifndef HEAP_SKIP_H
#define HEAP_SKIP_H

#include <mm/heap.h>
#include <mm/strategy.h>

struct heap_skip {
    uint32_t home;       /* lowest address at which the first span may start */
    uint32_t last;       /* where the last span starts */
    uint32_t fences;     /* number of fences: one for each span except the first */
    uint32_t left_bytes; /* bytes between home and the heap's end that are in no span */
};

/* The bytes [start, end). */
struct heap_span {
    vaddr_t start;
    vaddr_t end;
};

/* Starts with one span. The heap is empty, and home is its start. */
void heap_skip_init(struct heap_skip *skip, const struct heap *heap);

/* Returns the bytes, in whole pages, that a further span needs for a block of `bytes` <=
   HEAP_REQUEST_MAX. */
uint32_t heap_skip_need(uint32_t bytes);

/* Moves the start of a heap. Panics if its span is not empty. start is page aligned and not below
   home. */
void heap_skip_start_at(struct heap *heap, struct heap_skip *skip, vaddr_t start);

/* Adds the span [start, start + bytes): whole pages above the heap's end that the caller gives. The
   heap's span must not be empty. */
void heap_skip_over(struct heap *heap, struct heap_skip *skip, vaddr_t start, uint32_t bytes);

/* Tells if the last span can be removed: it is not the first, and has no block. */
bool heap_skip_last_is_empty(const struct heap *heap, const struct heap_skip *skip);

/* Removes the last span, for which heap_skip_last_is_empty() is true, and returns it in *span to
   the caller. The span before it may have a tail now. Panics if its head or
   the fence is smashed. */
void heap_skip_back(struct heap *heap, struct heap_skip *skip, struct heap_span *span);

/* Returns the sum of the lengths of the spans. */
static inline uint32_t heap_skip_span_bytes(const struct heap *heap, const struct heap_skip *skip)
{
    return heap->end - skip->home - skip->left_bytes;
}

/* Tells if a block is a fence. Constant time if it is none, O(spans) if it is one. */
bool heap_skip_is_fence(const struct heap *heap, const struct heap_skip *skip, vaddr_t block);

/* Calls visit() for each span that is not empty, the highest first. O(spans). */
void heap_skip_spans(const struct heap *heap, const struct heap_skip *skip, span_visit *visit,
                     void *context);

/* Returns the violated rule of the spans, or NULL. heap_check() must have passed. O(spans). */
__attribute__((warn_unused_result)) const char *heap_skip_check(const struct heap *heap,
                                                                const struct heap_skip *skip);

#endif
