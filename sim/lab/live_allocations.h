/* What a probe has taken: blocks by their addresses, or pages by their first frames. */
#ifndef LAB_LIVE_ALLOCATIONS_H
#define LAB_LIVE_ALLOCATIONS_H

#include <mm/mm.h>

struct live_allocations {
    uint32_t count;
    uint32_t room;
    uint32_t *item;
};

/* A list for as many single pages as the machine has. Panics where the host has no memory. */
struct live_allocations live_allocations_create(const struct mm *mm);

void live_allocations_destroy(struct live_allocations *list);

/* Take blocks of 2^order pages until `most` are held or one is refused. How many were taken. */
uint32_t live_allocations_add_pages(struct live_allocations *list, struct mm *mm, uint32_t order,
                                    enum page_class page_class, uint32_t most);

/* Likewise blocks of the heap. */
uint32_t live_allocations_add_blocks(struct live_allocations *list, struct mm *mm, uint32_t bytes,
                                     enum page_class page_class, uint32_t most);

/* Give back the blocks of pages from the last down to the first-th. */
void live_allocations_free_pages(struct live_allocations *list, struct mm *mm, uint32_t order,
                                 uint32_t first);

/* Give back a block of pages drawn at random and take another, `pairs` times. false: nothing is
   held, or it was not given again; the list is then worthless. */
bool live_allocations_churn_pages(struct live_allocations *list, struct mm *mm, uint32_t order,
                                  uint32_t pairs, uint32_t *random);

/* Bring the items into an order drawn at random. */
void live_allocations_shuffle(struct live_allocations *list, uint32_t *random);

#define PROBE_SEED 2463534242u /* where each probe's random numbers start */

/* A 32-bit number of a seeded sequence (G. Marsaglia, "Xorshift RNGs", 2003); *random is not 0. */
uint32_t probe_random(uint32_t *random);

/* Bytes of RAM below 16 MiB that requests may be given. */
uint64_t dma_bytes(const struct mm *mm);

#endif
