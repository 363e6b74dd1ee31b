#include "kmem_state.h"

/* By the same task, in the same context. */
bool kmem_slab_take_expected(struct kmem *kmem, const struct page_request *request)
{
    if (!kmem->slab_expected || kmem->slab_pid != request->pid ||
        kmem->slab_context != request->context)
        return false;
    kmem->slab_expected = false;
    return true;
}

bool kmem_slab_take_free(struct kmem *kmem, uint64_t page)
{
    for (uint32_t i = 0; i < SLAB_FREES_KEPT; i++) {
        if (page != 0 && kmem->slab_frees[i] == page) {
            kmem->slab_frees[i] = 0;
            return true;
        }
    }
    return false;
}

void kmem_slab_open(struct kmem *kmem)
{
    kmem->has_slab_probes = true;
    kmem->slabs_announced = true;
    kmem->slab_expected = false; /* both lines of one call */
    kmem->slabs_open++;
}

struct search {
    struct kmem *kmem;
    uint64_t page;
};

static bool match_slab(void *context, uint64_t number, uint32_t block)
{
    const struct search *search = context;

    (void)number;
    if (search->kmem->blocks[block].page != search->page)
        return true;
    kmem_block_decide(search->kmem, block, BLOCK_SLAB);
    return false;
}

/* No slab is being made: what waits for that reason alone is a block of pages. */
static bool close_slabs(void *context, uint64_t number, uint32_t block)
{
    struct kmem *kmem = context;
    struct page_block *pages = &kmem->blocks[block];

    (void)number;
    pages->maybe_slab = false;
    if (!pages->maybe_large)
        kmem_block_decide(kmem, block, BLOCK_PAGES);
    return true;
}

void kmem_slab_made(struct kmem *kmem, uint64_t page)
{
    struct search search = {kmem, page};

    if (page != 0)
        event_queue_each_waiting(&kmem->queue, match_slab, &search);
    if (kmem->slabs_open > 0 && --kmem->slabs_open == 0)
        event_queue_each_waiting(&kmem->queue, close_slabs, kmem);
}

void kmem_slab_free(struct kmem *kmem, uint64_t page)
{
    kmem->slab_frees[kmem->slab_free_next++ % SLAB_FREES_KEPT] = page;
}

void kmem_slab_expect(struct kmem *kmem, uint64_t pid, char context)
{
    kmem->slabs_announced = true;
    if (kmem->has_slab_probes)
        return;
    kmem->slab_expected = true;
    kmem->slab_pid = pid;
    kmem->slab_context = context;
}

void kmem_slab_forget(struct kmem *kmem)
{
    kmem->slab_expected = false;
    kmem->slabs_open = 0;
    event_queue_each_waiting(&kmem->queue, close_slabs, kmem);
}

/* Nothing says any more that the block may be a slab. */
static void settle(struct kmem *kmem)
{
    uint32_t block = kmem->next_block;
    struct page_block *pages;

    if (block == 0)
        return;
    pages = &kmem->blocks[block];
    kmem->next_block = 0;
    pages->maybe_next = false;
    if (!pages->maybe_slab && !pages->maybe_large)
        kmem_block_decide(kmem, block, BLOCK_PAGES);
}

void kmem_slab_await(struct kmem *kmem, uint32_t block, const struct page_request *request)
{
    settle(kmem);
    kmem->next_block = block;
    kmem->next_pid = request->pid;
    kmem->next_context = request->context;
}

void kmem_slab_settle(struct kmem *kmem, uint64_t pid, char context)
{
    if (kmem->next_pid == pid && kmem->next_context == context)
        settle(kmem);
}
