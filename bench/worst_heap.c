/*
 * Sequences that are bad for heap.h and for kmalloc(): lists of blocks that are a little too small,
 * pages of small blocks that appear and vanish, a full memory, pages in the way of the heap, and
 * random calls when little is free. No request is larger than LARGEST, because the time to add
 * frames to a heap grows with the request.
 */
#include "heap_subjects.h"
#include "replay/random.h"
#include "worst.h"

#include "machine/machine.h"

#define LARGEST       65536u
#define BLOCKS_MAX    (1u << 20)
#define LIST_BLOCKS   40u
#define SMALL_BLOCKS  600u
#define RANDOM_BLOCKS 8000u
#define RANDOM_CALLS  2000u
#define SAMPLE        300u

struct worst_heap {
    void (*open)(void);
    void (*close)(void);
    worst_operation *alloc; /* bytes -> block; 0: out of memory */
    worst_operation *free;  /* block */
    worst_operation
        *resize; /* block, bytes -> whether it fits in place; NULL: it is not measured */
};

static uint64_t blocks[BLOCKS_MAX];
static uint32_t block_count;
static uint32_t random_state;
static uint64_t memory_bytes;
static const char *strategy;
static struct machine *machine;

/* ---- the subjects ---- */

static void open_heap(void)
{
    uint64_t room = (uint64_t)(LOW_END_PFN - DMA_END_PFN) << PAGE_SHIFT;

    machine = machine_create(NULL);
    bench_require(machine != NULL, "no simulated machine");
    heap_init(&direct_heap, direct_map_frame(pfn(DMA_END_PFN)));
    heap_extend(&direct_heap, (uint32_t)(memory_bytes < room ? memory_bytes : room));
}

static void close_heap(void)
{
    machine_destroy(machine);
}

static uint64_t call_heap_alloc(uint64_t bytes, uint64_t unused)
{
    (void)unused;
    return direct_alloc((uint32_t)bytes);
}

static uint64_t call_heap_free(uint64_t block, uint64_t unused)
{
    (void)unused;
    direct_free(block);
    return 0;
}

static uint64_t call_heap_resize(uint64_t block, uint64_t bytes)
{
    return heap_resize(&direct_heap, vaddr((uint32_t)block), (uint32_t)bytes);
}

static void open_kernel(void)
{
    const struct memmap_range ram = {0x100000, memory_bytes - 1u, true};
    struct memmap map;

    machine = machine_create(NULL);
    bench_require(machine != NULL, "no simulated machine");
    bench_require(memmap_build(&map, &ram, 1) && mm_init(&kernel, mm_strategy_find(strategy), &map),
                  "a strategy does not start");
}

static void close_kernel(void)
{
    mm_exit(&kernel);
    machine_destroy(machine);
}

static uint64_t call_kmalloc(uint64_t bytes, uint64_t unused)
{
    (void)unused;
    return kernel_alloc((uint32_t)bytes);
}

static uint64_t call_kfree(uint64_t block, uint64_t unused)
{
    (void)unused;
    kernel_free(block);
    return 0;
}

static const struct worst_heap heap_calls = {open_heap, close_heap, call_heap_alloc, call_heap_free,
                                             call_heap_resize};
static const struct worst_heap kmalloc_calls = {open_kernel, close_kernel, call_kmalloc, call_kfree,
                                                NULL};

/* ---- parts of sequences ---- */

static void begin(const struct worst_heap *heap, const char *name)
{
    worst_sequence(name);
    heap->open();
    block_count = 0;
    random_state = RANDOM32_SEED;
}

static bool keep(uint64_t block)
{
    if (block == 0 || block_count == BLOCKS_MAX)
        return false;
    blocks[block_count++] = block;
    return true;
}

static bool count_alloc(const struct worst_heap *heap, uint32_t bytes)
{
    return keep(worst_count(WORST_ALLOC, bytes, heap->alloc, bytes, 0));
}

static void count_free(const struct worst_heap *heap, uint64_t block)
{
    worst_count(WORST_FREE, 0, heap->free, block, 0);
}

/* Allocates blocks of one size until there is no room; the call that fails counts. */
static void fill(const struct worst_heap *heap, uint32_t bytes)
{
    while (keep(heap->alloc(bytes, 0)))
        continue;
    count_alloc(heap, bytes);
}

static void free_every_other(const struct worst_heap *heap)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < block_count; i++)
        if (i % 2 == 0)
            heap->free(blocks[i], 0);
        else
            blocks[kept++] = blocks[i];
    block_count = kept;
}

/* Removes a random block. */
static uint64_t pick(void)
{
    uint32_t at = random32_below(&random_state, block_count);
    uint64_t block = blocks[at];

    blocks[at] = blocks[--block_count];
    return block;
}

static uint32_t random_bytes(void)
{
    uint32_t shift = random32_below(&random_state, 14);

    return 1u + random32_below(&random_state, 8u << shift);
}

