/*
 * A queue of events on their way into a trace. Some events wait until later lines of the log show
 * whether they belong into the trace; the events behind them wait, too. When QUEUE_MAX events are
 * queued, the first one is written. Events name allocations by handles of the queue: an allocation
 * gets its slot when its event is written. Events of processes always belong into the trace.
 */
#ifndef TRACE_EVENT_QUEUE_H
#define TRACE_EVENT_QUEUE_H

#include "trace/tables.h"
#include "trace/trace_writer.h"

#define QUEUE_MAX 4096u

enum verdict { VERDICT_WRITE, VERDICT_DROP, VERDICT_WAIT };

struct queued_event {
    struct event event; /* slot of an allocation: a handle */
    enum verdict verdict;
    uint32_t tag; /* for the caller: what waits */
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
    void (*let_through)(void *context, uint32_t tag); /* called when the queue is full */
    void *context;
    struct queued_event ring[QUEUE_MAX];
};

/* The queue must be zeroed. */
void event_queue_init(struct event_queue *queue, struct trace_writer *writer,
                      void (*let_through)(void *context, uint32_t tag), void *context);

/* Queues a kmalloc or pages event and returns its handle. The event's slot and id are set here.
 *number is for event_queue_decide(). */
uint32_t event_queue_make(struct event_queue *queue, const struct event *event,
                          enum verdict verdict, uint32_t tag, uint64_t *number);

/* Queues the kfree or free_pages of a handle, which must not be used any more. */
void event_queue_end(struct event_queue *queue, enum event_kind kind, uint32_t handle);

/* Queues an event of a process, which has its slot and, if it creates, its PID. */
void event_queue_put(struct event_queue *queue, const struct event *event);

/* Queues a mark. The text is copied. */
void event_queue_mark(struct event_queue *queue, const char *text, size_t bytes);

/* Called with the number for event_queue_decide(), and the tag. */
typedef bool visit_waiting(void *context, uint64_t number, uint32_t tag);

/* Calls visit for each waiting event, newest first, until it returns false. visit may decide the
   event. */
void event_queue_each_waiting(struct event_queue *queue, visit_waiting *visit, void *context);

/* Decides that a waiting event is written, or dropped with its handle. */
void event_queue_decide(struct event_queue *queue, uint64_t number, enum verdict verdict);

/* Writes everything that waits. */
void event_queue_flush(struct event_queue *queue);

void event_queue_free(struct event_queue *queue);

#endif
