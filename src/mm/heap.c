#include "heap_layout.h"

/* The block size that serves a request. */
static uint32_t block_size(uint32_t bytes)
{
    uint32_t size = align_up(bytes + HEAP_HEADER_BYTES, HEAP_ALIGN);

    return size > HEAP_BLOCK_MIN ? size : HEAP_BLOCK_MIN;
}

static uint32_t tail_room(const struct heap *heap)
{
    return heap->end > heap->top ? heap->end - heap->top : 0;
}

/* ---- the lists ---- */

static inline void list_insert(struct heap *heap, uint32_t block, uint32_t size)
{
    struct list_index at = list_of(size);
    uint32_t next = heap->list[at.class][at.list];

    *word_at(block + LINK_NEXT) = next;
    *word_at(block + LINK_PREV) = 0;
    if (next != 0)
        *word_at(next + LINK_PREV) = block;
    heap->list[at.class][at.list] = block;
    heap->lists_any[at.class] |= 1u << at.list;
    heap->classes_any |= 1u << at.class;
}

static void list_remove_first(struct heap *heap, struct list_index at, uint32_t next)
{
    heap->list[at.class][at.list] = next;
    if (next != 0)
        return;
    heap->lists_any[at.class] &= ~(1u << at.list);
    if (heap->lists_any[at.class] == 0)
        heap->classes_any &= ~(1u << at.class);
}

static void list_remove(struct heap *heap, uint32_t block, uint32_t size)
{
    uint32_t next = *word_at(block + LINK_NEXT);
    uint32_t prev = *word_at(block + LINK_PREV);

    if (next != 0)
        *word_at(next + LINK_PREV) = prev;
    if (prev != 0)
        *word_at(prev + LINK_NEXT) = next;
    else
        list_remove_first(heap, list_of(size), next);
}

/* The lowest list whose every block surely has `size` bytes; false: they are all empty. */
static inline bool list_find_sure(const struct heap *heap, uint32_t size, struct list_index *found)
{
    struct list_index at = list_of(size + (1u << list_step_log2(size)) - 1u);
    uint32_t lists = heap->lists_any[at.class] & UINT32_MAX << at.list;

    if (lists == 0) {
        uint32_t classes = heap->classes_any & UINT32_MAX << (at.class + 1u);
        if (classes == 0)
            return false;
        at.class = (uint32_t)__builtin_ctz(classes);
        lists = heap->lists_any[at.class];
    }
    *found = (struct list_index){at.class, (uint32_t)__builtin_ctz(lists)};
    return true;
}

/* The first block of the list found by list_find_sure(); or, where some blocks have the size and
   some not, that list's first block if it has. 0: none. */
static inline uint32_t list_find(const struct heap *heap, uint32_t size, struct list_index *found)
{
    if (list_find_sure(heap, size, found))
        return heap->list[found->class][found->list];
    *found = list_of(size);
    uint32_t block = heap->list[found->class][found->list];
    return block != 0 && header_size(*word_at(block)) >= size ? block : 0;
}

/* ---- cutting and merging ---- */

/*
 * Make [block, block + size) a free block. What is before and behind it is used, and not the tail.
 *
 *     | used | block            | used |PF .|    becomes   | used | free ... size | used |PF 1|
 */
static void block_make_free(struct heap *heap, uint32_t block, uint32_t size)
{
    header_write(block, size, HEADER_FREE);
    *size_at_end(block, size) = size;
    *word_at(block + size) |= HEADER_PREV_FREE;
    list_insert(heap, block, size);
}

/*
 * Give [block, block + size) back, whose header is not needed any more and before which is a used
 * block: merge it with what is behind it.
 */
static void block_release(struct heap *heap, uint32_t block, uint32_t size)
{
    uint32_t next = block + size;

    if (next == heap->top) {
        heap->top = block;
        return;
    }
    uint32_t header = *word_at(next);
    if ((header & HEADER_FREE) != 0) {
        list_remove(heap, next, header_size(header));
        size += header_size(header);
    }
    block_make_free(heap, block, size);
}

/*
 * Use the first `size` bytes of a free block that is on no list any more, before which is a used
 * block or one that stays free (flags: HEADER_PREV_FREE or 0).
 *
 *     | free          size | used |PF 1|    becomes   | used | free   size | used |PF 1|
 *                                            or       | used              | used |PF 0|
 */
static inline void block_use(struct heap *heap, uint32_t block, uint32_t whole, uint32_t size,
                             uint32_t flags)
{
    if (whole - size >= HEAP_BLOCK_MIN) {
        header_write(block + size, whole - size, HEADER_FREE);
        *size_at_end(block, whole) = whole - size;
        list_insert(heap, block + size, whole - size);
    } else {
        size = whole;
        *word_at(block + whole) &= ~HEADER_PREV_FREE;
    }
    header_write(block, size, flags);
    heap->free_bytes -= size;
}

/* ---- requests ---- */

static vaddr_t payload(uint32_t block)
{
    return vaddr(block + HEAP_HEADER_BYTES);
}

