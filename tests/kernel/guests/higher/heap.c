/*
 * Blocks in the order of their addresses, each with a header, no two free ones side by side.
 *
 *     HEAP_START                                                    end, a page boundary
 *     | header | bytes | header | free | header | bytes | header | free |
 *
 * The timer's handler allocates, too. So interrupts are off wherever the list is between two
 * states.
 */
#include "higher.h"

#include "console.h"
#include "cpu.h"

#define USED 0x55534544u
#define FREE 0x46524545u

struct block {
    uint32_t size; /* in bytes, with this header */
    uint32_t state;
    struct block *previous, *next; /* in the order of addresses */
};

#define HEADER         sizeof(struct block)
#define ALIGN          16u
#define SMALLEST_BLOCK (HEADER + ALIGN)
_Static_assert(sizeof(struct block) % ALIGN == 0, "the bytes behind a header are aligned");

static struct block *first, *last;
static uint32_t end;

static struct block *block_after(struct block *block)
{
    return (struct block *)((char *)block + block->size);
}

/* Maps pages from the heap's end on. Returns how many bytes there are more; 0: it may not grow. */
static uint32_t add_pages(uint32_t bytes)
{
    uint32_t before = end;
    uint32_t pages_end = end + ((bytes + PAGE_SIZE - 1) & ~(uint32_t)(PAGE_SIZE - 1));

#ifndef BUG_HEAP_OVERLAP
    if (pages_end > buffers_start())
        return 0;
#endif
    while (end < pages_end) {
        uint32_t frame = frame_alloc();

        if (!frame || !map_page(end, frame, PTE_WRITABLE)) {
            if (frame)
                frame_free(frame);
            break;
        }
        end += PAGE_SIZE;
    }
    return end - before;
}

/* Makes one block of block and the one after it.
 *
 *     | header | free | header | free |
 *     | header | free                 |
 */
static void merge_with_next(struct block *block)
{
    block->size += block->next->size;
    block->next = block->next->next;
    if (block->next)
        block->next->previous = block;
    else
        last = block;
}

static bool is_free(const struct block *block)
{
    return block && block->state == FREE;
}

/* A free block at the end that has at least size bytes, or NULL. */
static struct block *grow(uint32_t size)
{
    uint32_t missing = is_free(last) ? size - last->size : size;
    struct block *block = (struct block *)end;
    uint32_t added = add_pages(missing);

    if (!added)
        return NULL;
    *block = (struct block){added, FREE, last, NULL};
    last->next = block;
    last = block;
    if (is_free(block->previous))
        merge_with_next(block->previous);
    return last->size >= size ? last : NULL;
}

/* Unmaps the pages that hold nothing but the rest of the last block. */
static void shrink(void)
{
    uint32_t keep = ((uint32_t)last + SMALLEST_BLOCK + PAGE_SIZE - 1) & ~(uint32_t)(PAGE_SIZE - 1);

    if (!is_free(last) || end <= keep)
        return;
    last->size = keep - (uint32_t)last;
    while (end > keep) {
        end -= PAGE_SIZE;
        frame_free(unmap_page(end));
    }
}

void heap_init(void)
{
    end = HEAP_START;
    if (!add_pages(PAGE_SIZE))
        panic("heap_init: no memory");
    first = last = (struct block *)HEAP_START;
    *first = (struct block){PAGE_SIZE, FREE, NULL, NULL};
}

static struct block *find_fit(uint32_t size)
{
    for (struct block *block = first; block; block = block->next)
        if (is_free(block) && block->size >= size)
            return block;
    return NULL;
}

/* Leaves a free block of what is above size bytes, when that is enough for one.
 *
 *     | header | free                    |
 *     | header | size    | header | free |
 */
__attribute__((noinline)) void block_split(struct block *block, uint32_t size)
{
    struct block *rest;

    if (block->size - size < SMALLEST_BLOCK)
        return;
    rest = (struct block *)((char *)block + size);
    *rest = (struct block){block->size - size, FREE, block, block->next};
    if (rest->next)
        rest->next->previous = rest;
    else
        last = rest;
    block->next = rest;
    block->size = size;
}

static struct block *take(uint32_t size)
{
    struct block *block = find_fit(size);

    if (!block)
        block = grow(size);
    if (!block)
        return NULL;
    block_split(block, size);
    block->state = USED;
    return block;
}

void *kmalloc(size_t n)
{
    struct block *block;

    if (n > BUFFERS_END - HEAP_START)
        return NULL;
#ifdef BUG_IRQ_IN_HEAP
    block = take((uint32_t)(HEADER + n + ALIGN - 1) & ~(ALIGN - 1));
#else
    uint32_t flags = irq_save();

    block = take((uint32_t)(HEADER + n + ALIGN - 1) & ~(ALIGN - 1));
    irq_restore(flags);
#endif
    return block ? block + 1 : NULL;
}

void kfree(void *memory)
{
    struct block *block = (struct block *)memory - 1;
    uint32_t flags = irq_save();

    if (block->state != USED)
        panic("kfree: not a block in use");
    block->state = FREE;
    if (is_free(block->next))
        merge_with_next(block);
    if (is_free(block->previous))
        merge_with_next(block->previous);
    shrink();
    irq_restore(flags);
}

/* ---- the check ---- */

static const char *check_block(struct block *block)
{
    if (block->state != USED && block->state != FREE)
        return "a block is neither used nor free";
    if (block->next ? block->next != block_after(block) : (uint32_t)block_after(block) != end)
        return "a block does not end where the next one begins";
    if (block->next && block->next->previous != block)
        return "the list does not lead back";
    if (is_free(block) && is_free(block->next))
        return "two free blocks are side by side";
    return NULL;
}

#ifdef BUG_STACK_OVERRUN
/* Each block takes its part of the stack. */
static const char *check_from(struct block *block)
{
    const char *wrong = check_block(block);

    if (!wrong && block->next)
        wrong = check_from(block->next);
    return wrong;
}
#else
static const char *check_from(struct block *block)
{
    const char *wrong = NULL;

    for (; block && !wrong; block = block->next)
        wrong = check_block(block);
    return wrong;
}
#endif

const char *heap_check(void)
{
    return check_from(first);
}

uint32_t heap_end(void)
{
    return end;
}
