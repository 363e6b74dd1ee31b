#include "expiry_queue.h"
#include "trace/memory.h"

#include <stdlib.h>

void expiry_queue_free(struct expiry_queue *queue)
{
    free(queue->expiries);
    *queue = (struct expiry_queue){0};
}

static uint32_t index_in(uint32_t wheel, uint64_t time)
{
    return time >> (8 * wheel) & 0xff;
}

/*
 * Puts a number on the wheel of the highest byte in which `due` differs from now. The bytes above
 * are equal, so that its list is reached when that byte of now equals that of `due`, at `due` or
 * before it.
 *
 *     now   00 .. 00 01 37 f0
 *     due   00 .. 00 01 52 08     wheel 1, list 52; moves to wheel 0, list 08, at time 01 52 00
 */
static void enlist(struct expiry_queue *queue, uint32_t number)
{
    struct expiry *expiry = &queue->expiries[number];
    uint64_t differs = expiry->due ^ queue->now;
    uint32_t wheel = differs == 0 ? 0 : (63u - (uint32_t)__builtin_clzll(differs)) / 8;
    uint32_t *list = &queue->lists[wheel][index_in(wheel, expiry->due)];

    expiry->next = *list;
    *list = number + 1;
}

void expiry_queue_add(struct expiry_queue *queue, uint32_t number, uint64_t due)
{
    queue->expiries =
        memory_reach(queue->expiries, &queue->capacity, number, sizeof(*queue->expiries));
    queue->expiries[number].due = due > queue->now ? due : queue->now;
    enlist(queue, number);
}

/* Advances time by one. If lower bytes become 0, the list of the byte above them is due: its
   numbers move to lower wheels. */
static void step(struct expiry_queue *queue)
{
    uint32_t wheel = (uint32_t)__builtin_ctzll(++queue->now) / 8;
    uint32_t *list = &queue->lists[wheel][index_in(wheel, queue->now)];
    uint32_t link = *list;

    if (wheel == 0)
        return;
    *list = 0;
    while (link != 0) {
        uint32_t number = link - 1;

        link = queue->expiries[number].next;
        enlist(queue, number);
    }
}

uint32_t expiry_queue_take(struct expiry_queue *queue, uint64_t time)
{
    uint32_t link;

    while ((link = queue->lists[0][index_in(0, queue->now)]) == 0) {
        if (queue->now >= time)
            return EXPIRY_NONE;
        step(queue);
    }
    queue->lists[0][index_in(0, queue->now)] = queue->expiries[link - 1].next;
    return link - 1;
}
