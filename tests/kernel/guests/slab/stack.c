/*
 * Kernel stacks, in slots of three pages:
 *
 *     | not mapped | stack, growing down from its top |
 *
 * All spaces share the one page table that they need, for it is there before the first space is.
 */
#include "slab.h"

#include "console.h"

#define SLOTS      16u
#define SLOT_BYTES (PAGE_SIZE + STACK_BYTES)

static bool used[SLOTS];

static void unmap(uint32_t va)
{
    uint32_t pa = space_unmap(kernel_directory, va);

    if (pa)
        pages_free(direct_map(pa), 0);
}

static bool map(uint32_t va)
{
    void *page = pages_alloc(0);

    return page && space_map(kernel_directory, va, direct_map_pa(page), PTE_WRITABLE);
}

/* Maps a page and unmaps it, so that there is a table. */
void stacks_init(void)
{
    if (!map(KERNEL_STACKS))
        panic("stacks_init: no memory");
    unmap(KERNEL_STACKS);
}

uint32_t stack_create(void)
{
    uint32_t slot = 0;
    uint32_t top;

    while (slot < SLOTS && used[slot])
        slot++;
    if (slot == SLOTS)
        return 0;
    used[slot] = true;
    top = KERNEL_STACKS + (slot + 1) * SLOT_BYTES;
    for (uint32_t va = top - STACK_BYTES; va < top; va += PAGE_SIZE) {
        if (!map(va)) {
            stack_destroy(top);
            return 0;
        }
    }
    return top;
}

void stack_destroy(uint32_t top)
{
    for (uint32_t va = top - STACK_BYTES; va < top; va += PAGE_SIZE)
        unmap(va);
    used[(top - KERNEL_STACKS) / SLOT_BYTES - 1] = false;
}
