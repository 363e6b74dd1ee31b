#include "report/info_report.h"

#include "report/numbers.h"

#define SITES_SHOWN 10u

static const char *const live_names[LIVE_CLASS_COUNT] = {"kmalloc", "pages", "vmalloc", "mapped"};
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
    for (uint32_t class = 0; class < LIVE_CLASS_COUNT; class ++)
        if (info->peak_bytes[class] != 0)
            fprintf(out, "  %-11s %12s  %16s\n", live_names[class],
                    number_size(info->peak_bytes[class]).text,
                    number_size(info->end_bytes[class]).text);
    fprintf(out, "  together    %12s\n", number_size(info->peak_live_bytes).text);
    fprintf(out, "  allocations %12s  %16s\n", number_grouped(info->slots).text,
            number_grouped(info->live_allocations).text);
}

static void print_sizes(const struct trace_info *info, FILE *out)
{
    uint64_t total = info->by_kind[EVENT_KMALLOC] + info->by_kind[EVENT_KREALLOC];

    fprintf(out, "\nkmalloc sizes\n");
    for (uint32_t i = 0; i < SIZE_CLASSES; i++)
        if (info->sizes[i] != 0)
            fprintf(out, "  up to %-9s %10s  %s\n", number_size(UINT64_C(1) << i).text,
                    number_grouped(info->sizes[i]).text, number_share(info->sizes[i], total).text);
}

static void print_orders(const struct trace_info *info, FILE *out)
{
    fprintf(out, "\npage requests\n");
    for (uint32_t order = 0; order < ORDER_COUNT; order++)
        if (info->orders[order] != 0)
            fprintf(out, "  order %-9u %10s  %s\n", order, number_grouped(info->orders[order]).text,
                    number_share(info->orders[order], info->by_kind[EVENT_PAGES]).text);
    for (uint32_t class = 0; class < 3; class ++)
        if (info->classes[class] != 0)
            fprintf(out, "  class %-9s %10s  %s\n", class_names[class],
                    number_grouped(info->classes[class]).text,
                    number_share(info->classes[class], info->by_kind[EVENT_PAGES]).text);
}

static void print_sites(const struct trace_info *info, struct trace *trace, FILE *out)
{
    uint32_t shown = info->top_site_count < SITES_SHOWN ? info->top_site_count : SITES_SHOWN;

    fprintf(out, "\nsites that held most, of %s       at most    at the end   allocations\n",
            number_grouped(info->sites).text);
    for (uint32_t i = 0; i < shown; i++) {
        const struct site_info *site = &info->top_sites[i];
        fprintf(out, "  %-36.36s %10s  %12s  %12s\n", site_text(trace, site->site),
                number_size(site->peak_bytes).text, number_size(site->live_bytes).text,
                number_grouped(site->allocations).text);
    }
}

void info_print(const struct trace_info *info, struct trace *trace, FILE *out)
{
    fprintf(out, "%s: %s events, %s live at most\n", trace->name, number_grouped(info->events).text,
            number_size(info->peak_live_bytes).text);
    print_kinds(info, out);
    print_live(info, out);
    if (info->by_kind[EVENT_KMALLOC] != 0)
        print_sizes(info, out);
    if (info->by_kind[EVENT_PAGES] != 0)
        print_orders(info, out);
    if (info->sites != 0)
        print_sites(info, trace, out);
}

void import_print(const struct import_counts *counts, FILE *out)
{
    fprintf(out, "%s lines, %s events\n", number_grouped(counts->lines).text,
            number_grouped(counts->events).text);
    for (uint32_t i = 0; i < counts->count; i++)
        fprintf(out, "  %12s  %s\n", number_grouped(counts->list[i].count).text,
                counts->list[i].what);
}
