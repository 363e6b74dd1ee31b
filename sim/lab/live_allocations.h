/* The allocations that a probe holds: the addresses of blocks, or the first frames of blocks of
 * pages. */
#ifndef LAB_LIVE_ALLOCATIONS_H
#define LAB_LIVE_ALLOCATIONS_H

#include <mm/mm.h>

struct live_allocations {
    uint32_t count;
    uint32_t room;
    uint32_t *item;
};

/* An empty list with room for as many single pages as the machine has. Panics if the host has no
 * memory. */
struct live_allocations live_allocations_create(const struct mm *mm);

void live_allocations_destroy(struct live_allocations *list);

/* Allocate blocks of 2^order pages until `most` are added or one is refused. Returns how many were
 * added. */
uint32_t live_allocations_add_pages(struct live_allocations *list, struct mm *mm, uint32_t order,
                                    enum page_class page_class, uint32_t most);

/* The same for blocks of the heap. */
uint32_t live_allocations_add_blocks(struct live_allocations *list, struct mm *mm, uint32_t bytes,
                                     enum page_class page_class, uint32_t most);

/* Free the blocks of pages from the last down to number `first`. */
void live_allocations_free_pages(struct live_allocations *list, struct mm *mm, uint32_t order,
                                 uint32_t first);

/* Free a random block of pages and allocate another, `pairs` times. Returns false if the list is
 * empty or an allocation fails; the list is then of no use. */
bool live_allocations_churn_pages(struct live_allocations *list, struct mm *mm, uint32_t order,
                                  uint32_t pairs, uint32_t *random);

/* Bring the list into a random order. */
void live_allocations_shuffle(struct live_allocations *list, uint32_t *random);

/* The bytes of RAM below 16 MiB that requests can have. */
uint64_t dma_bytes(const struct mm *mm);

#endif
