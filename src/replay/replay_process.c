/* The events of processes. */
#include "replay_parts.h"

#include <mm/machine.h>
#include <mm/process.h>

static struct process *process_of(const struct replay_process *slot)
{
    return machine_pointer(slot->control);
}

/* Counts a request, and records its failure if it was not served. */
static void count_request(struct replay *replay, const struct replay_process *slot,
                          enum request_class request, uint32_t bytes, bool served)
{
    replay->result.requests[request]++;
    if (!served)
        replay_record_failure(replay, request, bytes, false, slot->id);
    else
        measure_payload(replay); /* in some strategies, pages come from the heap */
}

static void replay_create(struct replay *replay, struct replay_process *slot,
                          const struct event *event)
{
    const struct process *process = process_create(replay->mm, NULL);

    *slot = (struct replay_process){
        .id = event->id,
        .event = (uint32_t)replay->result.events,
        .state = process != NULL ? SLOT_LIVE : SLOT_FAILED,
        .control = process != NULL ? direct_map_frame(process->control) : VADDR_NONE,
    };
    digest_fold(replay, slot->control.value);
    count_request(replay, slot, REQUEST_PROCESS, PAGE_SIZE, process != NULL);
}

/* Most touches find their page in the TLB, and take the early return. */
static void replay_touch(struct replay *replay, const struct replay_process *slot,
                         const struct event *event)
{
    struct mm *mm = replay->mm;
    struct process *process = process_of(slot);
    uint32_t faults = mm->user_faults;

    if (mm->current != process)
        process_switch(mm, process);
    bool touched = machine_user_touch(vaddr(event->address), event->write);
    if (touched && mm->user_faults == faults) {
        replay->result.requests[REQUEST_TOUCH]++;
        return;
    }
    count_request(replay, slot, REQUEST_TOUCH, PAGE_SIZE, touched);
    if (touched)
        digest_fold(replay, mm->user_fault_frame.value);
}

static void replay_map(struct replay *replay, const struct replay_process *slot,
                       const struct event *event)
{
    vaddr_t start = vaddr(event->address);
    bool served = event->kind == EVENT_MAP
                      ? process_map(replay->mm, process_of(slot), start, event->bytes, event->write)
                      : process_unmap(replay->mm, process_of(slot), start, event->bytes);

    count_request(replay, slot, REQUEST_MAP, event->bytes, served);
}

static void replay_setbrk(struct replay *replay, const struct replay_process *slot,
                          const struct event *event)
{
    struct process *process = process_of(slot);
    uint32_t before = process->heap_end.value;
    uint32_t growth = event->address > before ? event->address - before : 0;

    count_request(replay, slot, REQUEST_SETBRK, growth,
                  process_setbrk(replay->mm, process, vaddr(event->address)));
}

static void replay_exit(struct replay *replay, struct replay_process *slot)
{
    process_exit(replay->mm, process_of(slot));
    digest_fold(replay, replay->mm->counters.frames_used);
    slot->state = SLOT_EMPTY;
}

static void replay_live(struct replay *replay, struct replay_process *slot,
                        const struct event *event)
{
    switch ((enum event_kind)event->kind) {
    case EVENT_TOUCH:
        replay_touch(replay, slot, event);
        break;
    case EVENT_MAP:
    case EVENT_UNMAP:
        replay_map(replay, slot, event);
        break;
    case EVENT_SETBRK:
        replay_setbrk(replay, slot, event);
        break;
    default:
        replay_exit(replay, slot);
        break;
    }
}

/* The events of a process that could not be created are skipped until it exits. */
static void replay_skip(struct replay *replay, struct replay_process *slot,
                        const struct event *event)
{
    replay->result.process_events_skipped++;
    if (event->kind == EVENT_EXIT)
        slot->state = SLOT_EMPTY;
}

static bool process_fits(struct replay *replay, const struct event *event)
{
    if (event->slot >= replay->process_count)
        return replay_refuse(replay, "process is beyond the processes that the header declares");
    bool empty = replay->processes[event->slot].state == SLOT_EMPTY;
    enum event_fault fault = event_check(event, empty ? 0 : EVENT_PROCESS);
    return fault == EVENT_SENSIBLE || replay_refuse(replay, event_fault_of_slot(event, fault));
}

bool replay_process_event(struct replay *replay, const struct event *event)
{
    if (!process_fits(replay, event))
        return false;
    struct replay_process *slot = &replay->processes[event->slot];
    replay->result.events++;
    if (event->kind == EVENT_PROCESS)
        replay_create(replay, slot, event);
    else if (slot->state == SLOT_LIVE)
        replay_live(replay, slot, event);
    else
        replay_skip(replay, slot, event);
    return true;
}

void replay_exit_all(struct replay *replay)
{
    for (uint32_t i = 0; i < replay->process_count; i++)
        if (replay->processes[i].state == SLOT_LIVE)
            replay_exit(replay, &replay->processes[i]);
}
