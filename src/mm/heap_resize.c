/* Resizes live blocks in place, and makes plans (heap_plan.h). */
#include "heap_plan.h"
#include "heap_slabs.h"

static inline void panic_on(const char *fault, const char *function, vaddr_t pointer)
{
    if (__builtin_expect(fault != NULL, 0))
        machine_panic(function, fault, pointer.value);
}

/* ---- resizing ---- */

/* Returns the size to which a live block can grow in place. */
static uint32_t resize_room(const struct heap *heap, uint32_t block, uint32_t size)
{
    uint32_t next = block + size;

    if (next == heap->top)
        return size + (tail_room(heap) & ~(HEAP_ALIGN - 1u));
    uint32_t header = *word_at(next);
    return (header & HEADER_FREE) != 0 ? size + header_size(header) : size;
}

/* Returns the size of a live object, or 0 for a live block that is no object. Panics, in the name
   of `function`, if the pointer is neither. */
static uint32_t live_object_bytes(const struct heap *heap, vaddr_t pointer, const char *function)
{
    panic_on(heap_pointer_fault(heap, pointer), function, pointer);
    if (!page_is_slab(heap, pointer.value))
        return 0;
    return heap_slab_at(heap_slab_page(pointer.value))->object_bytes;
}

/* Frees the part of a block behind its first `size` bytes, unless that part is too short for a
   block. */
static void resize_down(struct heap *heap, uint32_t block, uint32_t header, uint32_t size)
{
    uint32_t old = header_size(header);

    if (old - size < HEAP_BLOCK_MIN)
        return;
    count_unused(heap, old);
    count_used(heap, size);
    header_write(block, size, header & HEADER_PREV_FREE);
    fill_range(block + size, block + old);
    block_release(heap, block + size, old - size);
}

/* Grows a block to `size` bytes. The missing bytes come from the free block or the tail behind it,
   which must be long enough. */
static void resize_up(struct heap *heap, uint32_t block, uint32_t header, uint32_t size)
{
    uint32_t old = header_size(header);
    uint32_t flags = header & HEADER_PREV_FREE;

    count_unused(heap, old);
    if (block + old == heap->top) {
        verify_tail(heap, heap->top, block + size);
        heap_set_top(heap, block + size);
        count_used(heap, size);
        header_write(block, size, flags);
        return;
    }
    uint32_t behind = header_size(*word_at(block + old));
    list_remove(heap, block + old, behind);
    verify_freed(block + old, behind, size - old);
    block_use(heap, block, old + behind, size, flags);
}

bool heap_resize(struct heap *heap, vaddr_t pointer, uint32_t bytes)
{
    uint32_t object_bytes = live_object_bytes(heap, pointer, __func__);
    uint32_t block = pointer.value - HEAP_HEADER_BYTES;

    if (bytes > HEAP_REQUEST_MAX)
        return false;
    if (object_bytes != 0)
        return bytes <= object_bytes;
    guard_bounds(heap, __func__);
    uint32_t header = *word_at(block);
    uint32_t size = block_size(bytes);
    if (size <= header_size(header)) {
        resize_down(heap, block, header, size);
        return true;
    }
    if (resize_room(heap, block, header_size(header)) < size)
        return false;
    resize_up(heap, block, header, size);
    return true;
}

uint32_t heap_usable_bytes(const struct heap *heap, vaddr_t pointer)
{
    uint32_t object_bytes = live_object_bytes(heap, pointer, __func__);

    if (object_bytes != 0)
        return object_bytes;
    return header_size(*word_at(pointer.value - HEAP_HEADER_BYTES)) - HEAP_HEADER_BYTES;
}

uint32_t heap_resize_shortfall(const struct heap *heap, vaddr_t pointer, uint32_t bytes)
{
    uint32_t object_bytes = live_object_bytes(heap, pointer, __func__);
    uint32_t block = pointer.value - HEAP_HEADER_BYTES;
    uint32_t old = object_bytes != 0 ? 0 : header_size(*word_at(block));

    if (object_bytes != 0 || block + old != heap->top)
        return HEAP_NOT_LAST;
    uint32_t size = block_size(bytes);
    return size > old ? whole_pages_missing(heap, size - old) : 0;
}

/* ---- plans ---- */

/* Plans a call of block_alloc_aligned(). Returns false if the call would fail. */
static bool plan_aligned(const struct heap *heap, uint32_t size, uint32_t alignment,
                         struct heap_plan *plan)
{
    uint32_t block = list_find_aligned(heap, size, alignment);
    uint32_t start = block != 0 ? block : heap->top;
    uint32_t gap = alignment_gap(start, alignment);
    uint32_t whole = block != 0 ? header_size(*word_at(block)) : tail_room(heap);

    if (whole < gap + size)
        return false;
    bool split = block != 0 && whole - gap - size >= HEAP_BLOCK_MIN;
    plan->gap = gap != 0 ? vaddr(start) : VADDR_NONE;
    plan->block = payload(start + gap);
    plan->rest = split ? vaddr(start + gap + size) : VADDR_NONE;
    return true;
}

static bool plan_block(const struct heap *heap, uint32_t size, struct heap_plan *plan)
{
    uint32_t block = list_find(heap, size);

    if (block == 0 && tail_room(heap) < size)
        return false;
    bool split = block != 0 && header_size(*word_at(block)) - size >= HEAP_BLOCK_MIN;
    plan->gap = VADDR_NONE;
    plan->block = payload(block != 0 ? block : heap->top);
    plan->rest = split ? vaddr(block + size) : VADDR_NONE;
    return true;
}

bool heap_plan_aligned(const struct heap *heap, uint32_t bytes, uint32_t alignment,
                       struct heap_plan *plan)
{
    return bytes <= HEAP_REQUEST_MAX && plan_aligned(heap, block_size(bytes), alignment, plan);
}

bool heap_plan_alloc(const struct heap *heap, uint32_t bytes, struct heap_plan *plan)
{
    uint32_t kind = bytes <= HEAP_OBJECT_MAX ? request_kind(bytes) : 0;

    if (bytes > HEAP_REQUEST_MAX)
        return false;
    if (heap->object[kind] != 0) {
        *plan = (struct heap_plan){VADDR_NONE, vaddr(heap->object[kind]), VADDR_NONE};
        return true;
    }
    if (heap_slab_is_wanted(heap, bytes) &&
        plan_aligned(heap, HEAP_SLAB_BLOCK_BYTES, PAGE_SIZE, plan))
        return true;
    return plan_block(heap, block_size(bytes), plan);
}

bool heap_plan_resize(const struct heap *heap, vaddr_t pointer, uint32_t bytes,
                      struct heap_plan *plan)
{
    uint32_t object_bytes = live_object_bytes(heap, pointer, __func__);
    uint32_t block = pointer.value - HEAP_HEADER_BYTES;

    *plan = (struct heap_plan){VADDR_NONE, pointer, VADDR_NONE};
    if (bytes > HEAP_REQUEST_MAX)
        return false;
    if (object_bytes != 0)
        return bytes <= object_bytes;
    uint32_t old = header_size(*word_at(block));
    uint32_t size = block_size(bytes);
    uint32_t room = size <= old ? old : resize_room(heap, block, old);
    if (room < size)
        return false;
    if (block + old != heap->top && room - size >= HEAP_BLOCK_MIN)
        plan->rest = vaddr(block + size);
    return true;
}
