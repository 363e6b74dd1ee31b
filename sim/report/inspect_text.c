#include "report/inspect_report.h"

#include <inttypes.h>

#include "report/numbers.h"
#include "report/page.h"

struct rights_text inspect_rights(uint32_t flags)
{
    return (struct rights_text){
        {flags & PTE_USER ? 'u' : '-', 'r', flags & PTE_WRITABLE ? 'w' : '-', '\0'}};
}

/* ---- ranges ---- */

static void print_range(void *out, const struct mmu_range *range)
{
    fprintf(out, "%016" PRIx64 "-%016" PRIx64 " %016" PRIx64 " %s\n", (uint64_t)range->va.value,
            range->va.value + range->bytes, range->bytes, inspect_rights(range->flags).text);
}

void inspect_print_ranges(const struct mmu_tables *tables, FILE *out)
{
    mmu_scan(tables, MMU_MERGE_RIGHTS, print_range, out);
}

/* ---- flags ---- */

struct flag_name {
    uint32_t flag; /* 0 ends a list */
    const char *text;
};

#define CACHE_NAMES                                                                                \
    {PTE_WRITE_THROUGH, "write-through"},                                                          \
    {                                                                                              \
        PTE_CACHE_DISABLE, "uncached"                                                              \
    }
#define PAGE_NAMES                                                                                 \
    {PTE_GLOBAL, "global"}, CACHE_NAMES, {PTE_ACCESSED, "accessed"},                               \
    {                                                                                              \
        PTE_DIRTY, "dirty"                                                                         \
    }

static const struct flag_name range_names[] = {
    {PTE_GLOBAL, "global"},     CACHE_NAMES,
    {MMU_PAT, "PAT"},           {MMU_RESERVED, "reserved bits, faults"},
    {MMU_SELF_MAP, "self-map"}, {0, NULL}};
static const struct flag_name table_names[] = {CACHE_NAMES, {PTE_ACCESSED, "accessed"}, {0, NULL}};
static const struct flag_name large_page_names[] = {PAGE_NAMES, {PDE_LARGE_PAT, "PAT"}, {0, NULL}};
static const struct flag_name small_page_names[] = {PAGE_NAMES, {PTE_PAT, "PAT"}, {0, NULL}};
static const struct flag_name error_names[] = {
    {FAULT_RESERVED, "reserved bit"}, {FAULT_WRITE, "write"}, {FAULT_USER, "user"}, {0, NULL}};

static void print_names(FILE *out, const char *before, uint32_t flags,
                        const struct flag_name *names)
{
    for (; names->flag != 0; names++) {
        if (flags & names->flag) {
            fprintf(out, "%s%s", before, names->text);
            before = ", ";
        }
    }
}

static const char *page_size(uint32_t page_bytes)
{
    return page_bytes == LARGE_PAGE_SIZE ? "4M" : "4K";
}

/* ---- pages ---- */

static void print_pages(void *out, const struct mmu_range *range)
{
    bool self_map = range->flags & MMU_SELF_MAP;
    char physical[9];
    char end[10];

    snprintf(end, sizeof end, "%08" PRIx64, range->va.value + range->bytes);
    snprintf(physical, sizeof physical, "%08" PRIx32, range->pa.value);
    fprintf(out, "%08" PRIx32 "-%-9s  %10s  %-8s  %-4s  %-6s  %8" PRIu32 "  %5" PRIu32,
            range->va.value, end, number_size(range->bytes).text, self_map ? "-" : physical,
            page_size(range->page_bytes), inspect_rights(range->flags).text, range->accessed_pages,
            range->dirty_pages);
    print_names(out, "  ", range->flags, range_names);
    if (self_map)
        fprintf(out, " %" PRIu32, range->va.value >> LARGE_PAGE_SHIFT);
    fputc('\n', out);
}

void inspect_print_pages(const struct mmu_tables *tables, FILE *file)
{
    FILE *out = page_open(file);

    fprintf(out, "%-18s  %10s  %-8s  %-4s  %-6s  %8s  %5s\n", "virtual", "size", "physical", "page",
            "rights", "accessed", "dirty");
    mmu_scan(tables, MMU_MERGE_PAGES, print_pages, out);
    fclose(out);
}

