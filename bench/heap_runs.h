/* Runs a sequence of requests on a heap. Each function is inlined into its callers together with
   the heap's operations. */
#ifndef BENCH_HEAP_RUNS_H
#define BENCH_HEAP_RUNS_H

#include "heap_subjects.h"
#include "requests.h"

/* The live blocks by slot. */
struct heap_block {
    uintptr_t block; /* 0: the slot is empty */
    uint32_t bytes;
};
extern struct heap_block heap_blocks[REQUEST_SLOTS_MAX];

/* Writes to each slot of a sequence, so that none costs a page fault later. */
void heap_blocks_touch(const struct requests *requests);

/* Its owner writes a block's first word, and finds it there when it frees the block. */
#define HEAP_WORD(slot) ((slot)*UINT64_C(0x9e3779b97f4a7c15))

BENCH_INLINE void block_write(void *block, uint32_t bytes, uint32_t slot)
{
    if (bytes >= sizeof(uint64_t))
        *(uint64_t *)block = HEAP_WORD(slot);
    else
        *(unsigned char *)block = (unsigned char)slot;
}

BENCH_INLINE void block_verify(const void *block, uint32_t bytes, uint32_t slot)
{
    bool holds = bytes >= sizeof(uint64_t) ? *(const uint64_t *)block == HEAP_WORD(slot)
                                           : *(const unsigned char *)block == (unsigned char)slot;

    bench_require(holds, "a heap has changed the contents of a block");
}

BENCH_INLINE bool serve_alloc(const struct heap_ops *ops, const struct request *request)
{
    struct heap_block *held = &heap_blocks[request->slot];
    uintptr_t block = ops->alloc(request->bytes);

    if (block == 0)
        return false;
    block_write(ops->pointer(block), request->bytes, request->slot);
    *held = (struct heap_block){block, request->bytes};
    return true;
}

BENCH_INLINE void serve_free(const struct heap_ops *ops, uint32_t slot)
{
    struct heap_block *held = &heap_blocks[slot];

    block_verify(ops->pointer(held->block), held->bytes, slot);
    ops->free(held->block);
    held->block = 0;
}

BENCH_INLINE bool serve_resize(const struct heap_ops *ops, const struct request *request)
{
    struct heap_block *held = &heap_blocks[request->slot];
    uintptr_t block = ops->resize(held->block, held->bytes, request->bytes);

    if (block == 0)
        return false;
    if (held->bytes >= sizeof(uint64_t) && request->bytes >= sizeof(uint64_t))
        block_verify(ops->pointer(block), held->bytes, request->slot);
    block_write(ops->pointer(block), request->bytes, request->slot);
    *held = (struct heap_block){block, request->bytes};
    return true;
}

BENCH_INLINE bool serve(const struct heap_ops *ops, const struct request *request)
{
    if (request->kind == REQUEST_FREE) {
        serve_free(ops, request->slot);
        return true;
    }
    return request->kind == REQUEST_ALLOC ? serve_alloc(ops, request) : serve_resize(ops, request);
}

/* Serves requests [first, end) of a sequence. false: the heap has run out of memory; what it holds
   then is lost. */
BENCH_INLINE bool run_part(const struct heap_ops *ops, const struct requests *requests,
                           uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++)
        if (!serve(ops, &requests->list[i]))
            return false;
    return true;
}

/* Serves a sequence from an empty heap. */
BENCH_INLINE bool run_requests(const struct heap_ops *ops, const struct requests *requests)
{
    return run_part(ops, requests, 0, requests->count);
}

/* Frees every block that a sequence has left. */
BENCH_INLINE void free_left(const struct heap_ops *ops, const struct requests *requests)
{
    for (uint32_t slot = 0; slot < requests->slots; slot++)
        if (heap_blocks[slot].block != 0)
            serve_free(ops, slot);
}

/* Warm up: serves a sequence, and frees what it has left. */
BENCH_INLINE void run_and_free(const struct heap_ops *ops, const struct requests *requests)
{
    heap_blocks_touch(requests);
    bench_require(run_requests(ops, requests), "a heap has run out of memory");
    free_left(ops, requests);
}

/* Warms up, and serves the requests that are not timed once more. */
BENCH_INLINE void start_timed(const struct heap_ops *ops, const struct requests *requests)
{
    run_and_free(ops, requests);
    bench_require(run_part(ops, requests, 0, requests->untimed), "a heap has run out of memory");
}

/* Serves the requests that are timed. Returns their number. */
BENCH_INLINE uint32_t run_timed(const struct heap_ops *ops, const struct requests *requests)
{
    bench_require(run_part(ops, requests, requests->untimed, requests->count),
                  "a heap has run out of memory");
    return requests->count - requests->untimed;
}

#endif
