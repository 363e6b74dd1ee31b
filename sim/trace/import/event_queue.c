#include "event_queue.h"
#include "trace/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void event_queue_init(struct event_queue *queue, struct trace_writer *writer,
                      void (*let_through)(void *context, uint32_t tag), void *context)
{
    queue->writer = writer;
    queue->let_through = let_through;
    queue->context = context;
}

void event_queue_free(struct event_queue *queue)
{
    for (uint64_t number = queue->first; number < queue->end; number++)
        free((void *)(uintptr_t)queue->ring[number % QUEUE_MAX].event.text);
    slot_pool_free(&queue->handles);
    slot_pool_free(&queue->slots);
    free(queue->slot_of);
}

/* Writes an event into the trace. Queued events always make sense. */
static void write_as_is(struct event_queue *queue, const struct event *event)
{
    const char *reason = trace_writer_event(queue->writer, event);

    assert(reason == NULL);
    (void)reason;
}

/* Writes an event with the slot of its handle. */
static void write_event(struct event_queue *queue, struct event *event)
{
    uint32_t handle = event->slot;

    if (event->kind == EVENT_MARK || event_is_of_process(event)) {
        write_as_is(queue, event);
        return;
    }
    if (event_creates(event)) {
        queue->slot_of =
            memory_reach(queue->slot_of, &queue->slot_of_capacity, handle, sizeof(*queue->slot_of));
        queue->slot_of[handle] = slot_pool_take(&queue->slots);
        event->id = ++queue->last_id;
    }
    event->slot = queue->slot_of[handle];
    write_as_is(queue, event);
    if (event_ends(event)) {
        slot_pool_give(&queue->slots, event->slot);
        slot_pool_give(&queue->handles, handle);
    }
}

static struct queued_event *at(struct event_queue *queue, uint64_t number)
{
    return &queue->ring[number % QUEUE_MAX];
}

/* Writes or drops the events at the front, up to the first one that waits. */
static void drain(struct event_queue *queue)
{
    for (; queue->first < queue->end; queue->first++) {
        struct queued_event *front = at(queue, queue->first);

        if (front->verdict == VERDICT_WAIT)
            break;
        if (front->verdict == VERDICT_WRITE)
            write_event(queue, &front->event);
        else
            slot_pool_give(&queue->handles, front->event.slot);
        free((void *)(uintptr_t)front->event.text);
    }
}

static void let_first_through(struct event_queue *queue)
{
    struct queued_event *front = at(queue, queue->first);

    queue->let_through(queue->context, front->tag);
    event_queue_decide(queue, queue->first, VERDICT_WRITE);
}

static void push(struct event_queue *queue, const struct event *event, enum verdict verdict,
                 uint32_t tag)
{
    struct event now = *event;

    if (queue->end - queue->first == QUEUE_MAX)
        let_first_through(queue);
    if (queue->first == queue->end && verdict == VERDICT_WRITE) {
        write_event(queue, &now);
        return;
    }
    if (event->kind == EVENT_MARK) {
        char *copy = memory_resize(NULL, event->text_bytes + 1u, 1);

        memcpy(copy, event->text, event->text_bytes);
        now.text = copy;
    }
    *at(queue, queue->end++) = (struct queued_event){now, verdict, tag};
    queue->waiting += verdict == VERDICT_WAIT;
}

uint32_t event_queue_make(struct event_queue *queue, const struct event *event,
                          enum verdict verdict, uint32_t tag, uint64_t *number)
{
    struct event named = *event;

    named.slot = slot_pool_take(&queue->handles);
    *number = queue->end;
    push(queue, &named, verdict, tag);
    return named.slot;
}

void event_queue_end(struct event_queue *queue, enum event_kind kind, uint32_t handle)
{
    push(queue, &(struct event){.kind = (uint8_t)kind, .slot = handle}, VERDICT_WRITE, 0);
}

void event_queue_put(struct event_queue *queue, const struct event *event)
{
    push(queue, event, VERDICT_WRITE, 0);
}

void event_queue_mark(struct event_queue *queue, const char *text, size_t bytes)
{
    push(queue, &(struct event){.kind = EVENT_MARK, .text = text, .text_bytes = (uint32_t)bytes},
         VERDICT_WRITE, 0);
}

void event_queue_each_waiting(struct event_queue *queue, visit_waiting *visit, void *context)
{
    uint32_t left = queue->waiting;

    for (uint64_t number = queue->end; left > 0 && number-- > queue->first;) {
        struct queued_event *queued = at(queue, number);

        if (queued->verdict != VERDICT_WAIT)
            continue;
        left--;
        if (!visit(context, number, queued->tag))
            break;
    }
}

void event_queue_decide(struct event_queue *queue, uint64_t number, enum verdict verdict)
{
    at(queue, number)->verdict = verdict;
    queue->waiting--;
    drain(queue);
}

void event_queue_flush(struct event_queue *queue)
{
    while (queue->waiting > 0)
        let_first_through(queue);
}
