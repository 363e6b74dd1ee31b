#include "report/inspect_report.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "report/text_file.h"

#define ELEMENT_INDENT 2u /* columns */

/* Puts a number that may have 64 bits: as a string of hexadecimal digits, because many readers of
   JSON round or refuse such numbers (RFC 7493, 2.2). */
static void put_wide(struct json *json, const char *key, bool is_wide, uint64_t number)
{
    char text[24];

    if (!is_wide) {
        json_put_u64(json, key, number);
        return;
    }
    snprintf(text, sizeof text, "0x%016" PRIx64, number);
    json_put_string(json, key, text);
}

static void put_va(struct json *json, const char *key, const struct paging_mode *mode, uint64_t va)
{
    put_wide(json, key, mode->va_bits > 32, va);
}

struct range_writer {
    struct json *json;
    const struct paging_mode *mode;
};

/* Open an object on a new line, with the place of the range. */
static struct json *begin_range(const struct range_writer *writer, const struct page_range *range,
                                const char *rights)
{
    struct json *json = writer->json;

    json_new_line(json, ELEMENT_INDENT);
    json_begin_object(json, NULL);
    put_va(json, "va", writer->mode, paging_canonical(writer->mode, range->va));
    json_put_u64(json, "bytes", range->bytes);
    json_put_string(json, "rights", rights);
    return json;
}

/* The lines of x86 do not say whether a range is executable. */
static void put_range(void *context, const struct page_range *range)
{
    const struct range_writer *writer = context;
    bool riscv = writer->mode->architecture == PAGING_RISCV;
    struct rights_text rights = inspect_rights(writer->mode, range->flags);

    if (!riscv)
        rights.text[3] = '\0';
    struct json *json = begin_range(writer, range, rights.text);
    if (riscv) {
        json_put_u64(json, "pa", range->pa);
        json_put_bool(json, "global", range->flags & PAGING_GLOBAL);
        json_put_bool(json, "accessed", range->accessed_pages != 0);
        json_put_bool(json, "dirty", range->dirty_pages != 0);
    }
    json_end_object(json);
}

static void put_pages(void *context, const struct page_range *range)
{
    static const struct {
        const char *key;
        uint32_t flag;
    } flags[] = {
        {"global", PAGING_GLOBAL},
        {"write_through", PAGING_WRITE_THROUGH},
        {"pat", PAGING_PAT},
        {"cache_disable", PAGING_CACHE_DISABLE},
        {"self_map", PAGING_SELF_MAP},
        {"reserved_bits", PAGING_RESERVED},
        {"repeated", PAGING_REPEATED},
        {"napot", PAGING_NAPOT},
        {"non_cacheable", PAGING_NON_CACHEABLE},
        {"io", PAGING_IO},
    };
    const struct range_writer *writer = context;
    struct json *json = begin_range(writer, range, inspect_rights(writer->mode, range->flags).text);

    json_put_optional(json, "pa", (range->flags & PAGING_SELF_MAP) == 0, range->pa);
    json_put_u64(json, "page_bytes", range->page_bytes);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        json_put_bool(json, flags[i].key, range->flags & flags[i].flag);
    json_put_u64(json, "accessed_pages", range->accessed_pages);
    json_put_u64(json, "dirty_pages", range->dirty_pages);
    json_end_object(json);
}

static void put_scan(struct json *json, struct inspection *inspection, const char *key,
                     enum page_merge merge, page_visit *visit)
{
    struct range_writer writer = {json, inspection->tables.mode};

    json_new_line(json, 0);
    json_begin_list(json, key);
    page_scan(&inspection->tables, merge, visit, &writer, &inspection->result);
    json_end_list(json);
}

static void put_outside(struct json *json, const struct inspection *inspection)
{
    const struct paging_mode *mode = inspection->tables.mode;
    const struct page_scan_result *result = &inspection->result;

    json_new_line(json, 0);
    json_put_bool(json, "directory_outside", result->root_outside);
    json_put_u64(json, "tables_outside_count", result->outside_count);
    if (result->stopped)
        put_va(json, "stopped_va", mode, paging_canonical(mode, result->stopped_va));
    else
        json_put_optional(json, "stopped_va", false, 0);
    json_new_line(json, 0);
    json_begin_list(json, "tables_outside");
    for (uint32_t i = 0; i < result->outside_count && i < SCAN_OUTSIDE_MAX; i++) {
        const struct page_outside *outside = &result->outside[i];
        json_begin_object(json, NULL);
        json_put_u64(json, "directory_index", outside->index);
        json_put_u64(json, "table", outside->table);
        put_va(json, "va", mode, paging_canonical(mode, outside->va));
        json_put_string(json, "level", mode->level[outside->level].name);
        json_end_object(json);
    }
    json_end_list(json);
}

