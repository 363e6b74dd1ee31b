/*
 * Events on their way into a trace, in order, some of which must wait until later lines of the
 * source tell whether they belong there. What comes behind a waiting event waits too; after
 * QUEUE_MAX of them the first is let through. Events name what they make and end by handles of the
 * queue's own: a slot is only taken when the event goes into the trace.
 */
#ifndef TRACE_EVENT_QUEUE_H
#define TRACE_EVENT_QUEUE_H

#include "trace/slot_pool.h"
#include "trace/trace_writer.h"

#define QUEUE_MAX 4096u

enum verdict { VERDICT_WRITE, VERDICT_DROP, VERDICT_WAIT };

struct queued_event {
    struct event event; /* slot: a handle */
    enum verdict verdict;
    uint32_t tag; /* the caller's: what waits */
};

struct event_queue {
    struct trace_writer *writer;
    struct slot_pool handles;
    struct slot_pool slots;
    uint32_t *slot_of; /* slot_of[handle], once its event is in the trace */
    size_t slot_of_capacity;
    uint64_t last_id;
    uint64_t first; /* numbers of the events queued: [first, end) */
    uint64_t end;
    uint32_t waiting;                                 /* of those, with VERDICT_WAIT */
    void (*let_through)(void *context, uint32_t tag); /* told when the queue was full */
    void *context;
    struct queued_event ring[QUEUE_MAX];
};

/* The queue is zeroed. */
void event_queue_init(struct event_queue *queue, struct trace_writer *writer,
                      void (*let_through)(void *context, uint32_t tag), void *context);

/* Queue a kmalloc or pages event: its handle. The event's slot and id are set here. *number is what
   event_queue_decide() wants. */
uint32_t event_queue_make(struct event_queue *queue, const struct event *event,
                          enum verdict verdict, uint32_t tag, uint64_t *number);

/* Queue the kfree or free_pages of a handle, which is not to be used after it. */
void event_queue_end(struct event_queue *queue, enum event_kind kind, uint32_t handle);

/* Queue a mark. Its text is the caller's again on return. */
void event_queue_mark(struct event_queue *queue, const char *text, size_t bytes);

/* Called with what event_queue_decide() wants, and the tag. */
typedef bool visit_waiting(void *context, uint64_t number, uint32_t tag);

/* Call visit for each waiting event, newest first, until it returns false. It may decide it. */
void event_queue_each_waiting(struct event_queue *queue, visit_waiting *visit, void *context);

/* A waiting event is to be written, or dropped with its handle. */
void event_queue_decide(struct event_queue *queue, uint64_t number, enum verdict verdict);

/* Let everything that waits through. */
void event_queue_flush(struct event_queue *queue);

void event_queue_free(struct event_queue *queue);

#endif
