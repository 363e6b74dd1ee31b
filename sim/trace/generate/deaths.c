#include "deaths.h"
#include "trace/memory.h"

#include <stdlib.h>

void deaths_free(struct deaths *deaths)
{
    free(deaths->of);
    *deaths = (struct deaths){0};
}

static uint32_t index_in(uint32_t wheel, uint64_t time)
{
    return time >> (8 * wheel) & 0xff;
}

/*
 * The wheel of the highest byte in which `due` differs from now: the bytes above agree, and so the
 * list is met when that byte of now has come to due's, before or at due itself.
 *
 *     now   00 .. 00 01 37 f0
 *     due   00 .. 00 01 52 08     wheel 1, list 52; moves to wheel 0, list 08, at time 01 52 00
 */
static void enlist(struct deaths *deaths, uint32_t number)
{
    struct death *death = &deaths->of[number];
    uint64_t differs = death->due ^ deaths->now;
    uint32_t wheel = differs == 0 ? 0 : (63u - (uint32_t)__builtin_clzll(differs)) / 8;
    uint32_t *list = &deaths->lists[wheel][index_in(wheel, death->due)];

    death->next = *list;
    *list = number + 1;
}

void deaths_add(struct deaths *deaths, uint32_t number, uint64_t due)
{
    deaths->of = memory_reach(deaths->of, &deaths->capacity, number, sizeof(*deaths->of));
    deaths->of[number].due = due > deaths->now ? due : deaths->now;
    enlist(deaths, number);
}

/* Time goes on by one step: where its lower bytes became 0, the list of the byte above is met. */
static void step(struct deaths *deaths)
{
    uint32_t wheel = (uint32_t)__builtin_ctzll(++deaths->now) / 8;
    uint32_t *list = &deaths->lists[wheel][index_in(wheel, deaths->now)];
    uint32_t link = *list;

    if (wheel == 0)
        return;
    *list = 0;
    while (link != 0) {
        uint32_t number = link - 1;

        link = deaths->of[number].next;
        enlist(deaths, number);
    }
}

uint32_t deaths_take(struct deaths *deaths, uint64_t time)
{
    uint32_t link;

    while ((link = deaths->lists[0][index_in(0, deaths->now)]) == 0) {
        if (deaths->now >= time)
            return DEATHS_NONE;
        step(deaths);
    }
    deaths->lists[0][index_in(0, deaths->now)] = deaths->of[link - 1].next;
    return link - 1;
}
