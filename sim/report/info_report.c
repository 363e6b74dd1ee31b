#include "report/info_report.h"

#include <stdlib.h>

#include "report/numbers.h"
#include "report/page.h"
#include "report/table.h"
#include "report/text_file.h"
#include "trace/memory.h"
#include "trace/printable.h"

static const char *const live_names[LIVE_CLASS_COUNT] = {"kmalloc", "pages", "vmalloc", "mapped"};
/* The kinds of things that live for a while: blocks of three kinds, and processes. */
static const char *const lifetime_names[LIVE_CLASS_COUNT] = {"kmalloc", "pages", "vmalloc",
                                                             "process"};

static const char *const class_names[] = {"low", "dma", "user"};

static const char *site_text(struct trace *trace, uint32_t site)
{
    return site == SITE_NONE ? "(no site)" : trace_site_name(trace, site);
}

static void print_kinds(const struct trace_info *info, FILE *out)
{
    fprintf(out, "\nevents by kind\n");
    for (uint32_t kind = 1; kind < EVENT_KIND_COUNT; kind++)
        if (info->by_kind[kind] != 0)
            fprintf(out, "  %-11s %14s  %s\n", event_name((enum event_kind)kind),
                    number_grouped(info->by_kind[kind]).text,
                    number_share(info->by_kind[kind], info->events).text);
}

static void print_live(const struct trace_info *info, FILE *out)
{
    fprintf(out, "\nlive bytes         at most        at the end\n");
    for (uint32_t live = 0; live < LIVE_CLASS_COUNT; live++)
        if (info->peak_bytes[live] != 0)
            fprintf(out, "  %-11s %12s  %16s\n", live_names[live],
                    number_size(info->peak_bytes[live]).text,
                    number_size(info->end_bytes[live]).text);
    fprintf(out, "  together    %12s\n", number_size(info->peak_live_bytes).text);
    fprintf(out, "  allocations %12s  %16s\n", number_grouped(info->slots).text,
            number_grouped(info->live_allocations).text);
}

static void print_sizes(const char *name, const struct size_histogram *sizes, FILE *out)
{
    uint64_t count = 0;
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < SIZE_CLASSES; i++) {
        count += sizes->count[i];
        bytes += sizes->bytes[i];
    }
    if (count == 0)
        return;
    fprintf(out, "\n%-19s %11s %8s %10s\n", name, "requests", "", "bytes");
    for (uint32_t i = 0; i < SIZE_CLASSES; i++)
        if (sizes->count[i] != 0)
            fprintf(out, "  up to %-11s %11s %8s %10s %8s\n", number_size(UINT64_C(1) << i).text,
                    number_grouped(sizes->count[i]).text, number_share(sizes->count[i], count).text,
                    number_size(sizes->bytes[i]).text, number_share(sizes->bytes[i], bytes).text);
}

static void print_orders(const struct trace_info *info, FILE *out)
{
    uint64_t requests = info->by_kind[EVENT_PAGES];
    uint64_t bytes = 0;

    if (requests == 0)
        return;
    for (uint32_t order = 0; order < ORDER_COUNT; order++)
        bytes += info->orders[order] * PAGE_SIZE << order;
    fprintf(out, "\n%-19s %11s %8s %10s\n", "pages", "requests", "", "bytes");
    for (uint32_t order = 0; order < ORDER_COUNT; order++)
        if (info->orders[order] != 0)
            fprintf(out, "  order %-11u %11s %8s %10s %8s\n", order,
                    number_grouped(info->orders[order]).text,
                    number_share(info->orders[order], requests).text,
                    number_size(info->orders[order] * PAGE_SIZE << order).text,
                    number_share(info->orders[order] * PAGE_SIZE << order, bytes).text);
    for (uint32_t page_class = 0; page_class < 3; page_class++)
        if (info->classes[page_class] != 0)
            fprintf(out, "  class %-11s %11s %8s\n", class_names[page_class],
                    number_grouped(info->classes[page_class]).text,
                    number_share(info->classes[page_class], requests).text);
}

/* ---- lifetimes ---- */

/* Add a row with the number of each kind that occurs. */
static void add_row(struct table *table, const char *label, const struct trace_info *info,
                    const uint64_t numbers[])
{
    uint32_t column = 0;

    table_row(table, label);
    for (uint32_t live = 0; live < LIVE_CLASS_COUNT; live++)
        if (info->lifetimes[live].count + info->end_count[live] != 0)
            table_cell(table, column++, number_grouped(numbers[live]).text);
}

static void add_quantiles(struct table *table, const struct trace_info *info)
{
    static const uint32_t permilles[] = {100, 500, 900, 990};
    uint64_t numbers[LIVE_CLASS_COUNT];
    char label[TABLE_LABEL_BYTES];

    for (size_t i = 0; i < sizeof permilles / sizeof permilles[0]; i++) {
        for (uint32_t live = 0; live < LIVE_CLASS_COUNT; live++)
            numbers[live] = lifetimes_quantile(&info->lifetimes[live], permilles[i]);
        snprintf(label, sizeof label, "  %2u %% within", permilles[i] / 10u);
        add_row(table, label, info, numbers);
    }
}

