#include "replay.h"

#include <mm/machine.h>
#include <mm/strategy.h>

#include "replay_parts.h"
#include "series.h"
#include "slots.h"

/* ---- the digest ---- */

#define DIGEST_START 0xcbf29ce484222325u

static void digest_fold_u64(struct replay *replay, uint64_t value)
{
    digest_fold(replay, (uint32_t)value);
    digest_fold(replay, (uint32_t)(value >> 32));
}

/* ---- requests ---- */

bool replay_touch_block(vaddr_t block, uint32_t bytes)
{
    uint32_t last = (block.value + bytes - 1u) & ~PAGE_OFFSET_MASK;

    for (uint32_t page = block.value & ~PAGE_OFFSET_MASK;; page += PAGE_SIZE) {
        if (!machine_touch(vaddr(page), true))
            return false;
        if (page == last)
            return true;
    }
}

static void slot_fill(struct replay *replay, const struct event *event, enum slot_state state,
                      uint32_t where, uint32_t bytes)
{
    replay->slots[event->slot] = (struct replay_slot){
        .where = where,
        .bytes = bytes,
        .event = (uint32_t)replay->result.events,
        .kind_site = slot_pack(state, (enum event_kind)event->kind, event->site) |
                     slot_pack_class((enum page_class)event->page_class),
    };
}

static enum request_class request_of(enum event_kind kind)
{
    return kind == EVENT_KMALLOC ? REQUEST_KMALLOC : REQUEST_VMALLOC;
}

static bool in_heap(const struct replay *replay, enum event_kind kind)
{
    return kind == EVENT_KMALLOC || replay->mm->strategy->vmalloc_in_heap;
}

static void block_free(struct replay *replay, enum event_kind kind, vaddr_t block)
{
    if (kind == EVENT_KMALLOC)
        kfree(replay->mm, block);
    else
        vfree(replay->mm, block);
}

/* Writes to a new or moved block, as its owner would, and measures it. Returns false if a page got
   no frame; then the failure is recorded, and the block is freed. */
static bool block_settle(struct replay *replay, enum event_kind kind, vaddr_t block, uint32_t bytes)
{
    digest_fold(replay, block.value);
    if (!replay_touch_block(block, bytes)) {
        replay_record_failure(replay, request_of(kind), bytes, true, 0);
        block_free(replay, kind, block);
        return false;
    }
    if (in_heap(replay, kind)) {
        replay->heap_payload_bytes += bytes;
        measure_payload(replay);
        if (bytes > PAGE_SIZE)
            measure_contiguity(replay, block, bytes);
    }
    return true;
}

static void replay_alloc(struct replay *replay, const struct event *event)
{
    enum event_kind kind = (enum event_kind)event->kind;
    vaddr_t block = kind == EVENT_KMALLOC
                        ? kmalloc(replay->mm, event->bytes, (enum page_class)event->page_class)
                        : vmalloc(replay->mm, event->bytes);

    replay->result.requests[request_of(kind)]++;
    if (vaddr_is_none(block))
        replay_record_failure(replay, request_of(kind), event->bytes, false, 0);
    else if (block_settle(replay, kind, block, event->bytes)) {
        slot_fill(replay, event, SLOT_LIVE, block.value, event->bytes);
        return;
    }
    slot_fill(replay, event, SLOT_FAILED, 0, event->bytes);
}

/* For the kernel, a block whose allocation failed is NULL, so that krealloc() allocates it. */
static void replay_krealloc(struct replay *replay, const struct event *event)
{
    struct replay_slot *slot = &replay->slots[event->slot];
    bool live = slot_state(slot) == SLOT_LIVE;
    vaddr_t block = krealloc(replay->mm, vaddr(live ? slot->where : 0), event->bytes);

    replay->result.requests[REQUEST_KMALLOC]++;
    if (vaddr_is_none(block)) {
        replay_record_failure(replay, REQUEST_KMALLOC, event->bytes, false, 0);
        return; /* the old block stays as it was */
    }
    replay->heap_payload_bytes -= live ? slot->bytes : 0;
    if (!live)
        slot->event = (uint32_t)replay->result.events;
    if (!block_settle(replay, EVENT_KMALLOC, block, event->bytes)) {
        slot->kind_site = slot_pack(SLOT_FAILED, EVENT_KMALLOC, slot_site(slot)) |
                          slot_pack_class(slot_class(slot));
        return;
    }
    slot->where = block.value;
    slot->bytes = event->bytes;
    slot->kind_site =
        slot_pack(SLOT_LIVE, EVENT_KMALLOC, slot_site(slot)) | slot_pack_class(slot_class(slot));
}

static void replay_pages(struct replay *replay, const struct event *event)
{
    pfn_t first = pages_alloc(replay->mm, event->order, (enum page_class)event->page_class);

    replay->result.requests[REQUEST_PAGES]++;
    digest_fold(replay, first.value);
    if (pfn_is_none(first)) {
        replay_record_failure(replay, REQUEST_PAGES, PAGE_SIZE << event->order, false, 0);
        slot_fill(replay, event, SLOT_FAILED, 0, event->order);
        return;
    }
    measure_payload(replay);
    slot_fill(replay, event, SLOT_LIVE, first.value, event->order);
    if (event->page_class == PAGES_USER && event->slot < PAGES_COOKIES)
        pages_set_movable(replay->mm, first, event->order, event->slot);
}

