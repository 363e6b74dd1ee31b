#include <string.h>

#include "report/info_report.h"
#include "report/text_file.h"

static void put_key(const struct text_out *out, const char *before, const char *key)
{
    text_put(out, before);
    text_put_json_string(out, key, strlen(key));
    text_put(out, ": ");
}

static void put_number(const struct text_out *out, const char *before, const char *key,
                       uint64_t value)
{
    put_key(out, before, key);
    text_put_u64(out, value);
}

static void put_list(const struct text_out *out, const char *key, const uint64_t values[],
                     uint32_t count)
{
    put_key(out, ", ", key);
    for (uint32_t i = 0; i < count; i++) {
        text_put(out, i == 0 ? "[" : ", ");
        text_put_u64(out, values[i]);
    }
    text_put(out, "]");
}

static void put_live(const struct text_out *out, const char *key,
                     const uint64_t bytes[LIVE_CLASS_COUNT])
{
    put_key(out, ", ", key);
    put_number(out, "{", "kmalloc", bytes[LIVE_KMALLOC]);
    put_number(out, ", ", "pages", bytes[LIVE_PAGES]);
    put_number(out, ", ", "vmalloc", bytes[LIVE_VMALLOC]);
    put_number(out, ", ", "mapped", bytes[LIVE_MAPPED]);
    text_put(out, "}");
}

static void put_kinds(const struct text_out *out, const struct trace_info *info)
{
    put_key(out, ", ", "by_kind");
    for (uint32_t kind = 1; kind < EVENT_KIND_COUNT; kind++)
        put_number(out, kind == 1 ? "{" : ", ", event_name((enum event_kind)kind),
                   info->by_kind[kind]);
    text_put(out, "}");
}

static void put_site(const struct text_out *out, const struct site_info *site, struct trace *trace)
{
    const char *name = site->site != SITE_NONE ? trace_site_name(trace, site->site) : NULL;

    put_key(out, "{", "site");
    if (name != NULL)
        text_put_json_string(out, name, strlen(name));
    else
        text_put(out, "null");
    put_number(out, ", ", "allocations", site->allocations);
    put_number(out, ", ", "bytes", site->bytes);
    put_number(out, ", ", "peak_bytes", site->peak_bytes);
    put_number(out, ", ", "live_bytes", site->live_bytes);
    text_put(out, "}");
}

void info_print_json(const struct trace_info *info, struct trace *trace, FILE *file)
{
    struct text_out out = text_out_to_file(file);

    put_key(&out, "{", "trace");
    text_put_json_string(&out, trace->name, strlen(trace->name));
    put_number(&out, ", ", "events", info->events);
    put_kinds(&out, info);
    put_number(&out, ", ", "peak_live_bytes", info->peak_live_bytes);
    put_live(&out, "peak_bytes", info->peak_bytes);
    put_live(&out, "live_at_end_bytes", info->end_bytes);
    put_number(&out, ", ", "peak_live_allocations", info->slots);
    put_number(&out, ", ", "live_at_end_allocations", info->live_allocations);
    put_list(&out, "kmalloc_sizes_by_log2", info->sizes, SIZE_CLASSES);
    put_list(&out, "pages_by_order", info->orders, ORDER_COUNT);
    put_key(&out, ", ", "pages_by_class");
    put_number(&out, "{", "low", info->classes[PAGES_LOW]);
    put_number(&out, ", ", "dma", info->classes[PAGES_DMA]);
    put_number(&out, ", ", "user", info->classes[PAGES_USER]);
    put_number(&out, "}, ", "sites", info->sites);
    put_key(&out, ", ", "top_sites");
    for (uint32_t i = 0; i < info->top_site_count; i++) {
        text_put(&out, i == 0 ? "[" : ", ");
        put_site(&out, &info->top_sites[i], trace);
    }
    text_put(&out, info->top_site_count == 0 ? "[]}\n" : "]}\n");
}
