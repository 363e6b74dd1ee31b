/* Chooses the moments of a history. */
#include <stdlib.h>

#include "lab/history.h"
#include "trace/memory.h"

static void add(struct history_moments *moments, uint64_t event)
{
    for (uint32_t i = 0; i < moments->count; i++)
        if (moments->event[i] == event)
            return;
    moments->event[moments->count++] = event;
}

/* Events and moments are below 2^53, so that the product has room for 2^11 moments. */
static void add_even(struct history_moments *moments, uint64_t events, uint32_t even)
{
    moments->event[moments->count++] = 0;
    for (uint32_t i = 1; i <= even; i++) {
        uint64_t event = events / even * i + events % even * i / even;
        if (event != moments->event[moments->count - 1u])
            moments->event[moments->count++] = event;
    }
    moments->even = moments->count;
}

static void add_failures(struct history_moments *moments, struct failure_groups *const groups[],
                         uint32_t count)
{
    for (uint32_t rank = 0; rank < FAILURE_GROUPS_MAX; rank++)
        for (uint32_t i = 0; i < count; i++)
            if (groups[i] != NULL && rank < groups[i]->count &&
                moments->count < moments->even + HISTORY_FAILURE_MOMENTS)
                add(moments, groups[i]->group[rank].first.event - 1u);
}

static int compare_events(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static uint32_t last_before(const struct history_moments *moments, uint64_t event)
{
    uint32_t i = moments->count - 1u;

    while (moments->event[i] >= event)
        i--;
    return i;
}

void history_moments_choose(struct history_moments *moments, uint64_t events, uint32_t even,
                            struct failure_groups *const groups[], uint32_t count)
{
    *moments = (struct history_moments){
        memory_resize(NULL, even + 1u + HISTORY_FAILURE_MOMENTS, sizeof moments->event[0]), 0, 0};
    add_even(moments, events, even);
    add_failures(moments, groups, count);
    qsort(moments->event, moments->count, sizeof moments->event[0], compare_events);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; groups[i] != NULL && k < groups[i]->count; k++)
            groups[i]->group[k].sample = last_before(moments, groups[i]->group[k].first.event);
}

void history_moments_free(struct history_moments *moments)
{
    free(moments->event);
    *moments = (struct history_moments){NULL, 0, 0};
}
