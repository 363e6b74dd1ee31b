#include "heap_skip.h"
#include "heap_blocks.h"

/* The first three words of each span except the first span. The span's first header follows. */
struct lead {
    uint32_t fence;      /* the header of the fence before this span */
    uint32_t span_start; /* the span before this one */
    uint32_t span_end;
};
_Static_assert(sizeof(struct lead) % HEAP_ALIGN == HEAP_HEADER_BYTES,
               "behind it a header stands where headers do");

static struct lead *lead_of(uint32_t span_start)
{
    return machine_pointer(vaddr(span_start));
}

static uint32_t first_header(uint32_t span_start)
{
    return span_start + (uint32_t)sizeof(struct lead);
}

void heap_skip_init(struct heap_skip *skip, const struct heap *heap)
{
    *skip = (struct heap_skip){.home = heap->start, .last = heap->start};
}

uint32_t heap_skip_need(uint32_t bytes)
{
    return align_up(first_header(0) + block_size(bytes), PAGE_SIZE);
}

void heap_skip_start_at(struct heap *heap, struct heap_skip *skip, vaddr_t start)
{
    MM_ASSERT(heap->start == heap->end);
    heap_init(heap, start);
    skip->last = start.value;
    skip->left_bytes = start.value - skip->home;
}

/*
 * The old span's tail becomes a free block if there is room for the block and for the fence:
 *
 *     | used | tail   end|  hole  |start  |        becomes
 *     | used | free |fence                | tail |
 */
void heap_skip_over(struct heap *heap, struct heap_skip *skip, vaddr_t start, uint32_t bytes)
{
    struct lead lead = {.span_start = skip->last, .span_end = heap->end};
    uint32_t before = heap->top;
    uint32_t spare = heap->end - HEAP_HEADER_BYTES - before;

    heap_extend(heap, start.value + bytes - heap->end);
    if (spare >= HEAP_BLOCK_MIN)
        (void)block_from_tail(heap, spare);
    lead.fence = block_from_tail(heap, first_header(start.value) - heap->top);
    if (spare >= HEAP_BLOCK_MIN)
        heap_free(heap, vaddr(before + HEAP_HEADER_BYTES));
    *lead_of(start.value) = lead;
    skip->last = start.value;
    skip->left_bytes += start.value - lead.span_end;
    skip->fences++;
}

bool heap_skip_last_is_empty(const struct heap *heap, const struct heap_skip *skip)
{
    return skip->fences != 0 && heap->top == first_header(skip->last);
}

/* HARDEN_FULL: panics unless the first words of a span lead to a span that lies before it. */
static const struct lead *lead_back(uint32_t span_start, const char *function)
{
    const struct lead *lead = lead_of(span_start);

    if (MM_HARDENING >= HARDEN_FULL &&
        (lead->span_start >= lead->span_end || lead->span_end >= span_start ||
         lead->fence < lead->span_start || lead->fence >= lead->span_end))
        machine_panic(function, "a span does not lead back to one before it", span_start);
    return lead;
}

/* Frees a fence. Unlike heap_free(), this does not fill the hole, because the hole is not the
   heap's memory. */
static void fence_free(struct heap *heap, uint32_t fence, uint32_t span_end)
{
    const char *fault = heap_pointer_fault(heap, vaddr(fence + HEAP_HEADER_BYTES));

    if (fault != NULL)
        machine_panic("heap_skip_back", fault, fence);
    verify_tail(heap, heap->top, heap->end);
    fill_range(fence + HEAP_HEADER_BYTES, span_end);
    block_give(heap, fence, *word_at(fence));
    if (MM_HARDENING >= HARDEN_FULL)
        heap_set_filled(heap, span_end);
}

/* The fence is freed like any block: it joins the tail, and so does a free block before it. */
void heap_skip_back(struct heap *heap, struct heap_skip *skip, struct heap_span *span)
{
    const struct lead lead = *lead_back(skip->last, __func__);

    *span = (struct heap_span){vaddr(skip->last), vaddr(heap->end)};
    fence_free(heap, lead.fence, lead.span_end);
    heap_shrink(heap, heap->end - lead.span_end);
    skip->left_bytes -= skip->last - lead.span_end;
    skip->last = lead.span_start;
    skip->fences--;
}

/*
 * A fence ends where the first words of a span end, and these words have the fence's address. Other
 * blocks may end at such a place by chance, and may contain words that look the same. So the walk
 * over all spans decides.
 */
bool heap_skip_is_fence(const struct heap *heap, const struct heap_skip *skip, vaddr_t block)
{
    uint32_t header = block.value - HEAP_HEADER_BYTES;
    uint32_t span_start = skip->last;

    if (skip->fences == 0 || heap_pointer_fault(heap, block) != NULL)
        return false;
    uint32_t end = block.value + heap_usable_bytes(heap, block);
    if (end % PAGE_SIZE != first_header(0) || lead_of(end - first_header(0))->fence != header)
        return false;
    for (uint32_t i = 0; i < skip->fences; i++) {
        const struct lead *lead = lead_back(span_start, __func__);
        if (lead->fence == header)
            return true;
        span_start = lead->span_start;
    }
    return false;
}

void heap_skip_spans(const struct heap *heap, const struct heap_skip *skip, span_visit *visit,
                     void *context)
{
    uint32_t start = skip->last;

    if (heap->start != heap->end)
        visit(context, vaddr(start), vaddr(heap->end));
    for (uint32_t i = 0; i < skip->fences; i++) {
        const struct lead *lead = lead_back(start, __func__);
        visit(context, vaddr(lead->span_start), vaddr(lead->span_end));
        start = lead->span_start;
    }
}

/* Checks the fence that covers the hole before a span. It must end at the span's first header. */
static const char *check_fence(const struct heap *heap, uint32_t span_start)
{
    const struct lead *lead = lead_of(span_start);
    uint32_t fence = lead->fence;

    if (lead->span_start % PAGE_SIZE != 0 || lead->span_start < heap->start ||
        lead->span_end % PAGE_SIZE != 0 || lead->span_end >= span_start ||
        lead->span_end <= lead->span_start)
        return "heap_skip: a span does not lead back to one before it";
    __builtin_prefetch(lead_of(lead->span_start)); /* the walk reads these words next */
    if (fence <= lead->span_start || fence >= lead->span_end ||
        heap_pointer_fault(heap, vaddr(fence + HEAP_HEADER_BYTES)) != NULL ||
        fence + header_size(*word_at(fence)) != first_header(span_start))
        return "heap_skip: no fence covers a hole";
    return NULL;
}

const char *heap_skip_check(const struct heap *heap, const struct heap_skip *skip)
{
    uint32_t left_bytes = 0;
    uint32_t span_start = skip->last;

    for (uint32_t i = 0; i < skip->fences; i++) {
        const char *broken = check_fence(heap, span_start);
        if (broken != NULL)
            return broken;
        left_bytes += span_start - lead_of(span_start)->span_end;
        span_start = lead_of(span_start)->span_start;
    }
    if (span_start != heap->start || heap->start < skip->home)
        return "heap_skip: the spans do not lead back to the heap's start";
    return left_bytes + (heap->start - skip->home) == skip->left_bytes
               ? NULL
               : "heap_skip: left_bytes disagrees with the holes";
}
