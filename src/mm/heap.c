#include "heap_runs.h"
#include "misuse.h"

/* ---- allocating ---- */

static vaddr_t alloc_block(struct heap *heap, uint32_t size)
{
    uint32_t block = heap->classes_any != 0 ? list_find(heap, size) : 0;

    if (block != 0) {
        uint32_t whole = header_size(*word_at(block));
        list_remove(heap, block, whole);
        verify_freed(block, whole, size);
        block_use(heap, block, whole, size, 0);
        return payload(block);
    }
    if (tail_room(heap) < size)
        return VADDR_NONE;
    return payload(block_from_tail(heap, size));
}

/* Out of line, so that a call that finds a slot saves no registers. */
static __attribute__((noinline)) vaddr_t alloc_no_slot(struct heap *heap, uint32_t bytes,
                                                       uint32_t alignment)
{
    if (bytes > HEAP_REQUEST_MAX)
        return VADDR_NONE;
    guard_bounds(heap, "heap_alloc");
    if (alignment > HEAP_ALIGN) {
        uint32_t block = block_alloc_aligned(heap, block_size(bytes), alignment);
        return block != 0 ? payload(block) : VADDR_NONE;
    }
    if (run_is_wanted(heap, bytes) && run_open(heap, request_kind(bytes)))
        return run_take(heap, heap->run[request_kind(bytes)]);
    return alloc_block(heap, block_size(bytes));
}

vaddr_t heap_alloc(struct heap *heap, uint32_t bytes, uint32_t alignment)
{
    if (bytes <= HEAP_SLOT_MAX && alignment <= HEAP_ALIGN) {
        uint32_t kind = request_kind(bytes);
        if (heap->run[kind] != 0)
            return run_take(heap, heap->run[kind]);
    }
    return alloc_no_slot(heap, bytes, alignment);
}

/* ---- pointers ---- */

/* Of an aligned pointer at a run's page. */
static __attribute__((noinline)) const char *slot_fault(uint32_t slot)
{
    uint32_t page = slot & ~PAGE_OFFSET_MASK;
    const struct heap_run *run = run_at(page);

    if (!run_mark_is_sound(run, page))
        return "the head of the run is smashed";
    if ((run->bits[run_word(slot)].used & run_bit(slot)) != 0)
        return NULL;
    return (run->bits[run_word(slot)].free & run_bit(slot)) != 0
               ? "block is free already"
               : "not the start of a block, or its header is smashed";
}

static inline bool slot_is_live(uint32_t slot)
{
    uint32_t page = slot & ~PAGE_OFFSET_MASK;
    const struct heap_run *run = run_at(page);

    return run_mark_is_sound(run, page) && (run->bits[run_word(slot)].used & run_bit(slot)) != 0;
}

/* Of a pointer into the heap's blocks, at no run's page. */
static inline const char *block_fault(const struct heap *heap, uint32_t block)
{
    uint32_t header = *word_at(block);
    uint32_t size = header_size(header);

    if (!header_tag_matches(header, block) || size < HEAP_BLOCK_MIN || size > heap->top - block)
        return "not the start of a block, or its header is smashed";
    if ((header & HEADER_FREE) != 0)
        return "block is free already";
    uint32_t next = block + size;
    if (next != heap->top &&
        (!header_tag_matches(*word_at(next), next) || (*word_at(next) & HEADER_PREV_FREE) != 0))
        return "the header behind the block is smashed";
    if ((header & HEADER_PREV_FREE) == 0)
        return NULL;
    uint32_t before = *word_at(block - 4u);
    if (before > block - heap_first(heap) || before % HEAP_ALIGN != 0 ||
        header_size(*word_at(block - before)) != before)
        return "the free block before is smashed";
    return NULL;
}

static inline bool is_in_blocks(const struct heap *heap, vaddr_t pointer)
{
    uint32_t block = pointer.value - HEAP_HEADER_BYTES;

    return pointer.value % HEAP_ALIGN == 0 && block >= heap_first(heap) && block < heap->top;
}

static inline const char *pointer_fault(const struct heap *heap, vaddr_t pointer)
{
    if (!is_in_blocks(heap, pointer))
        return "pointer is not into the heap's blocks";
    if (page_is_run(heap, pointer.value))
        return slot_fault(pointer.value);
    return block_fault(heap, pointer.value - HEAP_HEADER_BYTES);
}

const char *heap_pointer_fault(const struct heap *heap, vaddr_t pointer)
{
    return pointer_fault(heap, pointer);
}

/* ---- freeing ---- */

static const char free_function[] = "heap_free";

/* A block that is no slot, or no live one: out of line, so that freeing a slot saves no registers.
 */
static __attribute__((noinline)) void free_no_slot(struct heap *heap, vaddr_t pointer)
{
    uint32_t block = pointer.value - HEAP_HEADER_BYTES;
    const char *fault = MM_HARDENING >= HARDEN_FAST ? pointer_fault(heap, pointer) : NULL;

    guard_bounds(heap, free_function);
    if (fault != NULL)
        misuse_heap_free(heap, fault, pointer);
    fill_range(pointer.value, block + header_size(*word_at(block)));
    block_give(heap, block, *word_at(block));
}

static __attribute__((noinline)) void free_run(struct heap *heap, uint32_t page)
{
    run_close(heap, page);
    free_no_slot(heap, vaddr(page));
}

static inline bool is_live_slot(const struct heap *heap, uint32_t pointer)
{
    if (MM_HARDENING < HARDEN_FAST) /* believes that it is live */
        return page_is_run(heap, pointer);
    return pointer % HEAP_ALIGN == 0 && page_is_run(heap, pointer) && slot_is_live(pointer);
}

void heap_free(struct heap *heap, vaddr_t pointer)
{
    if (!is_live_slot(heap, pointer.value)) {
        free_no_slot(heap, pointer);
        return;
    }
    guard_slot(heap, pointer.value, free_function);
    if (run_give(heap, pointer.value))
        free_run(heap, pointer.value & ~PAGE_OFFSET_MASK);
}