/* ---- walks ---- */

static void put_steps(struct json *json, const struct paging_mode *mode,
                      const struct page_walk *walk)
{
    json_begin_list(json, "steps");
    for (uint32_t i = 0; i < walk->step_count; i++) {
        bool is_read = walk->end != WALK_OUTSIDE || i != walk->step_count - 1u;
        json_begin_object(json, NULL);
        json_put_u64(json, "index", walk->steps[i].index);
        json_put_u64(json, "address", walk->steps[i].at);
        if (is_read)
            put_wide(json, "entry", mode->entry_bytes == 8, walk->steps[i].raw);
        else
            json_put_optional(json, "entry", false, 0);
        json_end_object(json);
    }
    json_end_list(json);
}

/* The error code of each access; null if it does not fault. */
static void put_accesses(struct json *json, const struct page_walk *walk)
{
    static const char *const keys[WALK_ACCESS_COUNT] = {
        [WALK_SUPERVISOR_READ] = "supervisor_read",
        [WALK_SUPERVISOR_WRITE] = "supervisor_write",
        [WALK_USER_READ] = "user_read",
        [WALK_USER_WRITE] = "user_write",
        [WALK_SUPERVISOR_FETCH] = "supervisor_fetch",
        [WALK_USER_FETCH] = "user_fetch",
    };

    json_begin_object(json, "error_codes");
    for (uint32_t i = 0; i < walk->access_count; i++)
        json_put_optional(json, keys[i], walk->access[i].faults, walk->access[i].error_code);
    json_end_object(json);
}

static void put_destination(struct json *json, const struct paging_mode *mode,
                            const struct page_walk *walk)
{
    json_put_u64(json, "pa", walk->pa);
    json_put_u64(json, "page_bytes", walk->page_bytes);
    json_put_string(json, "rights", inspect_rights(mode, walk->rights).text);
    json_begin_list(json, "content");
    for (uint32_t i = 0; i < walk->byte_count; i++)
        json_put_u64(json, NULL, walk->bytes[i]);
    json_end_list(json);
}

static void put_walk(struct json *json, const struct paging_mode *mode,
                     const struct page_walk *walk)
{
    static const char *const ends[] = {
        [WALK_PAGE] = "page",
        [WALK_ABSENT] = "absent",
        [WALK_RESERVED] = "reserved_bits",
        [WALK_OUTSIDE] = "outside",
        [WALK_NOT_CANONICAL] = "not_canonical",
    };

    json_new_line(json, ELEMENT_INDENT);
    json_begin_object(json, NULL);
    put_va(json, "va", mode, walk->va);
    json_put_string(json, "end", ends[walk->end]);
    put_steps(json, mode, walk);
    if (walk->access_count != 0)
        put_accesses(json, walk);
    if (walk->end == WALK_PAGE)
        put_destination(json, mode, walk);
    json_end_object(json);
}

void inspect_print_json(struct inspection *inspection, FILE *file)
{
    const struct page_tables *tables = &inspection->tables;
    struct json json = json_begin_file(file);

    json_put_string(&json, "dump", inspection->name);
    json_put_u64(&json, "dump_bytes", inspection->dump->file_bytes);
    json_put_bool(&json, "cut_short", dump_is_cut_short(inspection->dump));
    json_put_string(&json, "mode", tables->mode->name);
    json_put_u64(&json, "directory", tables->root);
    json_put_u64(&json, "cr4", tables->cr4);
    put_scan(&json, inspection, "ranges", PAGE_MERGE_INFO_MEM, put_range);
    put_scan(&json, inspection, "pages", PAGE_MERGE_PAGES, put_pages);
    put_outside(&json, inspection);
    json_new_line(&json, 0);
    json_begin_list(&json, "walks");
    for (uint32_t i = 0; i < inspection->walk_count; i++)
        put_walk(&json, tables->mode, &inspection->walks[i]);
    json_end_list(&json);
    json_end_file(&json);
}
