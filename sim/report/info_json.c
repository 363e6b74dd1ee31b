#include "report/info_report.h"
#include "report/text_file.h"

static void put_live(struct json *json, const char *key, const uint64_t bytes[LIVE_CLASS_COUNT])
{
    json_begin_object(json, key);
    json_put_u64(json, "kmalloc", bytes[LIVE_KMALLOC]);
    json_put_u64(json, "pages", bytes[LIVE_PAGES]);
    json_put_u64(json, "vmalloc", bytes[LIVE_VMALLOC]);
    json_put_u64(json, "mapped", bytes[LIVE_MAPPED]);
    json_end_object(json);
}

/* The kinds of things that live for a while: blocks of three kinds, and processes. */
static const char *const live_names[LIVE_CLASS_COUNT] = {"kmalloc", "pages", "vmalloc", "process"};

static void put_lifetimes(struct json *json, const char *key, const struct lifetimes *lifetimes)
{
    json_begin_object(json, key);
    json_put_u64(json, "count", lifetimes->count);
    json_put_u64(json, "p10", lifetimes_quantile(lifetimes, 100));
    json_put_u64(json, "p50", lifetimes_quantile(lifetimes, 500));
    json_put_u64(json, "p90", lifetimes_quantile(lifetimes, 900));
    json_put_u64(json, "p99", lifetimes_quantile(lifetimes, 990));
    json_put_u64_list(json, "by_log2", lifetimes->by_log2, LIFETIME_CLASSES);
    json_end_object(json);
}

static void put_lives(struct json *json, const struct trace_info *info)
{
    json_begin_object(json, "lifetimes_in_events");
    for (uint32_t live = 0; live < LIVE_CLASS_COUNT; live++)
        put_lifetimes(json, live_names[live], &info->lifetimes[live]);
    json_end_object(json);
    json_begin_object(json, "never_freed");
    for (uint32_t live = 0; live < LIVE_CLASS_COUNT; live++) {
        json_begin_object(json, live_names[live]);
        json_put_u64(json, "count", info->end_count[live]);
        json_put_u64(json, "bytes", info->end_bytes[live]);
        json_end_object(json);
    }
    json_end_object(json);
}

static void put_kinds(struct json *json, const struct trace_info *info)
{
    json_begin_object(json, "by_kind");
    for (uint32_t kind = 1; kind < EVENT_KIND_COUNT; kind++)
        json_put_u64(json, event_name((enum event_kind)kind), info->by_kind[kind]);
    json_end_object(json);
}

static void put_page_classes(struct json *json, const struct trace_info *info)
{
    json_begin_object(json, "pages_by_class");
    json_put_u64(json, "low", info->classes[PAGES_LOW]);
    json_put_u64(json, "dma", info->classes[PAGES_DMA]);
    json_put_u64(json, "user", info->classes[PAGES_USER]);
    json_end_object(json);
}

static void put_site(struct json *json, const struct site_info *site, struct trace *trace)
{
    json_begin_object(json, NULL);
    json_put_string(json, "site",
                    site->site != SITE_NONE ? trace_site_name(trace, site->site) : NULL);
    json_put_u64(json, "allocations", site->allocations);
    json_put_u64(json, "bytes", site->bytes);
    json_put_u64(json, "peak_bytes", site->peak_bytes);
    json_put_u64(json, "live_bytes", site->live_bytes);
    json_put_u64(json, "live_allocations", site->live_allocations);
    json_end_object(json);
}

static void put_sites(struct json *json, const char *key, struct trace_info *info,
                      enum site_rank rank, uint32_t most, struct trace *trace)
{
    trace_info_rank(info, rank);
    json_begin_list(json, key);
    for (uint32_t i = 0; i < info->top_site_count && i < most; i++)
        put_site(json, &info->top_sites[i], trace);
    json_end_list(json);
}

void info_print_json(struct trace_info *info, struct trace *trace, FILE *file)
{
    struct json json = json_begin_file(file);

    json_put_string(&json, "trace", trace->name);
    json_put_u64(&json, "events", info->events);
    put_kinds(&json, info);
    json_put_u64(&json, "peak_live_bytes", info->peak_live_bytes);
    put_live(&json, "peak_bytes", info->peak_bytes);
    put_live(&json, "live_at_end_bytes", info->end_bytes);
    json_put_u64(&json, "peak_live_allocations", info->slots);
    json_put_u64(&json, "live_at_end_allocations", info->live_allocations);
    json_put_u64_list(&json, "kmalloc_sizes_by_log2", info->kmalloc_sizes.count, SIZE_CLASSES);
    json_put_u64_list(&json, "kmalloc_bytes_by_log2", info->kmalloc_sizes.bytes, SIZE_CLASSES);
    json_put_u64_list(&json, "vmalloc_sizes_by_log2", info->vmalloc_sizes.count, SIZE_CLASSES);
    json_put_u64_list(&json, "vmalloc_bytes_by_log2", info->vmalloc_sizes.bytes, SIZE_CLASSES);
    json_put_u64_list(&json, "pages_by_order", info->orders, ORDER_COUNT);
    put_page_classes(&json, info);
    put_lives(&json, info);
    json_put_u64(&json, "sites", info->sites);
    put_sites(&json, "top_sites", info, SITES_BY_PEAK, info->top_site_count, trace);
    put_sites(&json, "top_sites_by_count", info, SITES_BY_COUNT, SITES_SHOWN, trace);
    put_sites(&json, "top_sites_never_freed", info, SITES_BY_LIVE, SITES_SHOWN, trace);
    json_end_file(&json);
}
