#include "live_set.h"
#include "memory.h"

#include <stdlib.h>

enum live_class live_class_of(uint8_t kind)
{
    switch (kind) {
    case EVENT_PAGES:
        return LIVE_PAGES;
    case EVENT_VMALLOC:
        return LIVE_VMALLOC;
    case EVENT_PROCESS:
        return LIVE_MAPPED;
    default:
        return LIVE_KMALLOC;
    }
}

uint64_t live_event_bytes(const struct event *event)
{
    return event->kind == EVENT_PAGES ? (uint64_t)PAGE_SIZE << event->order : event->bytes;
}

static const struct live_slot *slot_in(const struct live_table *table, uint32_t slot)
{
    return slot < table->used && table->slots[slot].id != 0 ? &table->slots[slot] : NULL;
}

const struct live_slot *live_set_slot(const struct live_set *set, const struct event *event)
{
    if (event_rules[event->kind].effect == EFFECT_NONE)
        return NULL;
    return slot_in(event_is_of_process(event) ? &set->processes : &set->allocations, event->slot);
}

static void count_bytes(struct live_set *set, uint8_t kind, uint64_t before, uint64_t after)
{
    enum live_class live_class = live_class_of(kind);

    set->bytes[live_class] += after - before;
    set->total_bytes += after - before;
    if (set->bytes[live_class] > set->peak_bytes_by_class[live_class])
        set->peak_bytes_by_class[live_class] = set->bytes[live_class];
    if (set->total_bytes > set->peak_bytes)
        set->peak_bytes = set->total_bytes;
}

static void set_bytes(struct live_set *set, struct live_slot *slot, uint64_t bytes)
{
    count_bytes(set, slot->kind, slot->bytes, bytes);
    slot->bytes = bytes;
}

static void create(struct live_set *set, struct live_table *table, const struct event *event)
{
    struct live_slot *slot;

    table->slots = memory_reach(table->slots, &table->capacity, event->slot, sizeof(*table->slots));
    slot = &table->slots[event->slot];
    *slot = (struct live_slot){
        .id = event->id, .event = set->events, .site = event->site, .kind = event->kind};
    if (event->slot >= table->used)
        table->used = event->slot + 1;
    table->live++;
    if (event->kind != EVENT_PROCESS)
        set_bytes(set, slot, live_event_bytes(event));
}

static void use(struct live_set *set, struct live_slot *process, const struct event *event)
{
    uint64_t unmapped = event->bytes < process->bytes ? event->bytes : process->bytes;

    if (event->kind == EVENT_MAP)
        set_bytes(set, process, process->bytes + event->bytes);
    else if (event->kind == EVENT_UNMAP)
        set_bytes(set, process, process->bytes - unmapped);
}

static void change(struct live_set *set, struct live_table *table, struct live_slot *slot,
                   const struct event *event)
{
    uint32_t effect = event_rules[event->kind].effect;

    if (effect == EFFECT_END) {
        set_bytes(set, slot, 0);
        slot->id = 0;
        table->live--;
    } else if (effect == EFFECT_RESIZE) {
        set_bytes(set, slot, event->bytes);
    } else {
        use(set, slot, event);
    }
}

const char *live_set_apply(struct live_set *set, const struct event *event)
{
    struct live_table *table = event_is_of_process(event) ? &set->processes : &set->allocations;
    const struct live_slot *slot = slot_in(table, event->slot);
    enum event_fault fault = event_check(event, slot != NULL ? slot->kind : 0);

    if (fault != EVENT_SENSIBLE)
        return event_fault_of_id(event, fault);
    set->events++;
    if (event_creates(event))
        create(set, table, event);
    else if (event->kind != EVENT_MARK)
        change(set, table, &table->slots[event->slot], event);
    return NULL;
}

void live_set_free(struct live_set *set)
{
    free(set->allocations.slots);
    free(set->processes.slots);
    *set = (struct live_set){0};
}
