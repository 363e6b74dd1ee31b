#include "report/inspect_report.h"

#include <stddef.h>

#include "report/text_file.h"

#define ELEMENT_INDENT 2u /* columns */

/* Open an object on a new line, with the place of the range. */
static void begin_range(struct json *json, const struct mmu_range *range)
{
    json_new_line(json, ELEMENT_INDENT);
    json_begin_object(json, NULL);
    json_put_u64(json, "va", range->va.value);
    json_put_u64(json, "bytes", range->bytes);
    json_put_string(json, "rights", inspect_rights(range->flags).text);
}

static void put_range(void *context, const struct mmu_range *range)
{
    struct json *json = context;

    begin_range(json, range);
    json_end_object(json);
}

static void put_pages(void *context, const struct mmu_range *range)
{
    static const struct {
        const char *key;
        uint32_t flag;
    } flags[] = {
        {"global", PTE_GLOBAL},     {"write_through", PTE_WRITE_THROUGH},
        {"pat", MMU_PAT},           {"cache_disable", PTE_CACHE_DISABLE},
        {"self_map", MMU_SELF_MAP}, {"reserved_bits", MMU_RESERVED},
    };
    struct json *json = context;

    begin_range(json, range);
    json_put_optional(json, "pa", (range->flags & MMU_SELF_MAP) == 0, range->pa.value);
    json_put_u64(json, "page_bytes", range->page_bytes);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        json_put_bool(json, flags[i].key, range->flags & flags[i].flag);
    json_put_u64(json, "accessed_pages", range->accessed_pages);
    json_put_u64(json, "dirty_pages", range->dirty_pages);
    json_end_object(json);
}

static void put_scan(struct json *json, const struct mmu_tables *tables, const char *key,
                     enum mmu_merge merge, mmu_visit *visit)
{
    json_new_line(json, 0);
    json_begin_list(json, key);
    mmu_scan(tables, merge, visit, json);
    json_end_list(json);
}

static void put_outside(struct json *json, const struct mmu_outside *outside)
{
    json_new_line(json, 0);
    json_put_bool(json, "directory_outside", outside->directory);
    json_new_line(json, 0);
    json_begin_list(json, "tables_outside");
    for (uint32_t i = 0; i < outside->count; i++) {
        json_begin_object(json, NULL);
        json_put_u64(json, "directory_index", outside->tables[i].index);
        json_put_u64(json, "table", outside->tables[i].table.value);
        json_end_object(json);
    }
    json_end_list(json);
}

/* ---- walks ---- */

static void put_steps(struct json *json, const struct dump_walk *walk)
{
    json_begin_list(json, "steps");
    for (uint32_t i = 0; i < walk->step_count; i++) {
        bool is_read = walk->end != WALK_OUTSIDE || i != walk->step_count - 1u;
        json_begin_object(json, NULL);
        json_put_u64(json, "index", walk->steps[i].index);
        json_put_u64(json, "address", walk->steps[i].at.value);
        json_put_optional(json, "entry", is_read, walk->steps[i].entry);
        json_end_object(json);
    }
    json_end_list(json);
}

/* The error code of each access; null if it does not fault. */
static void put_accesses(struct json *json, const struct dump_walk *walk)
{
    static const char *const keys[WALK_ACCESS_COUNT] = {
        [(MMU_SUPERVISOR | MMU_READ) / 2] = "supervisor_read",
        [(MMU_SUPERVISOR | MMU_WRITE) / 2] = "supervisor_write",
        [(MMU_USER | MMU_READ) / 2] = "user_read",
        [(MMU_USER | MMU_WRITE) / 2] = "user_write",
    };

    json_begin_object(json, "error_codes");
    for (uint32_t i = 0; i < WALK_ACCESS_COUNT; i++)
        json_put_optional(json, keys[i], walk->access[i].faults, walk->access[i].error_code);
    json_end_object(json);
}

static void put_destination(struct json *json, const struct dump_walk *walk)
{
    json_put_u64(json, "pa", walk->pa.value);
    json_put_u64(json, "page_bytes", walk->page_bytes);
    json_put_string(json, "rights", inspect_rights(walk->rights).text);
    json_begin_list(json, "content");
    for (uint32_t i = 0; i < walk->byte_count; i++)
        json_put_u64(json, NULL, walk->bytes[i]);
    json_end_list(json);
}

static void put_walk(struct json *json, const struct dump_walk *walk)
{
    static const char *const ends[] = {
        [WALK_PAGE] = "page",
        [WALK_ABSENT] = "absent",
        [WALK_RESERVED] = "reserved_bits",
        [WALK_OUTSIDE] = "outside",
    };

    json_new_line(json, ELEMENT_INDENT);
    json_begin_object(json, NULL);
    json_put_u64(json, "va", walk->va.value);
    json_put_string(json, "end", ends[walk->end]);
    put_steps(json, walk);
    if (walk->end != WALK_OUTSIDE)
        put_accesses(json, walk);
    if (walk->end == WALK_PAGE)
        put_destination(json, walk);
    json_end_object(json);
}

void inspect_print_json(const struct inspection *inspection, FILE *file)
{
    struct json json = json_begin_file(file);

    json_put_string(&json, "dump", inspection->name);
    json_put_u64(&json, "dump_bytes", inspection->dump->bytes);
    json_put_bool(&json, "cut_short", dump_is_cut_short(inspection->dump));
    json_put_u64(&json, "directory", inspection->tables.cr3 & PTE_FRAME_MASK);
    json_put_u64(&json, "cr4", inspection->tables.cr4);
    put_scan(&json, &inspection->tables, "ranges", MMU_MERGE_RIGHTS, put_range);
    put_scan(&json, &inspection->tables, "pages", MMU_MERGE_PAGES, put_pages);
    put_outside(&json, &inspection->outside);
    json_new_line(&json, 0);
    json_begin_list(&json, "walks");
    for (uint32_t i = 0; i < inspection->walk_count; i++)
        put_walk(&json, &inspection->walks[i]);
    json_end_list(&json);
    json_end_file(&json);
}