/* ---- the sequences ---- */

/* Each size alone: the first block, and the last. */
static void run_first(const struct worst_heap *heap)
{
    for (uint32_t bytes = 1; bytes <= LARGEST; bytes = bytes * 5 / 4 + 1) {
        begin(heap, "first");
        count_alloc(heap, bytes);
        count_free(heap, blocks[0]);
        heap->close();
    }
}

/* Free blocks of one size, none of which merges; then requests that are a little larger. */
static void run_lists(const struct worst_heap *heap)
{
    for (uint32_t bytes = 520; bytes < LARGEST; bytes = bytes * 3 / 2) {
        begin(heap, "lists");
        for (uint32_t i = 0; i < 2 * LIST_BLOCKS; i++)
            keep(heap->alloc(bytes, 0));
        free_every_other(heap);
        for (uint32_t more = 1; more <= bytes / 8; more += bytes / 64)
            count_alloc(heap, bytes + more);
        while (block_count != 0)
            count_free(heap, pick());
        heap->close();
    }
}

/* Many blocks of one small size, freed in random order. */
static void run_small(const struct worst_heap *heap)
{
    static const uint32_t sizes[] = {1, 16, 40, 64, 128, 256, 488, 1024};

    for (uint32_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        begin(heap, "small");
        for (uint32_t k = 0; k < SMALL_BLOCKS; k++)
            count_alloc(heap, sizes[i]);
        while (block_count != 0)
            count_free(heap, pick());
        heap->close();
    }
}

/* No room for any size; then every other block is free; then all are. */
static void run_full(const struct worst_heap *heap)
{
    static const uint32_t sizes[] = {60000, 4000, 1500, 400, 24, 1};

    begin(heap, "full");
    for (uint32_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        fill(heap, sizes[i]);
    free_every_other(heap);
    for (uint32_t i = 0; i < SAMPLE; i++)
        count_alloc(heap, random_bytes());
    for (uint32_t i = 0; i < SAMPLE && block_count != 0; i++)
        count_free(heap, pick());
    while (block_count > SAMPLE)
        heap->free(blocks[--block_count], 0);
    while (block_count != 0)
        count_free(heap, blocks[--block_count]);
    heap->close();
}

static void run_resizes(const struct worst_heap *heap)
{
    begin(heap, "resizes");
    for (uint32_t i = 0; i < RANDOM_BLOCKS / 8; i++)
        keep(heap->alloc(random_bytes(), 0));
    free_every_other(heap);
    for (uint32_t i = 0; i < RANDOM_CALLS; i++) {
        uint64_t block = blocks[random32_below(&random_state, block_count)];
        uint32_t bytes = random_bytes();
        worst_count(WORST_OTHER, bytes, heap->resize, block, bytes);
    }
    heap->close();
}

static void run_random(const struct worst_heap *heap)
{
    begin(heap, "random");
    for (uint32_t i = 0; i < RANDOM_BLOCKS; i++)
        keep(heap->alloc(random_bytes(), 0));
    for (uint32_t i = 0; i < RANDOM_CALLS; i++) {
        count_free(heap, pick());
        count_alloc(heap, random_bytes());
    }
    heap->close();
}

/* ---- pages in the way of a heap ---- */

static uint32_t page_of[PAGES_COOKIES >> 7]; /* the frame of each page, by its cookie */

static void page_moved(void *context, uint32_t cookie, pfn_t from, pfn_t to)
{
    (void)context;
    (void)from;
    page_of[cookie] = to.value;
}

/* All frames are pages that may be moved; then every other one is free, and the heap grows. */
static void run_pages(const struct worst_heap *heap)
{
    uint32_t pages = 0;

    begin(heap, "pages");
    kernel.moved = page_moved;
    for (;; pages++) {
        pfn_t page = pages_alloc(&kernel, 0, PAGES_USER);
        if (pfn_is_none(page))
            break;
        page_of[pages] = page.value;
        pages_set_movable(&kernel, page, 0, pages);
    }
    for (uint32_t i = 0; i < pages; i += 2)
        pages_free(&kernel, pfn(page_of[i]), 0);
    for (uint32_t i = 0; i < SAMPLE; i++)
        count_alloc(heap, random_bytes());
    while (block_count != 0)
        count_free(heap, pick());
    heap->close();
}

/* ---- all ---- */

static void run_all(const struct worst_heap *heap)
{
    run_first(heap);
    run_lists(heap);
    run_small(heap);
    run_full(heap);
    run_random(heap);
}

void worst_run_heap(enum worst_size size)
{
    memory_bytes = worst_memory_bytes(size);
    run_all(&heap_calls);
    run_resizes(&heap_calls);
}

void worst_run_kmalloc(const char *name, enum worst_size size)
{
    memory_bytes = worst_memory_bytes(size);
    strategy = name;
    run_all(&kmalloc_calls);
    run_pages(&kmalloc_calls);
}
