#include "report/layout_report.h"

#include <inttypes.h>
#include <string.h>

#include <mm/pgtable.h>

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

/* As QEMU's `info mem` has them. */
static void rights_text(const struct layout_row *row, char text[4])
{
    bool any = row->mapped_bytes != 0;

    snprintf(text, 4, "%c%c%c", row->flags_any & PTE_USER ? 'u' : '-', any ? 'r' : '-',
             row->flags_any & PTE_WRITABLE ? 'w' : '-');
}

static bool is_uncached(const struct layout_row *row)
{
    return row->mapped_bytes != 0 && (row->flags_all & PTE_CACHE_DISABLE) != 0;
}

/* What is there, and whether it is cached. */
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

static void put_field(const struct text_out *out, const char *before, const char *key,
                      uint64_t value)
{
    text_put(out, before);
    text_put_json_string(out, key, strlen(key));
    text_put(out, ": ");
    text_put_u64(out, value);
}

static void put_row(const struct text_out *out, const struct layout_row *row)
{
    char rights[4];

    rights_text(row, rights);
    text_put(out, "{\"what\": ");
    text_put_json_string(out, row->what, strlen(row->what));
    put_field(out, ", ", "start", row->start);
    put_field(out, ", ", "end", row->end);
    put_field(out, ", ", "depth", row->depth);
    put_field(out, ", ", "mapped_bytes", row->mapped_bytes);
    put_field(out, ", ", "page_bytes", row->page_sizes);
    text_put(out, ", \"rights\": ");
    text_put_json_string(out, rights, strlen(rights));
    text_put(out, ", \"uncached\": ");
    text_put(out, is_uncached(row) ? "true}" : "false}");
}

void layout_put_json(const struct layout_map *layout, const struct strategy *strategy,
                     const struct text_out *out)
{
    text_put(out, "{\"strategy\": ");
    text_put_json_string(out, strategy->name, strlen(strategy->name));
    text_put(out, ", \"areas\": [");
    for (uint32_t i = 0; i < layout->count; i++) {
        text_put(out, i == 0 ? "" : ", ");
        put_row(out, &layout->row[i]);
    }
    text_put(out, "]}");
}
