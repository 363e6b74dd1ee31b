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
    text_put(out, "}");
}

void info_print_json(const struct trace_info *info, struct trace *trace, FILE *file)
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
    put_list(&out, "kmalloc_sizes_by_log2", info->sizes, SIZE_CLASSES);
    put_list(&out, "pages_by_order", info->orders, ORDER_COUNT);
    json_put_key(&out, ", ", "pages_by_class");
    json_put_number(&out, "{", "low", info->classes[PAGES_LOW]);
    json_put_number(&out, ", ", "dma", info->classes[PAGES_DMA]);
    json_put_number(&out, ", ", "user", info->classes[PAGES_USER]);
    json_put_number(&out, "}, ", "sites", info->sites);
    json_put_key(&out, ", ", "top_sites");
    for (uint32_t i = 0; i < info->top_site_count; i++) {
        text_put(&out, i == 0 ? "[" : ", ");
        put_site(&out, &info->top_sites[i], trace);
    }
    text_put(&out, info->top_site_count == 0 ? "[]}\n" : "]}\n");
}
