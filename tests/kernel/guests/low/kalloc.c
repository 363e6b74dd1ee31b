/* The free list: each free page begins with the address of the next. */
#include "low.h"

#include "console.h"
#include "string.h"

#include <stddef.h>

#define JUNK 1 /* what a free page is filled with, so that its use after the free shows */

struct page {
    struct page *next;
};

static struct page *free_list;
static uint32_t free_frames;

void kinit(void *start, void *end)
{
    for (uint32_t page = PGROUNDUP(start); page + PGSIZE <= (uint32_t)end; page += PGSIZE)
        kfree((void *)page);
}

void kfree(void *memory)
{
    struct page *page = memory;

    if ((uint32_t)memory % PGSIZE || (char *)memory < kernel_end || V2P(memory) >= PHYSTOP)
        panic("kfree: not a page");
    memset(memory, JUNK, PGSIZE);
    page->next = free_list;
    free_list = page;
    free_frames++;
}

void *kalloc(void)
{
    struct page *page = free_list;

    if (!page)
        return NULL;
    free_list = page->next;
    free_frames--;
    return page;
}

uint32_t kalloc_free_frames(void)
{
    return free_frames;
}