/* ---- one walk ---- */

static const char *const step_names[WALK_STEPS_MAX] = {"directory", "table"};
static const char *const access_names[WALK_ACCESS_COUNT] = {
    [(MMU_SUPERVISOR | MMU_READ) / 2] = "supervisor read",
    [(MMU_SUPERVISOR | MMU_WRITE) / 2] = "supervisor write",
    [(MMU_USER | MMU_READ) / 2] = "user read",
    [(MMU_USER | MMU_WRITE) / 2] = "user write",
};

/* Describes what a present entry points to. */
static void print_target(const struct dump_walk *walk, uint32_t step, uint32_t cr3, uint32_t cr4,
                         FILE *out)
{
    uint32_t entry = walk->steps[step].entry;

    if (step == 0 && mmu_names_table(entry, cr4)) {
        fprintf(out, "table at %08" PRIx32, entry & PTE_FRAME_MASK);
        if (((entry ^ cr3) & PTE_FRAME_MASK) == 0)
            fputs(" (self-map)", out);
        fprintf(out, ", %s", inspect_rights(entry).text);
        print_names(out, ", ", entry, table_names);
        return;
    }
    fprintf(out, "%s page at %08" PRIx32 ", %s", step == 0 ? "4M" : "4K",
            entry & (step == 0 ? PDE_LARGE_MASK : PTE_FRAME_MASK), inspect_rights(entry).text);
    print_names(out, ", ", entry, step == 0 ? large_page_names : small_page_names);
    if (walk->end == WALK_RESERVED)
        fprintf(out, ", reserved bits %08" PRIx32, entry & PDE_LARGE_RESERVED);
}

static void print_step(const struct dump_walk *walk, uint32_t step, uint32_t cr3, uint32_t cr4,
                       FILE *out)
{
    const struct walk_step *at = &walk->steps[step];

    fprintf(out, "  %-16s  entry %" PRIu32 " at %08" PRIx32 ": ", step_names[step], at->index,
            at->at.value);
    if (walk->end == WALK_OUTSIDE && step == walk->step_count - 1u) {
        fputs("outside the dump\n", out);
        return;
    }
    fprintf(out, "%08" PRIx32 "  ", at->entry);
    if (at->entry & PTE_PRESENT)
        print_target(walk, step, cr3, cr4, out);
    else
        fputs("not present", out);
    fputc('\n', out);
}

static void print_access(const struct dump_walk *walk, uint32_t i, FILE *out)
{
    const struct walk_access *access = &walk->access[i];

    fprintf(out, "  %-16s  ", access_names[i]);
    if (!access->faults) {
        fputs("yes\n", out);
        return;
    }
    fprintf(out, "page fault, error code %" PRIx32 " (%s", access->error_code,
            access->error_code & FAULT_PRESENT ? "protection" : "not present");
    print_names(out, ", ", access->error_code, error_names);
    fprintf(out, ")%s\n", access->faults_without_wp ? "" : "; allowed where CR0.WP is 0");
}

static void print_destination(const struct dump_walk *walk, FILE *out)
{
    fprintf(out, "  physical          %08" PRIx32 ", %s page, %s\n", walk->pa.value,
            page_size(walk->page_bytes), inspect_rights(walk->rights).text);
    fputs("  bytes            ", out);
    for (uint32_t i = 0; i < walk->byte_count; i++)
        fprintf(out, " %02x", walk->bytes[i]);
    fputs(walk->byte_count == 0 ? " outside the dump\n" : "\n", out);
}

void inspect_print_walk(const struct dump_walk *walk, uint32_t cr3, uint32_t cr4, FILE *file)
{
    FILE *out = page_open(file);

    fprintf(out, "%08" PRIx32 "\n  %-16s  %08" PRIx32 "\n", walk->va.value, "cr3",
            cr3 & PTE_FRAME_MASK);
    for (uint32_t step = 0; step < walk->step_count; step++)
        print_step(walk, step, cr3, cr4, out);
    if (walk->end == WALK_PAGE)
        print_destination(walk, out);
    for (uint32_t i = 0; i < WALK_ACCESS_COUNT && walk->end != WALK_OUTSIDE; i++)
        print_access(walk, i, out);
    fclose(out);
}
