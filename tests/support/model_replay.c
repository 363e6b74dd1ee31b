#include "support/model_replay.h"

#include "replay/slots.h"
#include "support/model_mm.h"

struct mm model_mm;
struct replay model_replay;
struct replay_slot model_slots[MODEL_SLOTS + MODEL_PROCESS_SLOTS];

void model_replay_start_on(const struct strategy *strategy, const struct memmap *map)
{
    const struct trace_header header = {.slots = MODEL_SLOTS, .processes = MODEL_PROCESSES};

    assert_true(mm_init(&model_mm, strategy, map));
    replay_init(&model_replay, &model_mm, model_slots, &header);
}

void model_replay_start(const struct strategy *strategy, uint64_t ram_bytes)
{
    const struct memmap map = model_map(ram_bytes);

    model_replay_start_on(strategy, &map);
}

const struct replay_result *model_replay_finish(void)
{
    replay_finish(&model_replay);
    return &model_replay.result;
}

void model_replay_stop(void)
{
    replay_free_all(&model_replay);
    assert_int_equal(model_replay.heap_payload_bytes, 0);
    assert_frames_conserved(&model_mm);
    model_stop(&model_mm);
}

struct event event_of(enum event_kind kind, uint32_t slot, uint32_t bytes)
{
    return (struct event){.kind = (uint8_t)kind, .slot = slot, .bytes = bytes};
}

void replay_one(struct event event)
{
    if (!replay_event(&model_replay, &event))
        fail_msg("%s", model_replay.error);
}

void event_kmalloc(uint32_t slot, uint32_t bytes)
{
    replay_one(event_of(EVENT_KMALLOC, slot, bytes));
}

void event_vmalloc(uint32_t slot, uint32_t bytes)
{
    replay_one(event_of(EVENT_VMALLOC, slot, bytes));
}

void event_krealloc(uint32_t slot, uint32_t bytes)
{
    replay_one(event_of(EVENT_KREALLOC, slot, bytes));
}

void event_pages(uint32_t slot, uint8_t order, enum page_class page_class, uint32_t site)
{
    replay_one((struct event){.kind = EVENT_PAGES,
                              .slot = slot,
                              .order = order,
                              .page_class = (uint8_t)page_class,
                              .site = site});
}

void event_free(enum event_kind kind, uint32_t slot)
{
    replay_one(event_of(kind, slot, 0));
}

void event_process(uint32_t slot)
{
    replay_one((struct event){.kind = EVENT_PROCESS, .slot = slot, .id = MODEL_PID(slot)});
}

void event_map(uint32_t slot, uint32_t start, uint32_t bytes, bool writable)
{
    replay_one((struct event){
        .kind = EVENT_MAP, .slot = slot, .address = start, .bytes = bytes, .write = writable});
}

void event_unmap(uint32_t slot, uint32_t start, uint32_t bytes)
{
    replay_one((struct event){.kind = EVENT_UNMAP, .slot = slot, .address = start, .bytes = bytes});
}

void event_touch(uint32_t slot, uint32_t address, bool write)
{
    replay_one(
        (struct event){.kind = EVENT_TOUCH, .slot = slot, .address = address, .write = write});
}

void event_setbrk(uint32_t slot, uint32_t end)
{
    replay_one((struct event){.kind = EVENT_SETBRK, .slot = slot, .address = end});
}

void event_exit(uint32_t slot)
{
    replay_one((struct event){.kind = EVENT_EXIT, .slot = slot});
}

bool slot_is_live(uint32_t slot)
{
    return slot_state(&model_slots[slot]) == SLOT_LIVE;
}

struct process *process_in(uint32_t slot)
{
    assert_int_equal(model_replay.processes[slot].state, SLOT_LIVE);
    return machine_pointer(model_replay.processes[slot].control);
}

void assert_refused(struct event event, const char *error)
{
    struct replay_result before = model_replay.result;
    struct model_state state = model_state(&model_mm);

    assert_false(replay_event(&model_replay, &event));
    assert_string_equal(model_replay.error, error);
    assert_int_equal(before.events, model_replay.result.events);
    assert_true(before.digest == model_replay.result.digest);
    assert_memory_equal(before.requests, model_replay.result.requests, sizeof before.requests);
    assert_memory_equal(before.failures, model_replay.result.failures, sizeof before.failures);
    assert_same_state(&model_mm, &state);
}

const struct replay_culprit *first_culprit(enum mm_cause cause)
{
    const struct replay_failure *first = &model_replay.result.first_by_cause[cause];

    assert_true(first->event != 0);
    return &first->blocker;
}

void assert_culprit(enum mm_cause cause, uint32_t frame, uint32_t slot, uint32_t frames)
{
    const struct replay_culprit *culprit = first_culprit(cause);

    assert_int_equal(culprit->frame.value, frame);
    assert_true(culprit->owned);
    assert_int_equal(culprit->process, 0);
    assert_int_equal(culprit->slot, slot);
    assert_int_equal(culprit->frames, frames);
}