/* The first `size` bytes of the first block of a list. */
static inline vaddr_t alloc_first(struct heap *heap, struct list_index at, uint32_t block,
                                  uint32_t size)
{
    uint32_t whole = header_size(*word_at(block));
    uint32_t next = *word_at(block + LINK_NEXT);

    if (next != 0)
        *word_at(next + LINK_PREV) = 0;
    list_remove_first(heap, at, next);
    block_use(heap, block, whole, size, 0);
    return payload(block);
}

static vaddr_t alloc_plain(struct heap *heap, uint32_t size)
{
    struct list_index at;
    uint32_t block = list_find(heap, size, &at);

    if (block != 0)
        return alloc_first(heap, at, block, size);
    if (tail_room(heap) < size)
        return VADDR_NONE;
    block = heap->top;
    heap->top += size;
    heap->free_bytes -= size;
    header_write(block, size, 0);
    return payload(block);
}

/* What to leave before a block so that its payload is aligned:
 * nothing, or room for a free block. */
static uint32_t alignment_gap(uint32_t block, uint32_t alignment)
{
    uint32_t gap = (0u - block - HEAP_HEADER_BYTES) & (alignment - 1u);

    return gap == 0 || gap >= HEAP_BLOCK_MIN ? gap : gap + alignment;
}

/* Blocks freed by others of the same size and alignment
 * fit as they are: look at a few of these first. */
#define ALIGNED_PROBES 8u

static uint32_t list_find_aligned(const struct heap *heap, uint32_t size, uint32_t alignment)
{
    struct list_index at = list_of(size);
    uint32_t block = heap->list[at.class][at.list];

    for (uint32_t probe = 0; block != 0 && probe < ALIGNED_PROBES; probe++) {
        if (alignment_gap(block, alignment) + size <= header_size(*word_at(block)))
            return block;
        block = *word_at(block + LINK_NEXT);
    }
    return list_find(heap, size + alignment + HEAP_ALIGN, &at);
}

/*
 *                | free                                 | used |
 *     becomes    | free gap | used, aligned | free rest | used |
 */
static __attribute__((noinline)) vaddr_t alloc_aligned(struct heap *heap, uint32_t size,
                                                       uint32_t alignment)
{
    uint32_t block = list_find_aligned(heap, size, alignment);

    if (block != 0) {
        uint32_t whole = header_size(*word_at(block));
        uint32_t gap = alignment_gap(block, alignment);
        list_remove(heap, block, whole);
        block_use(heap, block + gap, whole - gap, size, 0);
        if (gap != 0)
            block_make_free(heap, block, gap);
        return payload(block + gap);
    }
    uint32_t gap = alignment_gap(heap->top, alignment);
    if (tail_room(heap) < gap + size)
        return VADDR_NONE;
    block = heap->top;
    heap->top += gap + size;
    heap->free_bytes -= size;
    header_write(block + gap, size, 0);
    if (gap != 0)
        block_make_free(heap, block, gap);
    return payload(block + gap);
}

vaddr_t heap_alloc(struct heap *heap, uint32_t bytes, uint32_t alignment)
{
    if (bytes > HEAP_REQUEST_MAX)
        return VADDR_NONE;
    if (alignment <= HEAP_ALIGN)
        return alloc_plain(heap, block_size(bytes));
    return alloc_aligned(heap, block_size(bytes), alignment);
}

