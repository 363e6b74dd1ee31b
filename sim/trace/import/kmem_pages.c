#include "kmem_state.h"
#include "trace/memory.h"

/* ---- how slabs show ---- */

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
    kmem->slab_expected = false; /* allocate_slab and slab_new are lines of the same call */
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

/* No slab is being made: a block that waited for that reason alone is a block of pages. */
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

/* The task's next event did not show that the block is a slab. */
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

/* ---- blocks of pages ---- */

/* SLUB gives a kmalloc above this pages of its own. */
#define SLAB_KMALLOC_MAX 8192u
#define LARGE_ORDER_MIN  2u
_Static_assert(((uint32_t)PAGE_SIZE << LARGE_ORDER_MIN) > SLAB_KMALLOC_MAX,
               "LARGE_ORDER_MIN is the lowest order above the largest slab object");

void kmem_block_decide(struct kmem *kmem, uint32_t block, enum block_state state)
{
    struct page_block *pages = &kmem->blocks[block];

    pages->state = (uint8_t)state;
    if (kmem->next_block == block)
        kmem->next_block = 0;
    event_queue_decide(&kmem->queue, pages->number,
                       state == BLOCK_PAGES ? VERDICT_WRITE : VERDICT_DROP);
    if (state != BLOCK_PAGES)
        kmem->counts[state == BLOCK_SLAB ? COUNT_SLAB_PAGES : COUNT_LARGE_PAGES]++;
}

void kmem_pages_let_through(void *context, uint32_t block)
{
    struct kmem *kmem = context;

    kmem->blocks[block].state = BLOCK_PAGES;
    if (kmem->next_block == block)
        kmem->next_block = 0;
}

/* Frees the large kmalloc in a block, if the log has not freed it. */
static void end_large(struct kmem *kmem, const struct page_block *block)
{
    uint64_t address = linear_map_address(&kmem->map, block->first_frame);
    const uint32_t *handle = id_map_find(&kmem->objects, address);
    uint32_t ended;

    if (handle == NULL || *handle != block->handle)
        return;
    kmem->counts[COUNT_MISSED_OBJECT]++;
    id_map_remove(&kmem->objects, address, &ended);
    event_queue_end(&kmem->queue, EVENT_KFREE, ended);
}

/* All frames of a block are free. */
static void end_block(struct kmem *kmem, uint32_t block)
{
    struct page_block *pages = &kmem->blocks[block];

    if (pages->state == BLOCK_PAGES)
        event_queue_end(&kmem->queue, EVENT_FREE_PAGES, pages->handle);
    else if (pages->state == BLOCK_SLAB)
        kmem->counts[COUNT_SLAB_PAGES_FREED]++;
    else if (pages->state == BLOCK_PROCESS)
        kmem->counts[COUNT_PROCESS_FREED]++;
    else
        kmem->counts[COUNT_LARGE_PAGES_FREED]++;
    if (pages->state == BLOCK_LARGE)
        end_large(kmem, pages);
    pages->state = BLOCK_FREE;
    slot_pool_give(&kmem->block_pool, block - 1);
}

/* The buddy allocator gave out a frame of the block again, so the free of the block was missed. */
static void end_missed(struct kmem *kmem, uint32_t block)
{
    struct page_block *pages = &kmem->blocks[block];

    kmem->counts[COUNT_MISSED_PAGES]++;
    if (pages->state == BLOCK_UNDECIDED)
        kmem_block_decide(kmem, block, BLOCK_PAGES);
    for (uint32_t i = 0; i < 1u << pages->order; i++) {
        if (frame_map_get(&kmem->frames, pages->first_frame + i) == block)
            frame_map_set(&kmem->frames, pages->first_frame + i, 0);
    }
    end_block(kmem, block);
}

/* The note that a page was freed: its frame + 1, until the page is given out again or another one
   takes the place. */
static uint64_t *freed_note(struct kmem *kmem, uint64_t frame)
{
    return &kmem->freed[frame % FREED_KEPT];
}

static uint32_t new_block(struct kmem *kmem, const struct page_request *request)
{
    uint32_t block = slot_pool_take(&kmem->block_pool) + 1;
    uint64_t first = request->frame;
    uint32_t frames = 1u << request->order;

    kmem->blocks = memory_reach(kmem->blocks, &kmem->blocks_capacity, block, sizeof(*kmem->blocks));
    kmem->blocks[block] = (struct page_block){.page = request->page,
                                              .first_frame = first,
                                              .live_frames = frames,
                                              .order = (uint8_t)request->order};
    for (uint32_t i = 0; i < frames; i++) {
        uint32_t before = frame_map_get(&kmem->frames, first + i);

        if (before != 0)
            end_missed(kmem, before);
        frame_map_set(&kmem->frames, first + i, block);
        if (*freed_note(kmem, first + i) == first + i + 1)
            *freed_note(kmem, first + i) = 0;
    }
    return block;
}

/* Finds what the new block may be for. A slab or a kmalloc never lies in high memory. */
static void classify(struct kmem *kmem, struct page_block *block,
                     const struct page_request *request)
{
    bool kernel = request->page_class != PAGES_USER;

    block->maybe_slab = kernel && kmem->slabs_open > 0;
    block->maybe_large = kernel && request->order >= LARGE_ORDER_MIN;
    block->maybe_next = kernel && !kmem->slabs_announced;
    block->state = block->maybe_slab || block->maybe_large || block->maybe_next ? BLOCK_UNDECIDED
                                                                                : BLOCK_PAGES;
    if (kernel && kmem_slab_take_expected(kmem, request)) {
        kmem->counts[COUNT_SLAB_PAGES]++;
        block->state = BLOCK_SLAB;
    }
}

