#include "ftrace_state.h"
#include "memory.h"

/* The end of what the direct map can reach with the 3 GiB / 1 GiB split. */
#define LOWMEM_END 0xf8000000u
/* SLUB gives a kmalloc above this a run of pages of its own. */
#define SLAB_KMALLOC_MAX 8192u
#define LARGE_ORDER_MIN  2u
_Static_assert(((uint32_t)PAGE_SIZE << LARGE_ORDER_MIN) > SLAB_KMALLOC_MAX,
               "the first order above it");

static void decide(struct ftrace *ftrace, uint32_t block, enum block_state state)
{
    struct page_block *it = &ftrace->blocks[block];

    it->state = (uint8_t)state;
    event_queue_decide(&ftrace->queue, it->number,
                       state == BLOCK_PAGES ? VERDICT_WRITE : VERDICT_DROP);
    if (state != BLOCK_PAGES)
        ftrace->counts[state == BLOCK_SLAB ? COUNT_SLAB_PAGES : COUNT_LARGE_PAGES]++;
}

void ftrace_pages_let_through(void *context, uint32_t block)
{
    struct ftrace *ftrace = context;

    ftrace->blocks[block].state = BLOCK_PAGES;
}

/* The large kmalloc that a block is: free it when nobody has. */
static void end_large(struct ftrace *ftrace, const struct page_block *block)
{
    uint64_t address = ftrace_address_of(block->first_frame);
    const uint32_t *handle = id_map_find(&ftrace->objects, address);
    uint32_t ended;

    if (handle == NULL || *handle != block->handle)
        return;
    ftrace->counts[COUNT_MISSED_OBJECT]++;
    id_map_remove(&ftrace->objects, address, &ended);
    event_queue_end(&ftrace->queue, EVENT_KFREE, ended);
}

/* All frames of a block are free. */
static void end_block(struct ftrace *ftrace, uint32_t block)
{
    struct page_block *it = &ftrace->blocks[block];

    if (it->state == BLOCK_PAGES)
        event_queue_end(&ftrace->queue, EVENT_FREE_PAGES, it->handle);
    else if (it->state == BLOCK_SLAB)
        ftrace->counts[COUNT_SLAB_PAGES_FREED]++;
    else
        ftrace->counts[COUNT_LARGE_PAGES_FREED]++;
    if (it->state == BLOCK_LARGE)
        end_large(ftrace, it);
    it->state = BLOCK_FREE;
    slot_pool_give(&ftrace->block_pool, block - 1);
}

/* The buddy allocator gave a frame out again: the free of the block that had it was missed. */
static void end_missed(struct ftrace *ftrace, uint32_t block)
{
    struct page_block *it = &ftrace->blocks[block];

    ftrace->counts[COUNT_MISSED_PAGES]++;
    if (it->state == BLOCK_UNDECIDED)
        decide(ftrace, block, BLOCK_PAGES);
    for (uint32_t i = 0; i < 1u << it->order; i++) {
        if (frame_map_get(&ftrace->frames, it->first_frame + i) == block)
            frame_map_set(&ftrace->frames, it->first_frame + i, 0);
    }
    end_block(ftrace, block);
}

static uint32_t new_block(struct ftrace *ftrace, const struct page_request *request)
{
    uint32_t block = slot_pool_take(&ftrace->block_pool) + 1;
    uint32_t first = (uint32_t)request->frame;
    uint32_t frames = 1u << request->order;

    ftrace->blocks =
        memory_reach(ftrace->blocks, &ftrace->blocks_capacity, block, sizeof(*ftrace->blocks));
    ftrace->blocks[block] = (struct page_block){.page = request->page,
                                                .first_frame = first,
                                                .live_frames = frames,
                                                .order = (uint8_t)request->order};
    for (uint32_t i = 0; i < frames; i++) {
        uint32_t before = frame_map_get(&ftrace->frames, first + i);

        if (before != 0)
            end_missed(ftrace, before);
        frame_map_set(&ftrace->frames, first + i, block);
    }
    return block;
}

/* The function tracer announced a slab, and this is the page request of the same task in the same
   context that follows. */
static bool is_expected(struct ftrace *ftrace, const struct page_request *request)
{
    return ftrace->slab_expected && ftrace->slab_pid == request->pid &&
           ftrace->slab_context == request->context;
}

/* What the new block is for, as far as it is known. A slab or a kmalloc never lies in high
   memory. */
static void classify(struct ftrace *ftrace, struct page_block *block,
                     const struct page_request *request)
{
    bool kernel = request->class != PAGES_USER;

    block->maybe_slab = kernel && ftrace->slabs_open > 0;
    block->maybe_large = kernel && request->order >= LARGE_ORDER_MIN;
    block->state = block->maybe_slab || block->maybe_large ? BLOCK_UNDECIDED : BLOCK_PAGES;
    if (kernel && is_expected(ftrace, request)) {
        ftrace->slab_expected = false;
        ftrace->counts[COUNT_SLAB_PAGES]++;
        block->state = BLOCK_SLAB;
    }
}

void ftrace_pages_alloc(struct ftrace *ftrace, const struct page_request *request)
{
    struct event event = {.kind = EVENT_PAGES,
                          .order = (uint8_t)request->order,
                          .class = (uint8_t)request->class,
                          .site = request->site};
    struct page_block *it;
    uint32_t block;

    if (request->page == 0) {
        ftrace->counts[COUNT_FAILED_PAGES]++;
        return;
    }
    if (request->order > ORDER_MAX) {
        ftrace->counts[COUNT_ORDER]++;
        return;
    }
    block = new_block(ftrace, request);
    it = &ftrace->blocks[block];
    classify(ftrace, it, request);
    if (it->state != BLOCK_SLAB)
        it->handle = event_queue_make(&ftrace->queue, &event,
                                      it->state == BLOCK_PAGES ? VERDICT_WRITE : VERDICT_WAIT,
                                      block, &it->number);
}

