/*
 * The buddy allocator. Two blocks of one order whose numbers differ in that order's bit are
 * buddies: when both are free, they are one block of the next order.
 */
#include "slab.h"

#include "console.h"

#define FRAMES (MEMORY_MAX / PAGE_SIZE)

enum state { INSIDE, FREE, USED }; /* INSIDE: not the first frame of a block */

struct frame {
    struct frame *previous, *next; /* of a free block, in the list of its order */
    uint8_t order;
    uint8_t state;
};

static struct frame frames[FRAMES];
static struct frame *free_blocks[ORDERS];
static uint32_t free_count;

static uint32_t number_of(const struct frame *frame)
{
    return (uint32_t)(frame - frames);
}

static void put(struct frame *block, unsigned order)
{
    struct frame *next = free_blocks[order];

    *block = (struct frame){NULL, next, (uint8_t)order, FREE};
    if (next)
        next->previous = block;
    free_blocks[order] = block;
}

static void take(struct frame *block)
{
    if (block->previous)
        block->previous->next = block->next;
    else
        free_blocks[block->order] = block->next;
    if (block->next)
        block->next->previous = block->previous;
    block->state = INSIDE;
}

void pages_init(uint32_t end)
{
    uint32_t first = direct_map_pa(kernel_end) / PAGE_SIZE;

    if (end > MEMORY_MAX)
        end = MEMORY_MAX;
    for (uint32_t number = first; number < end / PAGE_SIZE; number++) {
        frames[number] = (struct frame){NULL, NULL, 0, USED};
        pages_free(direct_map(number * PAGE_SIZE), 0);
    }
}

void *pages_alloc(unsigned order)
{
    unsigned from = order;
    struct frame *block;

    while (from < ORDERS && !free_blocks[from])
        from++;
    if (from >= ORDERS)
        return NULL;
    block = free_blocks[from];
    take(block);
    while (from > order) { /* the upper half stays free */
        from--;
        put(block + (1u << from), from);
    }
    block->order = (uint8_t)order;
    block->state = USED;
    free_count -= 1u << order;
    return direct_map(number_of(block) * PAGE_SIZE);
}

void pages_free(void *memory, unsigned order)
{
    uint32_t number = direct_map_pa(memory) / PAGE_SIZE;

    if ((uint32_t)memory % PAGE_SIZE || number >= FRAMES)
        panic("pages_free: not a page");
    if (frames[number].state != USED || frames[number].order != order)
        panic("pages_free: not a block in use");
    free_count += 1u << order;
    frames[number].state = INSIDE;
    for (; order < ORDERS - 1; order++) {
        uint32_t buddy = number ^ (1u << order);

        if (frames[buddy].state != FREE || frames[buddy].order != order)
            break;
        take(&frames[buddy]);
        number &= ~(1u << order);
    }
    put(&frames[number], order);
}

uint32_t pages_free_count(void)
{
    return free_count;
}
