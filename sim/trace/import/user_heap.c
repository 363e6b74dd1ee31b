#include "user_heap.h"

#include <assert.h>
#include <string.h>

static const char *const count_names[USER_HEAP_COUNT_COUNT] = {
    [USER_HEAP_FREE_NULL] = "free of NULL",
    [USER_HEAP_ZERO_SIZE] = "block of 0 bytes: left out",
    [USER_HEAP_TOO_BIG] = "block of 4 GiB or more: left out",
    [USER_HEAP_FAILED] = "failed allocation",
    [USER_HEAP_FAILED_REALLOC] = "failed realloc: the block stays as it was",
    [USER_HEAP_OLD_FREE] = "free of a block older than the log",
    [USER_HEAP_OLD_REALLOC] = "realloc of a block older than the log: an allocation",
    [USER_HEAP_MISSED_FREE] = "address allocated again without a free: freed first",
};

/* The slot of a block that is not in the trace. */
#define LEFT_OUT UINT32_MAX

/* The events of a heap always make sense. */
static void write_event(struct user_heap *heap, const struct event *event)
{
    const char *reason = trace_writer_event(heap->writer, event);

    assert(reason == NULL);
}

/* Can a trace hold a block of so many bytes? If not, the block is counted. */
static bool fits(struct user_heap *heap, uint64_t bytes)
{
    heap->counts[USER_HEAP_ZERO_SIZE] += bytes == 0;
    heap->counts[USER_HEAP_TOO_BIG] += bytes > UINT32_MAX;
    return bytes > 0 && bytes <= UINT32_MAX;
}

/* Writes the kmalloc of a block. Returns its slot. */
static uint32_t make(struct user_heap *heap, uint64_t bytes, uint32_t site)
{
    uint32_t slot;

    if (!fits(heap, bytes))
        return LEFT_OUT;
    slot = slot_pool_take(&heap->slots);
    write_event(heap, &(struct event){.kind = EVENT_KMALLOC,
                                      .slot = slot,
                                      .bytes = (uint32_t)bytes,
                                      .site = site,
                                      .id = ++heap->last_id});
    return slot;
}

static void end(struct user_heap *heap, uint32_t slot)
{
    if (slot == LEFT_OUT)
        return;
    write_event(heap, &(struct event){.kind = EVENT_KFREE, .slot = slot});
    slot_pool_give(&heap->slots, slot);
}

/* Changes the size of the block in a slot. Returns its slot from now on. */
static uint32_t resize(struct user_heap *heap, uint32_t slot, uint64_t bytes, uint32_t site)
{
    if (slot == LEFT_OUT)
        return make(heap, bytes, site);
    if (!fits(heap, bytes)) {
        end(heap, slot);
        return LEFT_OUT;
    }
    write_event(heap,
                &(struct event){.kind = EVENT_KREALLOC, .slot = slot, .bytes = (uint32_t)bytes});
    return slot;
}

/* A block starts at address: if an older one does, the log has missed its free. */
static void clear(struct user_heap *heap, struct id_map *blocks, uint64_t address)
{
    uint32_t slot;

    if (!id_map_remove(blocks, address, &slot))
        return;
    heap->counts[USER_HEAP_MISSED_FREE]++;
    end(heap, slot);
}

void user_heap_alloc(struct user_heap *heap, struct id_map *blocks, uint64_t address,
                     uint64_t bytes, uint32_t site)
{
    heap->allocations++;
    if (address == 0) {
        heap->counts[USER_HEAP_FAILED]++;
        return;
    }
    clear(heap, blocks, address);
    id_map_add(blocks, address, make(heap, bytes, site));
}

static void realloc_live(struct user_heap *heap, struct id_map *blocks, uint64_t old,
                         uint64_t address, uint64_t bytes, uint32_t site)
{
    uint32_t slot;

    if (!id_map_remove(blocks, old, &slot)) {
        heap->counts[USER_HEAP_OLD_REALLOC]++;
        heap->allocations++;
        slot = LEFT_OUT;
    }
    clear(heap, blocks, address);
    id_map_add(blocks, address, resize(heap, slot, bytes, site));
}

void user_heap_realloc(struct user_heap *heap, struct id_map *blocks, uint64_t old,
                       uint64_t address, uint64_t bytes, uint32_t site)
{
    if (old == 0)
        user_heap_alloc(heap, blocks, address, bytes, site);
    else if (address != 0)
        realloc_live(heap, blocks, old, address, bytes, site);
    else if (bytes == 0)
        user_heap_free(heap, blocks, old);
    else
        heap->counts[USER_HEAP_FAILED_REALLOC]++;
}

void user_heap_free(struct user_heap *heap, struct id_map *blocks, uint64_t address)
{
    uint32_t slot;

    if (address == 0)
        heap->counts[USER_HEAP_FREE_NULL]++;
    else if (id_map_remove(blocks, address, &slot))
        end(heap, slot);
    else
        heap->counts[USER_HEAP_OLD_FREE]++;
}

uint64_t user_heap_free_all(struct user_heap *heap, struct id_map *blocks)
{
    uint64_t count = blocks->count;

    for (size_t i = 0; i < blocks->capacity; i++)
        if (blocks->entries[i].key != 0)
            end(heap, blocks->entries[i].value);
    id_map_free(blocks);
    return count;
}

void user_heap_finish(struct user_heap *heap, const struct import_log *log,
                      struct import_counts *counts)
{
    counts->lines = log->lines.number;
    counts->allocations = heap->allocations;
    counts->kept = heap->last_id;
    memcpy(counts->skipped, log->first_skipped, sizeof(counts->skipped));
    for (uint32_t i = 0; i < USER_HEAP_COUNT_COUNT; i++)
        import_count(counts, count_names[i], heap->counts[i]);
    import_count(counts, IMPORT_SKIPPED, log->skipped);
    slot_pool_free(&heap->slots);
}
