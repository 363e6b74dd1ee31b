#include "info.h"
#include "memory.h"

#include <stdlib.h>

struct collector {
    struct trace_info *info;
    struct live_set live;
    struct site_info *sites; /* by site number */
    size_t sites_capacity;
};

static struct site_info *site_at(struct collector *collector, uint32_t site)
{
    collector->sites =
        memory_reach(collector->sites, &collector->sites_capacity, site, sizeof(*collector->sites));
    return &collector->sites[site];
}

static void count_site_bytes(struct site_info *site, uint64_t before, uint64_t after)
{
    site->live_bytes += after - before;
    if (site->live_bytes > site->peak_bytes)
        site->peak_bytes = site->live_bytes;
}

static uint32_t size_class(uint32_t bytes)
{
    uint32_t class = 0;

    while (((uint64_t)1 << class) < bytes)
        class ++;
    return class;
}

static void count_request(struct collector *collector, const struct event *event)
{
    struct trace_info *info = collector->info;

    if (event->kind == EVENT_KMALLOC || event->kind == EVENT_KREALLOC)
        info->sizes[size_class(event->bytes)]++;
    if (event->kind == EVENT_PAGES) {
        info->orders[event->order]++;
        info->classes[event->class]++;
    }
    if (event->kind == EVENT_KMALLOC || event->kind == EVENT_PAGES ||
        event->kind == EVENT_VMALLOC) {
        struct site_info *site = site_at(collector, event->site);

        site->allocations++;
        site->bytes += live_event_bytes(event);
    }
}

static const char *collect(void *context, const struct event *event)
{
    static const struct live_slot none;
    struct collector *collector = context;
    const struct live_slot *slot = live_set_slot(&collector->live, event);
    struct live_slot before = slot != NULL ? *slot : none;
    const char *reason = live_set_apply(&collector->live, event);

    if (reason != NULL)
        return reason;
    collector->info->by_kind[event->kind]++;
    count_request(collector, event);
    slot = live_set_slot(&collector->live, event);
    if (slot == NULL && before.kind != EVENT_PROCESS)
        count_site_bytes(site_at(collector, before.site), before.bytes, 0);
    else if (slot != NULL && slot->kind != EVENT_PROCESS)
        count_site_bytes(site_at(collector, slot->site), before.bytes, slot->bytes);
    return NULL;
}

static int by_peak(const void *a, const void *b)
{
    const struct site_info *x = a;
    const struct site_info *y = b;

    if (x->peak_bytes != y->peak_bytes)
        return x->peak_bytes < y->peak_bytes ? 1 : -1;
    return x->site < y->site ? -1 : 1;
}

/* The sites that allocations name, most bytes first. */
static void rank_sites(struct collector *collector)
{
    struct trace_info *info = collector->info;
    uint32_t count = 0;

    for (uint32_t site = 0; site < collector->sites_capacity; site++) {
        if (collector->sites[site].allocations == 0)
            continue;
        collector->sites[count] = collector->sites[site];
        collector->sites[count++].site = site;
        info->sites += site != SITE_NONE;
    }
    if (count > 0)
        qsort(collector->sites, count, sizeof(*collector->sites), by_peak);
    info->top_sites = collector->sites;
    info->top_site_count = count;
}

static void sum_up(struct collector *collector)
{
    struct trace_info *info = collector->info;
    const struct live_set *live = &collector->live;

    info->events = live->events;
    info->peak_live_bytes = live->peak_bytes;
    for (uint32_t class = 0; class < LIVE_CLASS_COUNT; class ++) {
        info->peak_bytes[class] = live->peak_bytes_by_class[class];
        info->end_bytes[class] = live->bytes[class];
    }
    info->slots = live->allocations.used;
    info->live_allocations = live->allocations.live;
    info->live_processes = live->processes.live;
    rank_sites(collector);
}

bool trace_info_collect(const struct trace *trace, struct trace_info *info, struct sim_error *error)
{
    struct collector collector = {.info = info};
    bool ok;

    *info = (struct trace_info){0};
    ok = trace_walk(trace, collect, &collector, error);
    if (ok)
        sum_up(&collector);
    else
        free(collector.sites);
    live_set_free(&collector.live);
    return ok;
}

void trace_info_free(struct trace_info *info)
{
    free(info->top_sites);
    *info = (struct trace_info){0};
}
