#include "generator.h"
#include "trace/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

uint64_t generator_live_bytes(const struct generator *generator)
{
    return generator->writer->live.total_bytes;
}

uint32_t generator_site(struct generator *generator, const char *name)
{
    return trace_writer_site(generator->writer, name, strlen(name));
}

static void emit(struct generator *generator, const struct event *event)
{
    const char *reason = trace_writer_event(generator->writer, event);

    assert(reason == NULL); /* else a profile has a bug */
    (void)reason;
    generator->events++;
}

/* ---- allocations ---- */

static const struct live_slot *slot_of(const struct generator *generator, uint32_t slot)
{
    return &generator->writer->live.allocations.slots[slot];
}

uint32_t generator_allocate(struct generator *generator, const struct allocation *allocation)
{
    struct event event = {.kind = allocation->kind,
                          .page_class = allocation->page_class,
                          .order = allocation->order,
                          .bytes = allocation->bytes,
                          .site = allocation->site};

    if (generator_is_full(generator))
        return 0;
    event.slot = slot_pool_take(&generator->slots);
    event.id = ++generator->last_id;
    emit(generator, &event);
    return event.slot;
}

void generator_free(struct generator *generator, uint32_t slot)
{
    static const uint8_t ends[EVENT_KIND_COUNT] = {[EVENT_KMALLOC] = EVENT_KFREE,
                                                   [EVENT_PAGES] = EVENT_FREE_PAGES,
                                                   [EVENT_VMALLOC] = EVENT_VFREE};
    struct event event = {.slot = slot};

    if (generator_is_full(generator))
        return;
    event.kind = ends[slot_of(generator, slot)->kind];
    emit(generator, &event);
    slot_pool_give(&generator->slots, slot);
}

/* ---- ordinary traffic ---- */

static void slot_fifo_add(struct slot_fifo *fifo, uint32_t slot)
{
    fifo->next = memory_reach(fifo->next, &fifo->capacity, slot, sizeof(*fifo->next));
    fifo->next[slot] = 0;
    if (fifo->oldest == 0)
        fifo->oldest = slot + 1;
    else
        fifo->next[fifo->youngest - 1] = slot + 1;
    fifo->youngest = slot + 1;
}

static uint32_t slot_fifo_take(struct slot_fifo *fifo)
{
    uint32_t slot = fifo->oldest - 1;

    fifo->oldest = fifo->next[slot];
    return slot;
}

void generator_allocate_expiring(struct generator *generator, const struct allocation *allocation)
{
    uint64_t now = generator->events;
    uint32_t slot = generator_allocate(generator, allocation);

    if (generator_is_full(generator))
        return;
    generator->traffic_bytes += allocation_bytes(allocation);
    if (allocation->lifetime == LIFETIME_UNKNOWN)
        slot_fifo_add(&generator->unexpiring, slot);
    else
        expiry_queue_add(&generator->expiry_queue, slot, now + allocation->lifetime);
}

bool generator_free_expired(struct generator *generator)
{
    uint32_t slot = expiry_queue_take(&generator->expiry_queue, generator->events);
    bool crowded = generator->traffic_bytes > generator->workload.live_bytes;

    if (slot == EXPIRY_NONE && crowded && generator->unexpiring.oldest != 0)
        slot = slot_fifo_take(&generator->unexpiring);
    if (slot == EXPIRY_NONE)
        return false;
    generator->traffic_bytes -= slot_of(generator, slot)->bytes;
    generator_free(generator, slot);
    return true;
}

void generator_traffic(struct generator *generator)
{
    struct allocation allocation;

    if (generator_free_expired(generator))
        return;
    workload_draw(&generator->workload, &generator->random, &allocation);
    generator_allocate_expiring(generator, &allocation);
}

void generator_release(struct generator *generator)
{
    workload_free(&generator->workload);
    expiry_queue_free(&generator->expiry_queue);
    free(generator->unexpiring.next);
    slot_pool_free(&generator->slots);
    slot_pool_free(&generator->pids);
}

/* ---- processes and marks ---- */

uint32_t generator_process(struct generator *generator)
{
    struct event event = {.kind = EVENT_PROCESS};

    if (generator_is_full(generator))
        return 0;
    event.slot = slot_pool_take(&generator->pids);
    event.id = ++generator->last_pid;
    emit(generator, &event);
    return event.slot;
}

void generator_process_event(struct generator *generator, const struct event *event)
{
    if (generator_is_full(generator))
        return;
    emit(generator, event);
    if (event->kind == EVENT_EXIT)
        slot_pool_give(&generator->pids, event->slot);
}

void generator_mark(struct generator *generator, const char *text)
{
    struct event event = {.kind = EVENT_MARK, .text = text, .text_bytes = (uint32_t)strlen(text)};

    if (!generator_is_full(generator))
        emit(generator, &event);
}

/* ---- batches ---- */

void batch_release(struct batch *batch)
{
    free(batch->slots);
    *batch = (struct batch){0};
}

void batch_add(struct batch *batch, uint32_t slot)
{
    batch->slots =
        memory_reach(batch->slots, &batch->capacity, batch->count, sizeof(*batch->slots));
    batch->slots[batch->count++] = slot;
}

void batch_free_all(struct generator *generator, struct batch *batch)
{
    for (uint32_t i = 0; i < batch->count; i++)
        generator_free(generator, batch->slots[i]);
    batch->count = 0;
}

void batch_free_most(struct generator *generator, struct batch *batch, uint32_t keep,
                     struct batch *kept)
{
    for (uint32_t i = 0; i < batch->count; i++) {
        if (random_one_in(&generator->random, keep))
            batch_add(kept, batch->slots[i]);
        else
            generator_free(generator, batch->slots[i]);
    }
    batch->count = 0;
}