void kmem_pages_alloc(struct kmem *kmem, const struct page_request *request)
{
    struct event event = {.kind = EVENT_PAGES,
                          .order = (uint8_t)request->order,
                          .page_class = (uint8_t)request->page_class,
                          .site = request->site};
    struct page_block *pages;
    uint32_t block;

    kmem->allocations++;
    if (request->page == 0) {
        kmem->counts[COUNT_FAILED_PAGES]++;
        return;
    }
    if (request->order > ORDER_MAX) {
        kmem->counts[COUNT_ORDER]++;
        return;
    }
    kmem->kept++;
    block = new_block(kmem, request);
    pages = &kmem->blocks[block];
    if (request->of_process) {
        pages->state = BLOCK_PROCESS;
        return;
    }
    classify(kmem, pages, request);
    if (pages->state != BLOCK_SLAB)
        pages->handle = event_queue_make(&kmem->queue, &event,
                                         pages->state == BLOCK_PAGES ? VERDICT_WRITE : VERDICT_WAIT,
                                         block, &pages->number);
    if (pages->maybe_next && pages->state == BLOCK_UNDECIDED)
        kmem_slab_await(kmem, block, request);
}

/* A free shows what an undecided block was. */
static void decide_by_free(struct kmem *kmem, uint32_t block, bool slab)
{
    if (kmem->blocks[block].state == BLOCK_UNDECIDED)
        kmem_block_decide(kmem, block, slab ? BLOCK_SLAB : BLOCK_PAGES);
}

/* Frees a frame of a block. Returns the block that still has others; 0: there is none. */
static uint32_t free_frame(struct kmem *kmem, uint64_t frame, uint32_t block, bool slab)
{
    decide_by_free(kmem, block, slab);
    frame_map_set(&kmem->frames, frame, 0);
    if (--kmem->blocks[block].live_frames > 0)
        return block;
    end_block(kmem, block);
    return 0;
}

/* Is this the second line about one free? If it is the first one, it is noted. */
static bool is_second_free(struct kmem *kmem, uint64_t frame, uint64_t order, bool batched)
{
    uint64_t *note = freed_note(kmem, frame);

    if (order > 0)
        return false;
    if (*note == frame + 1 || (batched && frame_map_get(&kmem->frames, frame) == 0))
        return true;
    *note = frame + 1;
    return false;
}

void kmem_pages_free(struct kmem *kmem, uint64_t page, uint64_t frame, uint64_t order, bool batched)
{
    bool slab = kmem_slab_take_free(kmem, page);
    bool known = false;
    uint32_t rest = 0;

    if (order > ORDER_MAX) {
        kmem->counts[COUNT_ORDER]++;
        return;
    }
    if (is_second_free(kmem, frame, order, batched)) {
        kmem->counts[COUNT_BATCHED]++;
        return;
    }
    for (uint64_t at = frame; at < frame + (1u << order); at++) {
        uint32_t block = frame_map_get(&kmem->frames, at);

        known |= block != 0;
        rest = block != 0 ? free_frame(kmem, at, block, slab) : 0;
    }
    if (rest != 0)
        kmem->counts[COUNT_PARTIAL_FREE]++;
    else if (!known)
        kmem->counts[slab ? COUNT_SLAB_PAGES_FREED : COUNT_OLD_PAGES]++;
}

static bool is_large(const struct kmem *kmem, const struct page_block *block, uint64_t address,
                     uint64_t bytes)
{
    return bytes > SLAB_KMALLOC_MAX && bytes == (uint64_t)PAGE_SIZE << block->order &&
           address == linear_map_address(&kmem->map, block->first_frame);
}

struct large {
    struct kmem *kmem;
    uint64_t address;
    uint64_t bytes;
};

/* A large kmalloc follows the request for its pages, which is the last request of its length. */
static bool learn_from(void *context, uint64_t number, uint32_t block)
{
    struct large *large = context;
    const struct page_block *pages = &large->kmem->blocks[block];

    (void)number;
    if (large->bytes != (uint64_t)PAGE_SIZE << pages->order)
        return true;
    linear_map_learn(&large->kmem->map, large->address, pages->first_frame);
    return false;
}

/* The block in which an object lies; 0: it is unknown. */
static uint32_t block_at(struct kmem *kmem, uint64_t address, uint64_t bytes)
{
    struct large large = {kmem, address, bytes};
    uint64_t frame;

    linear_map_see(&kmem->map, address);
    if (kmem->map.base == 0 && bytes > SLAB_KMALLOC_MAX)
        event_queue_each_waiting(&kmem->queue, learn_from, &large);
    if (kmem->map.base == 0)
        kmem->counts[COUNT_UNMAPPED]++;
    return linear_map_frame(&kmem->map, address, &frame) ? frame_map_get(&kmem->frames, frame) : 0;
}

uint32_t kmem_pages_hold(struct kmem *kmem, uint64_t address, uint64_t bytes)
{
    uint32_t block = block_at(kmem, address, bytes);
    struct page_block *pages;
    enum block_state state;

    if (block == 0)
        return 0;
    pages = &kmem->blocks[block];
    state = is_large(kmem, pages, address, bytes) ? BLOCK_LARGE : BLOCK_SLAB;
    if (pages->state == BLOCK_UNDECIDED) {
        kmem_block_decide(kmem, block, state);
    } else if (pages->state == BLOCK_PAGES) {
        kmem->counts[COUNT_LATE]++;
        event_queue_end(&kmem->queue, EVENT_FREE_PAGES, pages->handle);
        pages->state = (uint8_t)state;
    }
    return pages->state == BLOCK_LARGE && state == BLOCK_LARGE ? block : 0;
}
