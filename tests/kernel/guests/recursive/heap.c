/*
 * Blocks of 2^order bytes, each with a header, and a list of free blocks for each order. The heap
 * grows by moving its end up; page faults bring the frames.
 *
 *     HEAP_START      heap_break        HEAP_END
 *     | header, bytes | header, bytes | . . . . . . . . | the log
 */
#include "recursive.h"

#include "console.h"
#include "string.h"
#include "trap.h"

#define ORDER_MIN 5u  /* 32 bytes */
#define ORDER_MAX 16u /* 64 KiB */
#define USED      0x75736564u
#define FREE      0x66726565u

struct block {
    uint32_t order;
    uint32_t state;
    struct block *next; /* of a free block: here the bytes begin */
};
#define HEADER offsetof(struct block, next)

char zero_page[PAGE_SIZE] __attribute__((aligned(4096)));

static struct block *free_blocks[ORDER_MAX + 1];
static uint32_t heap_break;

void heap_init(void)
{
    memset(free_blocks, 0, sizeof free_blocks);
    heap_break = HEAP_START;
}

/* A block at the heap's end, or NULL. */
static struct block *grow(uint32_t order)
{
    uint32_t size = 1u << order;
    struct block *block = (struct block *)heap_break;

#ifdef BUG_HEAP_LIMIT
    if (heap_break >= HEAP_END)
        return NULL;
#else
    if (size > HEAP_END - heap_break)
        return NULL;
#endif
    heap_break += size;
    block->order = order;
    return block;
}

void *kmalloc(size_t n)
{
    uint32_t order = ORDER_MIN;
    struct block *block;

    if (n > (1u << ORDER_MAX) - HEADER)
        return NULL;
    while (n > (1u << order) - HEADER)
        order++;
    block = free_blocks[order];
    if (block)
        free_blocks[order] = block->next;
    else
        block = grow(order);
    if (!block)
        return NULL;
    block->state = USED;
    return &block->next;
}

void kfree(void *memory)
{
    struct block *block = (struct block *)((char *)memory - HEADER);

    if (block->state != USED)
        panic("kfree: not a block in use");
    block->state = FREE;
    block->next = free_blocks[block->order];
    free_blocks[block->order] = block;
}

/* The frame of zeroes stays the kernel's, however often it is mapped. */
void heap_release(void)
{
    for (uint32_t va = HEAP_START; va < heap_break; va += PAGE_SIZE) {
        uint32_t frame = unmap_page(va);

#ifdef BUG_LEAK_FRAMES
        (void)frame;
#else
        if (frame && frame != (uint32_t)zero_page)
            frame_free(frame);
#endif
    }
    heap_init();
}

/* A page that is read maps the frame of zeroes; one that is written to gets a frame of its own. */
bool page_fault(uint32_t va, uint32_t error)
{
    uint32_t page = va & ~(PAGE_SIZE - 1);
    uint32_t frame;

    if (va < HEAP_START || va >= heap_break)
        return false;
    if (!(error & FAULT_WRITE))
        return map_page(page, (uint32_t)zero_page, 0);
    frame = frame_alloc();
    if (!frame || !map_page(page, frame, PTE_WRITABLE))
        panic("page_fault: no frame for the heap");
    memset((void *)page, 0, PAGE_SIZE);
    return true;
}
