#include "fill.h"

#include <mm/layout.h>
#include <mm/machine.h>
#include <mm/mm.h>

/* The direct map and the segments are always backed. For other pages, the page tables decide. */
bool fill_page_is_backed(uint32_t address)
{
    paddr_t pa;

    if (address - DIRECT_MAP_BASE < DIRECT_MAP_SIZE || mm_active() == NULL)
        return true;
    return mm_translate(mm_active(), vaddr(address), &pa);
}

/* Returns the end of the part of [at, end) that lies in the page of `at`. */
static uint32_t piece_end(uint32_t at, uint32_t end)
{
    uint32_t page_end = (at | PAGE_OFFSET_MASK) + 1u; /* 0 at 4 GiB, where no heap lies */

    return end < page_end ? end : page_end;
}

void fill_freed(uint32_t start, uint32_t end)
{
    for (uint32_t at = start; at < end;) {
        uint32_t stop = piece_end(at, end);
        uint32_t *word = machine_pointer(vaddr(at));
        bool backed = fill_page_is_backed(at);
        for (; at < stop && backed; at += 4u)
            *word++ = FILL_WORD;
        at = stop;
    }
}

void fill_verify(uint32_t start, uint32_t end, const char *function)
{
    for (uint32_t at = start; at < end;) {
        uint32_t stop = piece_end(at, end);
        const uint32_t *word = machine_pointer(vaddr(at));
        bool backed = fill_page_is_backed(at);
        for (; at < stop && backed; at += 4u)
            if (*word++ != FILL_WORD)
                machine_panic(function, "memory was written to after it was freed", at);
        at = stop;
    }
}
