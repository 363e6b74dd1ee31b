#include "report/inspect_report.h"

#include <stddef.h>

#include "report/json_keys.h"
#include "report/text_file.h"

/* Elements of a list as the scan visits them. */
struct list {
    const struct text_out *out;
    const char *before; /* the next element */
};

/* Open the next element, an object, with the range's place. */
static void put_place(struct list *list, const struct mmu_range *range)
{
    text_put(list->out, list->before);
    list->before = ",\n  ";
    json_put_number(list->out, "{", "va", range->va.value);
    json_put_number(list->out, ", ", "bytes", range->bytes);
    json_put_string(list->out, ", ", "rights", inspect_rights(range->flags).text);
}

static void put_range(void *context, const struct mmu_range *range)
{
    struct list *list = context;

    put_place(list, range);
    text_put(list->out, "}");
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
    struct list *list = context;

    put_place(list, range);
    if (range->flags & MMU_SELF_MAP) {
        json_put_key(list->out, ", ", "pa");
        text_put(list->out, "null");
    } else {
        json_put_number(list->out, ", ", "pa", range->pa.value);
    }
    json_put_number(list->out, ", ", "page_bytes", range->page_bytes);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        json_put_bool(list->out, ", ", flags[i].key, range->flags & flags[i].flag);
    json_put_number(list->out, ", ", "accessed_pages", range->accessed_pages);
    json_put_number(list->out, ", ", "dirty_pages", range->dirty_pages);
    text_put(list->out, "}");
}

static void put_scan(const struct text_out *out, const struct mmu_tables *tables, const char *key,
                     enum mmu_merge merge, mmu_visit *visit)
{
    struct list list = {out, "\n  "};

    json_put_key(out, ",\n", key);
    text_put(out, "[");
    mmu_scan(tables, merge, visit, &list);
    text_put(out, "]");
}

static void put_outside(const struct text_out *out, const struct mmu_outside *outside)
{
    json_put_bool(out, ",\n", "directory_outside", outside->directory);
    json_put_key(out, ",\n", "tables_outside");
    text_put(out, "[");
    for (uint32_t i = 0; i < outside->count; i++) {
        json_put_number(out, i == 0 ? "{" : ", {", "directory_index", outside->tables[i].index);
        json_put_number(out, ", ", "table", outside->tables[i].table.value);
        text_put(out, "}");
    }
    text_put(out, "]");
}

/* ---- walks ---- */

static void put_steps(const struct text_out *out, const struct dump_walk *walk)
{
    json_put_key(out, ", ", "steps");
    for (uint32_t i = 0; i < walk->step_count; i++) {
        json_put_number(out, i == 0 ? "[{" : ", {", "index", walk->steps[i].index);
        json_put_number(out, ", ", "address", walk->steps[i].at.value);
        json_put_key(out, ", ", "entry");
        if (walk->end == WALK_OUTSIDE && i == walk->step_count - 1u)
            text_put(out, "null");
        else
            text_put_u64(out, walk->steps[i].entry);
        text_put(out, "}");
    }
    text_put(out, "]");
}

/* What each access gets: null, no fault; else the error code. */
static void put_accesses(const struct text_out *out, const struct dump_walk *walk)
{
    static const char *const keys[WALK_ACCESS_COUNT] = {
        [(MMU_SUPERVISOR | MMU_READ) / 2] = "supervisor_read",
        [(MMU_SUPERVISOR | MMU_WRITE) / 2] = "supervisor_write",
        [(MMU_USER | MMU_READ) / 2] = "user_read",
        [(MMU_USER | MMU_WRITE) / 2] = "user_write",
    };

    json_put_key(out, ", ", "error_codes");
    for (uint32_t i = 0; i < WALK_ACCESS_COUNT; i++) {
        json_put_key(out, i == 0 ? "{" : ", ", keys[i]);
        if (walk->access[i].faults)
            text_put_u64(out, walk->access[i].error_code);
        else
            text_put(out, "null");
    }
    text_put(out, "}");
}

static void put_destination(const struct text_out *out, const struct dump_walk *walk)
{
    json_put_number(out, ", ", "pa", walk->pa.value);
    json_put_number(out, ", ", "page_bytes", walk->page_bytes);
    json_put_string(out, ", ", "rights", inspect_rights(walk->rights).text);
    json_put_key(out, ", ", "content");
    text_put(out, "[");
    for (uint32_t i = 0; i < walk->byte_count; i++) {
        text_put(out, i == 0 ? "" : ", ");
        text_put_u64(out, walk->bytes[i]);
    }
    text_put(out, "]");
}

static void put_walk(const struct text_out *out, const struct dump_walk *walk)
{
    static const char *const ends[] = {
        [WALK_PAGE] = "page",
        [WALK_ABSENT] = "absent",
        [WALK_RESERVED] = "reserved_bits",
        [WALK_OUTSIDE] = "outside",
    };

    json_put_number(out, "{", "va", walk->va.value);
    json_put_string(out, ", ", "end", ends[walk->end]);
    put_steps(out, walk);
    if (walk->end != WALK_OUTSIDE)
        put_accesses(out, walk);
    if (walk->end == WALK_PAGE)
        put_destination(out, walk);
    text_put(out, "}");
}

void inspect_print_json(const struct inspection *inspection, FILE *file)
{
    struct text_out out = text_out_to_file(file);

    json_put_string(&out, "{", "dump", inspection->name);
    json_put_number(&out, ", ", "dump_bytes", inspection->dump->bytes);
    json_put_bool(&out, ", ", "cut_short", dump_is_cut_short(inspection->dump));
    json_put_number(&out, ", ", "directory", inspection->tables.cr3 & PTE_FRAME_MASK);
    json_put_number(&out, ", ", "cr4", inspection->tables.cr4);
    put_scan(&out, &inspection->tables, "ranges", MMU_MERGE_RIGHTS, put_range);
    put_scan(&out, &inspection->tables, "pages", MMU_MERGE_PAGES, put_pages);
    put_outside(&out, &inspection->outside);
    json_put_key(&out, ",\n", "walks");
    for (uint32_t i = 0; i < inspection->walk_count; i++) {
        text_put(&out, i == 0 ? "[\n  " : ",\n  ");
        put_walk(&out, &inspection->walks[i]);
    }
    text_put(&out, inspection->walk_count == 0 ? "[]}\n" : "]}\n");
}
