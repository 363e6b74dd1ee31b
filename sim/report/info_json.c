#include <string.h>

#include "report/info_report.h"
#include "report/json_keys.h"
#include "report/text_file.h"

static void put_list(const struct text_out *out, const char *key, const uint64_t values[],
                     uint32_t count)
{
    json_put_key(out, ", ", key);
    for (uint32_t i = 0; i < count; i++) {
        text_put(out, i == 0 ? "[" : ", ");
        text_put_u64(out, values[i]);
    }
    text_put(out, "]");
}

static void put_live(const struct text_out *out, const char *key,
                     const uint64_t bytes[LIVE_CLASS_COUNT])
{
    json_put_key(out, ", ", key);
    json_put_number(out, "{", "kmalloc", bytes[LIVE_KMALLOC]);
    json_put_number(out, ", ", "pages", bytes[LIVE_PAGES]);
    json_put_number(out, ", ", "vmalloc", bytes[LIVE_VMALLOC]);
    json_put_number(out, ", ", "mapped", bytes[LIVE_MAPPED]);
    text_put(out, "}");
}

/* The name of a class of lives; the last is not a class of blocks. */
static const char *const live_names[LIVE_CLASS_COUNT] = {"kmalloc", "pages", "vmalloc", "process"};

static void put_lifetimes(const struct text_out *out, const struct lifetimes *lifetimes)
{
    json_put_number(out, "{", "count", lifetimes->count);
    json_put_number(out, ", ", "p10", lifetimes_quantile(lifetimes, 100));
    json_put_number(out, ", ", "p50", lifetimes_quantile(lifetimes, 500));
    json_put_number(out, ", ", "p90", lifetimes_quantile(lifetimes, 900));
    json_put_number(out, ", ", "p99", lifetimes_quantile(lifetimes, 990));
    put_list(out, "by_log2", lifetimes->by_log2, LIFETIME_CLASSES);
    text_put(out, "}");
}

static void put_lives(const struct text_out *out, const struct trace_info *info)
{
    json_put_key(out, ", ", "lifetimes_in_events");
    for (uint32_t live = 0; live < LIVE_CLASS_COUNT; live++) {
        json_put_key(out, live == 0 ? "{" : ", ", live_names[live]);
        put_lifetimes(out, &info->lifetimes[live]);
    }
    json_put_key(out, "}, ", "never_freed");
    for (uint32_t live = 0; live < LIVE_CLASS_COUNT; live++) {
        json_put_key(out, live == 0 ? "{" : ", ", live_names[live]);
        json_put_number(out, "{", "count", info->end_count[live]);
        json_put_number(out, ", ", "bytes", info->end_bytes[live]);
        text_put(out, "}");
    }
    text_put(out, "}");
}

static void put_kinds(const struct text_out *out, const struct trace_info *info)
{
    json_put_key(out, ", ", "by_kind");
    for (uint32_t kind = 1; kind < EVENT_KIND_COUNT; kind++)
        json_put_number(out, kind == 1 ? "{" : ", ", event_name((enum event_kind)kind),
                        info->by_kind[kind]);
    text_put(out, "}");
}

static void put_site(const struct text_out *out, const struct site_info *site, struct trace *trace)
{
    const char *name = site->site != SITE_NONE ? trace_site_name(trace, site->site) : NULL;

    json_put_key(out, "{", "site");
    if (name != NULL)
        text_put_json_string(out, name, strlen(name));
    else
        text_put(out, "null");
    json_put_number(out, ", ", "allocations", site->allocations);
    json_put_number(out, ", ", "bytes", site->bytes);
    json_put_number(out, ", ", "peak_bytes", site->peak_bytes);
    json_put_number(out, ", ", "live_bytes", site->live_bytes);
    json_put_number(out, ", ", "live_allocations", site->live_allocations);
    text_put(out, "}");
}

static void put_sites(const struct text_out *out, const char *key, struct trace_info *info,
                      enum site_rank rank, uint32_t most, struct trace *trace)
{
    trace_info_rank(info, rank);
    json_put_key(out, ", ", key);
    text_put(out, "[");
    for (uint32_t i = 0; i < info->top_site_count && i < most; i++) {
        text_put(out, i == 0 ? "" : ", ");
        put_site(out, &info->top_sites[i], trace);
    }
    text_put(out, "]");
}

void info_print_json(struct trace_info *info, struct trace *trace, FILE *file)
{
    struct text_out out = text_out_to_file(file);

    json_put_key(&out, "{", "trace");
    text_put_json_string(&out, trace->name, strlen(trace->name));
    json_put_number(&out, ", ", "events", info->events);
    put_kinds(&out, info);
    json_put_number(&out, ", ", "peak_live_bytes", info->peak_live_bytes);
    put_live(&out, "peak_bytes", info->peak_bytes);
    put_live(&out, "live_at_end_bytes", info->end_bytes);
    json_put_number(&out, ", ", "peak_live_allocations", info->slots);
    json_put_number(&out, ", ", "live_at_end_allocations", info->live_allocations);
    put_list(&out, "kmalloc_sizes_by_log2", info->kmalloc_sizes.count, SIZE_CLASSES);
    put_list(&out, "kmalloc_bytes_by_log2", info->kmalloc_sizes.bytes, SIZE_CLASSES);
    put_list(&out, "vmalloc_sizes_by_log2", info->vmalloc_sizes.count, SIZE_CLASSES);
    put_list(&out, "vmalloc_bytes_by_log2", info->vmalloc_sizes.bytes, SIZE_CLASSES);
    put_list(&out, "pages_by_order", info->orders, ORDER_COUNT);
    json_put_key(&out, ", ", "pages_by_class");
    json_put_number(&out, "{", "low", info->classes[PAGES_LOW]);
    json_put_number(&out, ", ", "dma", info->classes[PAGES_DMA]);
    json_put_number(&out, ", ", "user", info->classes[PAGES_USER]);
    text_put(&out, "}");
    put_lives(&out, info);
    json_put_number(&out, ", ", "sites", info->sites);
    put_sites(&out, "top_sites", info, SITES_BY_PEAK, info->top_site_count, trace);
    put_sites(&out, "top_sites_by_count", info, SITES_BY_COUNT, SITES_SHOWN, trace);
    put_sites(&out, "top_sites_never_freed", info, SITES_BY_LIVE, SITES_SHOWN, trace);
    text_put(&out, "}\n");
}
