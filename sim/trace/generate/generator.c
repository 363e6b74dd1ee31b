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

uint32_t generator_allocate(struct generator *generator, const struct birth *birth)
{
    struct event event = {.kind = birth->kind,
                          .page_class = birth->page_class,
                          .order = birth->order,
                          .bytes = birth->bytes,
                          .site = birth->site};

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

static void elders_add(struct elders *elders, uint32_t slot)
{
    elders->next = memory_reach(elders->next, &elders->capacity, slot, sizeof(*elders->next));
    elders->next[slot] = 0;
    if (elders->oldest == 0)
        elders->oldest = slot + 1;
    else
        elders->next[elders->youngest - 1] = slot + 1;
    elders->youngest = slot + 1;
}

static uint32_t elders_take(struct elders *elders)
{
    uint32_t slot = elders->oldest - 1;

    elders->oldest = elders->next[slot];
    return slot;
}

void generator_bear(struct generator *generator, const struct birth *birth)
{
    uint64_t now = generator->events;
    uint32_t slot = generator_allocate(generator, birth);

    if (generator_is_full(generator))
        return;
    generator->traffic_bytes += birth_bytes(birth);
    if (birth->lifetime == LIFE_UNKNOWN)
        elders_add(&generator->elders, slot);
    else
        deaths_add(&generator->deaths, slot, now + birth->lifetime);
}

bool generator_bury(struct generator *generator)
{
    uint32_t slot = deaths_take(&generator->deaths, generator->events);
    bool crowded = generator->traffic_bytes > generator->mix.live_bytes;

    if (slot == DEATHS_NONE && crowded && generator->elders.oldest != 0)
        slot = elders_take(&generator->elders);
    if (slot == DEATHS_NONE)
        return false;
    generator->traffic_bytes -= slot_of(generator, slot)->bytes;
    generator_free(generator, slot);
    return true;
}

void generator_traffic(struct generator *generator)
{
    struct birth birth;

    if (generator_bury(generator))
        return;
    mix_draw(&generator->mix, &generator->random, &birth);
    generator_bear(generator, &birth);
}

void generator_release(struct generator *generator)
{
    mix_free(&generator->mix);
    deaths_free(&generator->deaths);
    free(generator->elders.next);
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

void batch_free(struct batch *batch)
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

void batch_bury(struct generator *generator, struct batch *batch)
{
    for (uint32_t i = 0; i < batch->count; i++)
        generator_free(generator, batch->slots[i]);
    batch->count = 0;
}

void batch_bury_most(struct generator *generator, struct batch *batch, uint32_t keep,
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
