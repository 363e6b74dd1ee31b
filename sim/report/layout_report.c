#include "report/layout_report.h"

#include <inttypes.h>

#include <mm/pgtable.h>
#include <mm/strategy.h>

#include "machine/paging.h"
#include "report/numbers.h"
#include "report/page.h"

static const char *page_sizes(const struct layout_row *row)
{
    switch (row->page_sizes) {
    case 0:
        return "none";
    case PAGE_SIZE:
        return "4K";
    case LARGE_PAGE_SIZE:
        return "4M";
    default:
        return "both";
    }
}

/* The rights, as QEMU's `info mem` writes them. */
static void rights_text(const struct layout_row *row, char text[4])
{
    bool any = row->mapped_bytes != 0;

    snprintf(text, 4, "%c%c%c", row->flags_any & PAGING_USER ? 'u' : '-', any ? 'r' : '-',
             row->flags_any & PAGING_WRITABLE ? 'w' : '-');
}

static bool is_uncached(const struct layout_row *row)
{
    return row->mapped_bytes != 0 && (row->flags_all & PAGING_CACHE_DISABLE) != 0;
}

/* The name of the area, and whether it is cached. */
static void what_text(const struct layout_row *row, char *text, size_t bytes)
{
    snprintf(text, bytes, "%*s%s%s", 2 * (int)row->depth, "", row->what,
             is_uncached(row) ? ", uncached" : "");
}

static void print_row(const struct layout_row *row, FILE *out)
{
    char what[LAYOUT_WHAT_BYTES + 16];
    char rights[4];
    char end[16];

    rights_text(row, rights);
    what_text(row, what, sizeof what);
    snprintf(end, sizeof end, "%08" PRIx64, row->end);
    fprintf(out, "%08" PRIx32 "-%-9s %9s %-32s %9s", row->start, end,
            number_size(row->end - row->start).text, what,
            row->mapped_bytes != 0 ? number_size(row->mapped_bytes).text : "-");
    if (row->mapped_bytes != 0)
        fprintf(out, " %-4s %s", page_sizes(row), rights);
    fputc('\n', out);
}

void layout_print(const struct layout_map *layout, const struct strategy *strategy, FILE *file)
{
    FILE *out = page_open(file);

    fprintf(out, "%s: %s\n%-18s %9s %-32s %9s page urw\n", strategy->name, strategy->heap,
            "virtual addresses", "size", "what", "mapped");
    for (uint32_t i = 0; i < layout->count; i++)
        print_row(&layout->row[i], out);
    fclose(out);
}

static void put_row(struct json *json, const struct layout_row *row)
{
    char rights[4];

    rights_text(row, rights);
    json_begin_object(json, NULL);
    json_put_string(json, "what", row->what);
    json_put_u64(json, "start", row->start);
    json_put_u64(json, "end", row->end);
    json_put_u64(json, "depth", row->depth);
    json_put_u64(json, "mapped_bytes", row->mapped_bytes);
    json_put_u64(json, "page_bytes", row->page_sizes);
    json_put_string(json, "rights", rights);
    json_put_bool(json, "uncached", is_uncached(row));
    json_end_object(json);
}

void layout_put_json(struct json *json, const struct layout_map *layout,
                     const struct strategy *strategy)
{
    json_begin_object(json, NULL);
    json_put_string(json, "strategy", strategy->name);
    json_begin_list(json, "areas");
    for (uint32_t i = 0; i < layout->count; i++)
        put_row(json, &layout->row[i]);
    json_end_list(json);
    json_end_object(json);
}
