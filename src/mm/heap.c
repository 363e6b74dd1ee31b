#include "heap_fast.h"
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

/* Out of line, so that a call that finds an object saves no registers. */
static __attribute__((noinline)) vaddr_t alloc_no_object(struct heap *heap, uint32_t bytes,
                                                         uint32_t alignment)
{
    if (bytes > HEAP_REQUEST_MAX)
        return VADDR_NONE;
    guard_bounds(heap, "heap_alloc");
    if (alignment > HEAP_ALIGN) {
        uint32_t block = block_alloc_aligned(heap, block_size(bytes), alignment);
        return block != 0 ? payload(block) : VADDR_NONE;
    }
    if (heap_slab_is_wanted(heap, bytes) && heap_slab_open(heap, request_kind(bytes)))
        return heap_object_take(heap, request_kind(bytes));
    return alloc_block(heap, block_size(bytes));
}

vaddr_t heap_alloc(struct heap *heap, uint32_t bytes, uint32_t alignment)
{
    vaddr_t object = alignment <= HEAP_ALIGN ? heap_alloc_object(heap, bytes) : VADDR_NONE;

    return vaddr_is_none(object) ? alloc_no_object(heap, bytes, alignment) : object;
}

/* ---- pointers ---- */

/* Returns what is wrong with an aligned pointer into a slab's page, or NULL if it is a live
   object. */
static __attribute__((noinline)) const char *object_fault(uint32_t object)
{
    uint32_t page = heap_slab_page(object);
    const struct heap_slab *slab = heap_slab_at(page);

    if (!heap_slab_mark_is_sound(slab, page))
        return "the head of the slab is smashed";
    if (heap_object_is_used(object))
        return NULL;
    return heap_slab_starts_at(slab, object & PAGE_OFFSET_MASK)
               ? "block is free already"
               : "not the start of a block, or its header is smashed";
}

/* Returns what is wrong with a pointer into the heap's blocks that is not in a slab's page, or NULL
   if it is a live block. */
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
    if (page_is_slab(heap, pointer.value))
        return object_fault(pointer.value);
    return block_fault(heap, pointer.value - HEAP_HEADER_BYTES);
}

const char *heap_pointer_fault(const struct heap *heap, vaddr_t pointer)
{
    return pointer_fault(heap, pointer);
}

/* ---- freeing ---- */

static const char free_function[] = "heap_free";

/* Frees a pointer that is not a live object. From HARDEN_FAST on, panics if the pointer is no live
   block either. Out of line, so that freeing an object saves no registers. */
static __attribute__((noinline)) void free_no_object(struct heap *heap, vaddr_t pointer)
{
    uint32_t block = pointer.value - HEAP_HEADER_BYTES;
    const char *fault = MM_HARDENING >= HARDEN_FAST ? pointer_fault(heap, pointer) : NULL;

    guard_bounds(heap, free_function);
    if (fault != NULL)
        misuse_heap_free(heap, fault, pointer);
    fill_range(pointer.value, block + header_size(*word_at(block)));
    block_give(heap, block, *word_at(block));
}

static __attribute__((noinline)) void free_slab(struct heap *heap, uint32_t page)
{
    heap_slab_close(heap, page);
    free_no_object(heap, vaddr(page));
}

void heap_free(struct heap *heap, vaddr_t pointer)
{
    if (!heap_is_in_slab(heap, pointer.value) || !heap_object_clear_used(pointer.value)) {
        free_no_object(heap, pointer);
        return;
    }
    guard_object(heap, pointer.value, free_function);
    if (heap_object_give(heap, pointer.value))
        free_slab(heap, heap_slab_page(pointer.value));
}
