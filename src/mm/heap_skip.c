#include "heap_skip.h"
#include "heap_blocks.h"

/* The first three words of each span except the first span. The span's first header follows. */
struct span_head {
    uint32_t fence; /* the header of the fence before this span */
    uint32_t previous_start;
    uint32_t previous_end; /* the span before this one */
};
_Static_assert(sizeof(struct span_head) % HEAP_ALIGN == HEAP_HEADER_BYTES,
               "the first header of a span is aligned like all headers");

static struct span_head *head_of(uint32_t span_start)
{
    return machine_pointer(vaddr(span_start));
}

static uint32_t first_header(uint32_t span_start)
{
    return span_start + (uint32_t)sizeof(struct span_head);
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
    struct span_head head = {.previous_start = skip->last, .previous_end = heap->end};
    uint32_t before = heap->top;
    uint32_t spare = heap->end - HEAP_HEADER_BYTES - before;

    heap_extend(heap, start.value + bytes - heap->end);
    if (spare >= HEAP_BLOCK_MIN)
        (void)block_from_tail(heap, spare);
    head.fence = block_from_tail(heap, first_header(start.value) - heap->top);
    if (spare >= HEAP_BLOCK_MIN)
        heap_free(heap, vaddr(before + HEAP_HEADER_BYTES));
    *head_of(start.value) = head;
    skip->last = start.value;
    skip->left_bytes += start.value - head.previous_end;
    skip->fences++;
}

bool heap_skip_last_is_empty(const struct heap *heap, const struct heap_skip *skip)
{
    return skip->fences != 0 && heap->top == first_header(skip->last);
}

/* HARDEN_FULL: panics unless the head of a span names a span that lies before it. */
static const struct span_head *head_checked(uint32_t span_start, const char *function)
{
    const struct span_head *head = head_of(span_start);

    if (MM_HARDENING >= HARDEN_FULL &&
        (head->previous_start >= head->previous_end || head->previous_end >= span_start ||
         head->fence < head->previous_start || head->fence >= head->previous_end))
        machine_panic(function, "a span's head does not name a span before it", span_start);
    return head;
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
    const struct span_head head = *head_checked(skip->last, __func__);

    *span = (struct heap_span){vaddr(skip->last), vaddr(heap->end)};
    fence_free(heap, head.fence, head.previous_end);
    heap_shrink(heap, heap->end - head.previous_end);
    skip->left_bytes -= skip->last - head.previous_end;
    skip->last = head.previous_start;
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
    if (end % PAGE_SIZE != first_header(0) || head_of(end - first_header(0))->fence != header)
        return false;
    for (uint32_t i = 0; i < skip->fences; i++) {
        const struct span_head *head = head_checked(span_start, __func__);
        if (head->fence == header)
            return true;
        span_start = head->previous_start;
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
        const struct span_head *head = head_checked(start, __func__);
        visit(context, vaddr(head->previous_start), vaddr(head->previous_end));
        start = head->previous_start;
    }
}

/* Checks the fence that covers the hole before a span. It must end at the span's first header. */
static const char *check_fence(const struct heap *heap, uint32_t span_start)
{
    const struct span_head *head = head_of(span_start);
    uint32_t fence = head->fence;

    if (head->previous_start % PAGE_SIZE != 0 || head->previous_start < heap->start ||
        head->previous_end % PAGE_SIZE != 0 || head->previous_end >= span_start ||
        head->previous_end <= head->previous_start)
        return "heap_skip: a span's head does not name a span before it";
    __builtin_prefetch(head_of(head->previous_start)); /* the walk reads these words next */
    if (fence <= head->previous_start || fence >= head->previous_end ||
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
        left_bytes += span_start - head_of(span_start)->previous_end;
        span_start = head_of(span_start)->previous_start;
    }
    if (span_start != heap->start || heap->start < skip->home)
        return "heap_skip: the first span does not begin at the heap's start";
    return left_bytes + (heap->start - skip->home) == skip->left_bytes
               ? NULL
               : "heap_skip: left_bytes disagrees with the holes";
}