/* Did slab_free name this page? It is taken off the list. */
static bool take_slab_free(struct ftrace *ftrace, uint64_t page)
{
    for (uint32_t i = 0; i < SLAB_FREES_KEPT; i++) {
        if (page != 0 && ftrace->slab_frees[i] == page) {
            ftrace->slab_frees[i] = 0;
            return true;
        }
    }
    return false;
}

/* A free tells what an undecided block was. */
static void decide_by_free(struct ftrace *ftrace, uint32_t block, bool slab)
{
    if (ftrace->blocks[block].state == BLOCK_UNDECIDED)
        decide(ftrace, block, slab ? BLOCK_SLAB : BLOCK_PAGES);
}

void ftrace_pages_free(struct ftrace *ftrace, uint64_t page, uint64_t frame, uint64_t order)
{
    bool slab = take_slab_free(ftrace, page);
    bool known = false;
    uint32_t block = 0;
    uint32_t end;

    if (order > ORDER_MAX) {
        ftrace->counts[COUNT_ORDER]++;
        return;
    }
    end = (uint32_t)frame + (1u << order);
    for (uint32_t at = (uint32_t)frame; at < end; at++) {
        uint32_t before = frame_map_get(&ftrace->frames, at);

        block = before;
        if (before == 0)
            continue;
        known = true;
        decide_by_free(ftrace, before, slab);
        frame_map_set(&ftrace->frames, at, 0);
        if (--ftrace->blocks[before].live_frames == 0) {
            end_block(ftrace, before);
            block = 0;
        }
    }
    if (block != 0)
        ftrace->counts[COUNT_PARTIAL_FREE]++;
    else if (!known)
        ftrace->counts[slab ? COUNT_SLAB_PAGES_FREED : COUNT_OLD_PAGES]++;
}

static bool is_large(const struct page_block *block, uint64_t address, uint64_t bytes)
{
    return bytes > SLAB_KMALLOC_MAX && bytes == (uint64_t)PAGE_SIZE << block->order &&
           address == ftrace_address_of(block->first_frame);
}

uint32_t ftrace_pages_hold(struct ftrace *ftrace, uint64_t address, uint64_t bytes)
{
    struct page_block *it;
    enum block_state state;
    uint32_t block;

    if (address < ftrace_address_of(0) || address >= LOWMEM_END)
        return 0;
    block =
        frame_map_get(&ftrace->frames, (uint32_t)((address - ftrace_address_of(0)) >> PAGE_SHIFT));
    if (block == 0)
        return 0;
    it = &ftrace->blocks[block];
    state = is_large(it, address, bytes) ? BLOCK_LARGE : BLOCK_SLAB;
    if (it->state == BLOCK_UNDECIDED) {
        decide(ftrace, block, state);
    } else if (it->state == BLOCK_PAGES) {
        ftrace->counts[COUNT_LATE]++;
        event_queue_end(&ftrace->queue, EVENT_FREE_PAGES, it->handle);
        it->state = (uint8_t)state;
    }
    return it->state == BLOCK_LARGE && state == BLOCK_LARGE ? block : 0;
}

void ftrace_slab_open(struct ftrace *ftrace)
{
    ftrace->has_slab_probes = true;
    ftrace->slab_expected = false; /* both lines of one call */
    ftrace->slabs_open++;
}

struct search {
    struct ftrace *ftrace;
    uint64_t page;
};

static bool match_slab(void *context, uint64_t number, uint32_t block)
{
    const struct search *search = context;

    (void)number;
    if (search->ftrace->blocks[block].page != search->page)
        return true;
    decide(search->ftrace, block, BLOCK_SLAB);
    return false;
}

/* No slab is being made: what waits for that reason alone is a block of pages. */
static bool close_slabs(void *context, uint64_t number, uint32_t block)
{
    struct ftrace *ftrace = context;
    struct page_block *it = &ftrace->blocks[block];

    (void)number;
    it->maybe_slab = false;
    if (!it->maybe_large)
        decide(ftrace, block, BLOCK_PAGES);
    return true;
}

void ftrace_slab_made(struct ftrace *ftrace, uint64_t page)
{
    struct search search = {ftrace, page};

    if (page != 0)
        event_queue_each_waiting(&ftrace->queue, match_slab, &search);
    if (ftrace->slabs_open > 0 && --ftrace->slabs_open == 0)
        event_queue_each_waiting(&ftrace->queue, close_slabs, ftrace);
}

void ftrace_slab_free(struct ftrace *ftrace, uint64_t page)
{
    ftrace->slab_frees[ftrace->slab_free_next++ % SLAB_FREES_KEPT] = page;
}

void ftrace_slab_expect(struct ftrace *ftrace, uint64_t pid, char context)
{
    if (ftrace->has_slab_probes)
        return;
    ftrace->slab_expected = true;
    ftrace->slab_pid = pid;
    ftrace->slab_context = context;
}

void ftrace_slab_forget(struct ftrace *ftrace)
{
    ftrace->slab_expected = false;
    ftrace->slabs_open = 0;
    event_queue_each_waiting(&ftrace->queue, close_slabs, ftrace);
}