static inline const char *pointer_fault(const struct heap *heap, vaddr_t block_payload)
{
    uint32_t block = block_payload.value - HEAP_HEADER_BYTES;

    if (block_payload.value % HEAP_ALIGN != 0 || block < heap_first(heap) || block >= heap->top)
        return "pointer is not into the heap's blocks";
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

const char *heap_pointer_fault(const struct heap *heap, vaddr_t block_payload)
{
    return pointer_fault(heap, block_payload);
}

/* The header of a live block, or a panic in the caller's name. */
static inline uint32_t live_header(const struct heap *heap, vaddr_t block, const char *function)
{
    const char *fault = pointer_fault(heap, block);

    if (fault != NULL)
        machine_panic(function, fault, block.value);
    return *word_at(block.value - HEAP_HEADER_BYTES);
}

void heap_free(struct heap *heap, vaddr_t block_payload)
{
    uint32_t header = live_header(heap, block_payload, __func__);
    uint32_t block = block_payload.value - HEAP_HEADER_BYTES;
    uint32_t size = header_size(header);

    heap->free_bytes += size;
    *word_at(block) =
        header | HEADER_FREE; /* inside a merged block, it still tells of a double free */
    if ((header & HEADER_PREV_FREE) != 0) {
        uint32_t before = *word_at(block - 4u);
        block -= before;
        size += before;
        list_remove(heap, block, before);
    }
    block_release(heap, block, size);
}

/* What a live block can grow to where it is. */
static uint32_t resize_room(const struct heap *heap, uint32_t block, uint32_t size)
{
    uint32_t next = block + size;

    if (next == heap->top)
        return size + (tail_room(heap) & ~(HEAP_ALIGN - 1u));
    uint32_t header = *word_at(next);
    return (header & HEADER_FREE) != 0 ? size + header_size(header) : size;
}

bool heap_resize(struct heap *heap, vaddr_t block_payload, uint32_t bytes)
{
    uint32_t header = live_header(heap, block_payload, __func__);
    uint32_t block = block_payload.value - HEAP_HEADER_BYTES;
    uint32_t flags = header & HEADER_PREV_FREE;
    uint32_t old = header_size(header);

    if (bytes > HEAP_REQUEST_MAX)
        return false;
    uint32_t size = block_size(bytes);
    if (size <= old) {
        if (old - size < HEAP_BLOCK_MIN)
            return true;
        header_write(block, size, flags);
        heap->free_bytes += old - size;
        block_release(heap, block + size, old - size);
        return true;
    }
    if (resize_room(heap, block, old) < size)
        return false;
    heap->free_bytes += old;
    if (block + old == heap->top) {
        heap->top = block + size;
        heap->free_bytes -= size;
        header_write(block, size, flags);
        return true;
    }
    uint32_t next_size = header_size(*word_at(block + old));
    list_remove(heap, block + old, next_size);
    block_use(heap, block, old + next_size, size, flags);
    return true;
}

uint32_t heap_usable_bytes(const struct heap *heap, vaddr_t block)
{
    return header_size(live_header(heap, block, __func__)) - HEAP_HEADER_BYTES;
}

/* ---- plans ---- */

bool heap_plan_alloc(const struct heap *heap, uint32_t bytes, struct heap_plan *plan)
{
    if (bytes > HEAP_REQUEST_MAX)
        return false;
    uint32_t size = block_size(bytes);
    struct list_index at;
    uint32_t block = list_find(heap, size, &at);
    bool fits_tail = tail_room(heap) >= size;

    if (block == 0 && !fits_tail)
        return false;
    bool split = block != 0 && header_size(*word_at(block)) - size >= HEAP_BLOCK_MIN;
    plan->rest = split ? vaddr(block + size) : VADDR_NONE;
    plan->block = payload(block != 0 ? block : heap->top);
    return true;
}

bool heap_plan_resize(const struct heap *heap, vaddr_t block_payload, uint32_t bytes,
                      struct heap_plan *plan)
{
    uint32_t old = header_size(live_header(heap, block_payload, __func__));
    uint32_t block = block_payload.value - HEAP_HEADER_BYTES;

    if (bytes > HEAP_REQUEST_MAX)
        return false;
    uint32_t size = block_size(bytes);
    uint32_t room = size <= old ? old : resize_room(heap, block, old);
    if (room < size)
        return false;
    bool split = block + old != heap->top && room - size >= HEAP_BLOCK_MIN;
    plan->rest = split ? vaddr(block + size) : VADDR_NONE;
    plan->block = block_payload;
    return true;
}

/* ---- the span ---- */

void heap_init(struct heap *heap, vaddr_t start)
{
    *heap = (struct heap){.start = start.value, .end = start.value};
    heap->top = heap_first(heap);
}

void heap_extend(struct heap *heap, uint32_t bytes)
{
    uint32_t room = tail_room(heap);

    heap->end += bytes;
    heap->free_bytes += tail_room(heap) - room;
}

void heap_shrink(struct heap *heap, uint32_t bytes)
{
    MM_ASSERT(bytes <= heap_tail_bytes(heap));
    uint32_t room = tail_room(heap);

    heap->end -= bytes;
    heap->free_bytes -= room - tail_room(heap);
}

/* Signed: an empty span lacks even the 4 bytes before its first header. */
static uint32_t whole_pages_missing(const struct heap *heap, uint32_t size)
{
    int32_t missing = (int32_t)(size - (heap->end - heap->top));

    return missing > 0 ? align_up((uint32_t)missing, PAGE_SIZE) : 0;
}

uint32_t heap_shortfall(const struct heap *heap, uint32_t bytes, uint32_t alignment)
{
    uint32_t gap = alignment > HEAP_ALIGN ? alignment_gap(heap->top, alignment) : 0;

    return whole_pages_missing(heap, gap + block_size(bytes));
}

uint32_t heap_resize_shortfall(const struct heap *heap, vaddr_t block_payload, uint32_t bytes)
{
    uint32_t old = header_size(live_header(heap, block_payload, __func__));

    if (block_payload.value - HEAP_HEADER_BYTES + old != heap->top)
        return HEAP_NOT_LAST;
    uint32_t size = block_size(bytes);
    return size > old ? whole_pages_missing(heap, size - old) : 0;
}

void heap_for_each_free(const struct heap *heap, uint32_t at_least,
                        void (*visit)(void *context, vaddr_t start, uint32_t bytes), void *context)
{
    uint32_t classes = heap->classes_any & UINT32_MAX << list_of(at_least).class;

    for (; classes != 0; classes &= classes - 1u) {
        uint32_t class = (uint32_t)__builtin_ctz(classes);
        for (uint32_t lists = heap->lists_any[class]; lists != 0; lists &= lists - 1u) {
            uint32_t block = heap->list[class][__builtin_ctz(lists)];
            for (; block != 0; block = *word_at(block + LINK_NEXT))
                visit(context, vaddr(block), header_size(*word_at(block)));
        }
    }
}