/* The memory manager calls this when it has moved the pages of a slot. */
static void pages_moved(void *context, uint32_t slot, pfn_t from, pfn_t to)
{
    struct replay *replay = context;

    MM_ASSERT(replay->slots[slot].where == from.value);
    replay->slots[slot].where = to.value;
    digest_fold(replay, to.value);
}

static void slot_free(struct replay *replay, struct replay_slot *slot)
{
    enum event_kind kind = slot_kind(slot);

    if (kind == EVENT_PAGES) {
        pages_free(replay->mm, pfn(slot->where), slot->bytes);
    } else {
        block_free(replay, kind, vaddr(slot->where));
        replay->heap_payload_bytes -= in_heap(replay, kind) ? slot->bytes : 0;
    }
    slot->kind_site = SLOT_NOTHING;
}

static void replay_free(struct replay *replay, const struct event *event)
{
    struct replay_slot *slot = &replay->slots[event->slot];

    if (slot_state(slot) == SLOT_LIVE) {
        slot_free(replay, slot);
        return;
    }
    replay->result.frees_skipped++;
    slot->kind_site = SLOT_NOTHING;
}

static bool slot_fits(struct replay *replay, const struct event *event)
{
    if (event->slot >= replay->slot_count)
        return replay_refuse(replay, "slot is beyond the slots that the header declares");
    enum event_fault fault = event_check(event, slot_kind(&replay->slots[event->slot]));
    return fault == EVENT_SENSIBLE || replay_refuse(replay, event_fault_of_slot(event, fault));
}

static bool replay_allocation_event(struct replay *replay, const struct event *event)
{
    if (!slot_fits(replay, event))
        return false;
    replay->result.events++;
    switch ((enum event_kind)event->kind) {
    case EVENT_KMALLOC:
    case EVENT_VMALLOC:
        replay_alloc(replay, event);
        break;
    case EVENT_KREALLOC:
        replay_krealloc(replay, event);
        break;
    case EVENT_PAGES:
        replay_pages(replay, event);
        break;
    default:
        replay_free(replay, event);
        break;
    }
    return true;
}

bool replay_event(struct replay *replay, const struct event *event)
{
    bool done = true;

    replay->event = event;
    if (event->kind <= EVENT_VFREE)
        done = replay_allocation_event(replay, event);
    else if (event->kind <= EVENT_EXIT)
        done = replay_process_event(replay, event);
    else
        replay->result.events++; /* a mark */
    if (done && --replay->sample_in == 0)
        measure_fragmentation(replay);
    if (done && replay->series.every != 0 && --replay->series.in == 0)
        series_due(replay);
    return done;
}

/* ---- a whole trace ---- */

uint64_t replay_slots_bytes(const struct trace_header *header)
{
    return (uint64_t)header->slots * sizeof(struct replay_slot) +
           (uint64_t)header->processes * sizeof(struct replay_process);
}

void replay_init(struct replay *replay, struct mm *mm, struct replay_slot *slots,
                 const struct trace_header *header)
{
    *replay = (struct replay){.mm = mm,
                              .slots = slots,
                              .slot_count = header->slots,
                              .processes = (void *)(slots + header->slots),
                              .process_count = header->processes};
    for (uint32_t i = 0; i < replay->slot_count; i++)
        slots[i].kind_site = SLOT_NOTHING;
    for (uint32_t i = 0; i < replay->process_count; i++)
        replay->processes[i].state = SLOT_EMPTY;
    mm->moved = pages_moved;
    mm->moved_context = replay;
    replay->result.digest = DIGEST_START;
    measure_start(replay, header->events);
}

void replay_finish(struct replay *replay)
{
    struct replay_result *result = &replay->result;
    const struct mm *mm = replay->mm;

    measure_finish(replay);
    series_finish(replay);
    digest_fold_u64(replay, result->events);
    digest_fold_u64(replay, result->heap_payload_peak_bytes);
    digest_fold(replay, result->heap_span_peak_bytes);
    digest_fold(replay, mm->counters.frames_used);
    digest_fold(replay, result->frames_used_peak);
}

void replay_free_all(struct replay *replay)
{
    for (uint32_t i = 0; i < replay->slot_count; i++)
        if (slot_state(&replay->slots[i]) == SLOT_LIVE)
            slot_free(replay, &replay->slots[i]);
    replay_exit_all(replay);
}

bool replay_run(struct replay *replay, struct trace_reader *reader, const char **error,
                size_t *offset)
{
    struct event event;
    enum trace_status status = trace_reader_next(reader, &event);

    for (; status == TRACE_EVENT; status = trace_reader_next(reader, &event)) {
        if (replay_event(replay, &event))
            continue;
        *error = replay->error;
        *offset = trace_reader_offset(reader);
        return false;
    }
    if (status == TRACE_ERROR) {
        *error = reader->error;
        *offset = reader->error_offset;
        return false;
    }
    replay_finish(replay);
    return true;
}