static void add_histogram(struct table *table, const struct trace_info *info)
{
    uint64_t numbers[LIVE_CLASS_COUNT];
    char label[TABLE_LABEL_BYTES];

    for (uint32_t i = 0; i < LIFETIME_CLASSES; i++) {
        uint64_t all = 0;
        for (uint32_t live = 0; live < LIVE_CLASS_COUNT; live++) {
            numbers[live] = info->lifetimes[live].by_log2[i];
            all += numbers[live];
        }
        if (all == 0)
            continue;
        snprintf(label, sizeof label, "  up to %s",
                 number_grouped(i < 64 ? UINT64_C(1) << i : UINT64_MAX).text);
        add_row(table, label, info, numbers);
    }
}

static void print_lifetimes(const struct trace_info *info, FILE *out)
{
    struct table *table = memory_zeroed(1, sizeof *table);
    uint64_t freed[LIVE_CLASS_COUNT];

    table_init(table, 0);
    table_row(table, "lifetimes, in events");
    for (uint32_t live = 0; live < LIVE_CLASS_COUNT; live++) {
        freed[live] = info->lifetimes[live].count;
        if (freed[live] + info->end_count[live] != 0)
            table_cell(table, table->columns++, lifetime_names[live]);
    }
    add_row(table, "  never freed", info, info->end_count);
    add_row(table, "  freed", info, freed);
    add_quantiles(table, info);
    add_histogram(table, info);
    fputc('\n', out);
    table_print(table, out);
    free(table);
}

/* ---- sites ---- */

static void add_site(struct table *table, const struct site_info *site, struct trace *trace)
{
    const struct number_text cells[] = {
        number_size(site->peak_bytes), number_size(site->bytes), number_grouped(site->allocations),
        number_grouped(site->live_allocations), number_size(site->live_bytes)};
    char label[TABLE_LABEL_BYTES];

    snprintf(label, sizeof label, "  %.26s",
             printable_within(site_text(trace, site->site), 26).text);
    table_row(table, label);
    for (uint32_t column = 0; column < sizeof cells / sizeof cells[0]; column++)
        table_cell(table, column, cells[column].text);
}

static void print_sites(const struct trace_info *info, const char *heading, struct trace *trace,
                        FILE *out)
{
    static const char *const heads[] = {"at most", "asked for", "requests", "never freed", "bytes"};
    uint32_t shown = info->top_site_count < SITES_SHOWN ? info->top_site_count : SITES_SHOWN;
    struct table *table = memory_zeroed(1, sizeof *table);

    table_init(table, sizeof heads / sizeof heads[0]);
    table_row(table, heading);
    for (uint32_t column = 0; column < table->columns; column++)
        table_cell(table, column, heads[column]);
    for (uint32_t i = 0; i < shown; i++)
        add_site(table, &info->top_sites[i], trace);
    fputc('\n', out);
    table_print(table, out);
    free(table);
}

static void print_all_sites(struct trace_info *info, struct trace *trace, FILE *out)
{
    static const char *const headings[] = {[SITES_BY_PEAK] = "sites that held most",
                                           [SITES_BY_COUNT] = "that asked most often",
                                           [SITES_BY_LIVE] = "that never freed most"};

    fprintf(out, "\n%s different sites\n", number_grouped(info->sites).text);
    for (uint32_t rank = SITES_BY_PEAK; rank <= SITES_BY_LIVE; rank++) {
        trace_info_rank(info, (enum site_rank)rank);
        print_sites(info, headings[rank], trace, out);
    }
}

void info_print(struct trace_info *info, struct trace *trace, FILE *file)
{
    FILE *out = page_open(file);

    fprintf(out, "%s: %s events, %s live at most\n", printable(trace->name).text,
            number_grouped(info->events).text, number_size(info->peak_live_bytes).text);
    print_kinds(info, out);
    print_live(info, out);
    print_sizes("kmalloc", &info->kmalloc_sizes, out);
    print_sizes("vmalloc", &info->vmalloc_sizes, out);
    print_orders(info, out);
    if (info->slots != 0 || info->by_kind[EVENT_PROCESS] != 0)
        print_lifetimes(info, out);
    if (info->sites != 0)
        print_all_sites(info, trace, out);
    fclose(out);
}

void import_print(const struct import_counts *counts, FILE *file)
{
    FILE *out = page_open(file);

    fprintf(out, "%s lines, %s events\n", number_grouped(counts->lines).text,
            number_grouped(counts->events).text);
    for (uint32_t i = 0; i < counts->count; i++)
        fprintf(out, "  %12s  %s\n", number_grouped(counts->list[i].count).text,
                counts->list[i].what);
    if (counts->skipped[0] != '\0')
        fprintf(out, "  the first one that was skipped is %s\n", printable(counts->skipped).text);
    fputs(counts->notes, out);
    fclose(out);
}

/* ---- JSON ---- */

static void put_live(struct json *json, const char *key, const uint64_t bytes[LIVE_CLASS_COUNT])
{
    json_begin_object(json, key);
    json_put_u64(json, "kmalloc", bytes[LIVE_KMALLOC]);
    json_put_u64(json, "pages", bytes[LIVE_PAGES]);
    json_put_u64(json, "vmalloc", bytes[LIVE_VMALLOC]);
    json_put_u64(json, "mapped", bytes[LIVE_MAPPED]);
    json_end_object(json);
}

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
        put_lifetimes(json, lifetime_names[live], &info->lifetimes[live]);
    json_end_object(json);
    json_begin_object(json, "never_freed");
    for (uint32_t live = 0; live < LIVE_CLASS_COUNT; live++) {
        json_begin_object(json, lifetime_names[live]);
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
