#include "heap_span.h"
#include "heap_runs.h"

#include <math.h>

/* A span is read after so many requests, when the live bytes exceed those at the last reading by
   this part of the most live bytes, and when the most bytes are live. */
#define SPAN_EVERY 256u
#define SPAN_RISE  2000u

struct heap_block heap_blocks[REQUEST_SLOTS_MAX];

void heap_blocks_touch(const struct requests *requests)
{
    for (uint32_t slot = 0; slot < requests->slots; slot++)
        *(volatile uintptr_t *)&heap_blocks[slot].block = 0;
}

/* ---- the largest span ---- */

static struct {
    uint64_t live_bytes;
    uint64_t seen_bytes; /* the most live bytes at a reading of the span */
    uint64_t highest;    /* the end of the highest block so far */
    uint64_t span_bytes; /* the largest so far */
} account;

static void span_read(const struct heap_ops *ops)
{
    uint64_t span_bytes = ops->span_bytes(account.highest);

    if (span_bytes > account.span_bytes)
        account.span_bytes = span_bytes;
    if (account.live_bytes > account.seen_bytes)
        account.seen_bytes = account.live_bytes;
}

static unsigned char filling(uint32_t slot)
{
    return (unsigned char)(slot * 31u + 7u);
}

static void fill(const struct heap_ops *ops, const struct request *request)
{
    void *pointer = ops->pointer(heap_blocks[request->slot].block);

    bench_require((uintptr_t)pointer % 8u == 0, "a block is not aligned to 8 bytes");
    memset(pointer, filling(request->slot), request->bytes);
}

static void verify(const struct heap_ops *ops, uint32_t slot, uint32_t bytes)
{
    const unsigned char *pointer = ops->pointer(heap_blocks[slot].block);

    bench_require(pointer[0] == filling(slot) && memcmp(pointer, pointer + 1, bytes - 1u) == 0,
                  "a heap has changed the contents of a block");
}

static void account_block(const struct request *request, uintptr_t block)
{
    bench_require(block != 0, "a heap has run out of memory");
    heap_blocks[request->slot] = (struct heap_block){block, request->bytes};
    account.live_bytes += request->bytes;
    if (block + request->bytes > account.highest)
        account.highest = block + request->bytes;
}

static void account_request(const struct heap_ops *ops, const struct request *request)
{
    struct heap_block held = heap_blocks[request->slot];

    switch ((enum request_kind)request->kind) {
    case REQUEST_ALLOC:
        account_block(request, ops->alloc(request->bytes));
        fill(ops, request);
        break;
    case REQUEST_RESIZE:
        account.live_bytes -= held.bytes;
        account_block(request, ops->resize(held.block, held.bytes, request->bytes));
        verify(ops, request->slot, held.bytes < request->bytes ? held.bytes : request->bytes);
        fill(ops, request);
        break;
    case REQUEST_FREE:
        account.live_bytes -= held.bytes;
        verify(ops, request->slot, held.bytes);
        ops->free(held.block);
        heap_blocks[request->slot].block = 0;
        break;
    }
}

double heap_used_percent(const struct heap_ops *ops, const struct requests *requests)
{
    uint64_t rise_bytes = requests->peak_bytes / SPAN_RISE + 1u;

    memset(&account, 0, sizeof account);
    for (uint32_t i = 0; i < requests->count; i++) {
        account_request(ops, &requests->list[i]);
        if (i % SPAN_EVERY == 0 || account.live_bytes >= account.seen_bytes + rise_bytes ||
            account.live_bytes == requests->peak_bytes)
            span_read(ops);
    }
    return 100.0 * (double)requests->peak_bytes / (double)account.span_bytes;
}

/* ---- the smallest region ---- */

#define REGION_STEP 64u

static bool suffices(const struct heap_ops *ops, const struct requests *requests, uint32_t bytes)
{
    return ops->restart(bytes) && run_requests(ops, requests);
}

double heap_least_percent(const struct heap_ops *ops, const struct requests *requests)
{
    uint32_t fails = (uint32_t)(requests->peak_bytes - 1u) & ~(REGION_STEP - 1u);
    uint32_t enough = DIRECT_BYTES;
    uint32_t exact = fails / 1000u > REGION_STEP ? fails / 1000u : REGION_STEP;

    if (ops->restart == NULL || fails >= enough || !suffices(ops, requests, enough))
        return NAN;
    while (enough - fails > exact) {
        uint32_t bytes = (fails + (enough - fails) / 2u) & ~(REGION_STEP - 1u);
        if (suffices(ops, requests, bytes))
            enough = bytes;
        else
            fails = bytes;
    }
    return 100.0 * (double)requests->peak_bytes / (double)(enough + ops->outside_bytes);
}
