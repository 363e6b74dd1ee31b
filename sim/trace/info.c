#include "info.h"
#include "memory.h"

#include <stdlib.h>

/* ---- lifetimes ---- */

#define SUB_BITS 4u

uint32_t log2_class(uint64_t number)
{
    return number <= 1 ? 0 : 64u - (uint32_t)__builtin_clzll(number - 1u);
}

/* Each number below 32 has a bucket of its own. Above, the five leading bits choose the bucket:
 *
 *     1bbbb.....   ->   bucket  16 * (bits behind bbbb) + 16 + bbbb
 */
static uint32_t bucket_of(uint64_t number)
{
    uint32_t log2 = 63u - (uint32_t)__builtin_clzll(number | 1u);
    uint32_t dropped = log2 > SUB_BITS ? log2 - SUB_BITS : 0;

    return (dropped << SUB_BITS) + (uint32_t)(number >> dropped);
}

/* The largest number in a bucket. */
static uint64_t bucket_last(uint32_t bucket)
{
    uint32_t dropped = bucket >> SUB_BITS > 1 ? (bucket >> SUB_BITS) - 1u : 0;
    uint64_t leading = bucket - (dropped << SUB_BITS);

    return (leading << dropped) + ((UINT64_C(1) << dropped) - 1u);
}

void lifetimes_add(struct lifetimes *lifetimes, uint64_t events)
{
    lifetimes->count++;
    lifetimes->by_log2[log2_class(events)]++;
    lifetimes->buckets[bucket_of(events)]++;
}

uint64_t lifetimes_quantile(const struct lifetimes *lifetimes, uint32_t permille)
{
    uint64_t wanted = (lifetimes->count * permille + 999u) / 1000u;
    uint64_t seen = 0;

    if (lifetimes->count == 0)
        return 0;
    for (uint32_t bucket = 0; bucket < LIFETIME_BUCKETS; bucket++) {
        seen += lifetimes->buckets[bucket];
        if (seen >= wanted && seen > 0)
            return bucket_last(bucket);
    }
    return UINT64_MAX;
}

/* ---- a whole trace ---- */

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

static void count_size(struct size_histogram *sizes, uint32_t bytes)
{
    sizes->count[log2_class(bytes)]++;
    sizes->bytes[log2_class(bytes)] += bytes;
}

static void count_request(struct collector *collector, const struct event *event)
{
    struct trace_info *info = collector->info;

    if (event->kind == EVENT_KMALLOC || event->kind == EVENT_KREALLOC)
        count_size(&info->kmalloc_sizes, event->bytes);
    if (event->kind == EVENT_VMALLOC)
        count_size(&info->vmalloc_sizes, event->bytes);
    if (event->kind == EVENT_PAGES) {
        info->orders[event->order]++;
        info->classes[event->page_class]++;
    }
    if (event->kind == EVENT_KMALLOC || event->kind == EVENT_PAGES ||
        event->kind == EVENT_VMALLOC) {
        struct site_info *site = site_at(collector, event->site);

        site->allocations++;
        site->live_allocations++;
        site->bytes += live_event_bytes(event);
    }
}

/* Counts the allocation or process that an event has ended. */
static void count_end(struct collector *collector, const struct live_slot *ended)
{
    lifetimes_add(&collector->info->lifetimes[live_class_of(ended->kind)],
                  collector->live.events - ended->event);
    if (ended->kind == EVENT_PROCESS)
        return;
    struct site_info *site = site_at(collector, ended->site);
    site->live_allocations--;
    count_site_bytes(site, ended->bytes, 0);
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
    if (slot == NULL && before.id != 0)
        count_end(collector, &before);
    else if (slot != NULL && slot->kind != EVENT_PROCESS)
        count_site_bytes(site_at(collector, slot->site), before.bytes, slot->bytes);
    return NULL;
}

static int larger_first(uint64_t a, uint64_t b, const struct site_info *x,
                        const struct site_info *y)
{
    if (a != b)
        return a < b ? 1 : -1;
    return x->site < y->site ? -1 : 1;
}

static int by_peak(const void *a, const void *b)
{
    const struct site_info *x = a;
    const struct site_info *y = b;

    return larger_first(x->peak_bytes, y->peak_bytes, x, y);
}

static int by_count(const void *a, const void *b)
{
    const struct site_info *x = a;
    const struct site_info *y = b;

    return larger_first(x->allocations, y->allocations, x, y);
}

static int by_live(const void *a, const void *b)
{
    const struct site_info *x = a;
    const struct site_info *y = b;

    return larger_first(x->live_bytes, y->live_bytes, x, y);
}

void trace_info_rank(struct trace_info *info, enum site_rank rank)
{
    static int (*const orders[])(const void *, const void *) = {
        [SITES_BY_PEAK] = by_peak, [SITES_BY_COUNT] = by_count, [SITES_BY_LIVE] = by_live};

    if (info->top_site_count > 0)
        qsort(info->top_sites, info->top_site_count, sizeof(*info->top_sites), orders[rank]);
}

/* Keeps the sites that allocations name, and sorts them. */
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
    info->top_sites = collector->sites;
    info->top_site_count = count;
    trace_info_rank(info, SITES_BY_PEAK);
}

static void sum_up(struct collector *collector)
{
    struct trace_info *info = collector->info;
    const struct live_set *live = &collector->live;

    static const enum event_kind makers[LIVE_CLASS_COUNT] = {
        [LIVE_KMALLOC] = EVENT_KMALLOC,
        [LIVE_PAGES] = EVENT_PAGES,
        [LIVE_VMALLOC] = EVENT_VMALLOC,
        [LIVE_MAPPED] = EVENT_PROCESS,
    };

    info->events = live->events;
    info->peak_live_bytes = live->peak_bytes;
    for (uint32_t live_class = 0; live_class < LIVE_CLASS_COUNT; live_class++) {
        info->peak_bytes[live_class] = live->peak_bytes_by_class[live_class];
        info->end_bytes[live_class] = live->bytes[live_class];
        info->end_count[live_class] =
            info->by_kind[makers[live_class]] - info->lifetimes[live_class].count;
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
