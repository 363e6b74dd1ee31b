#include "report/inspect_report.h"

#include <inttypes.h>
#include <string.h>

#include "report/numbers.h"
#include "report/page.h"

struct rights_text inspect_rights(const struct paging_mode *mode, uint32_t flags)
{
    struct rights_text rights = {
        {flags & PAGING_USER ? 'u' : '-', flags & PAGING_NO_READ ? '-' : 'r',
         flags & PAGING_WRITABLE ? 'w' : '-', flags & PAGING_NO_EXECUTE ? '-' : 'x', '\0'}};

    if (!mode->has_execute)
        rights.text[3] = '\0';
    return rights;
}

/* The hexadecimal digits of a virtual address, and of an entry. */
static int va_digits(const struct paging_mode *mode)
{
    return mode->va_bits > 32 ? 16 : 8;
}

static int entry_digits(const struct paging_mode *mode)
{
    return 2 * mode->entry_bytes;
}

/* ---- ranges ---- */

struct range_printer {
    const struct paging_mode *mode;
    FILE *out;
};

static void print_x86_range(void *context, const struct page_range *range)
{
    const struct range_printer *printer = context;

    fprintf(printer->out, "%016" PRIx64 "-%016" PRIx64 " %016" PRIx64 " %.3s\n",
            paging_canonical(printer->mode, range->va),
            paging_canonical(printer->mode, range->va + range->bytes), range->bytes,
            inspect_rights(printer->mode, range->flags).text);
}

static void print_riscv_range(void *context, const struct page_range *range)
{
    const struct range_printer *printer = context;
    uint32_t flags = range->flags;

    fprintf(printer->out, "%016" PRIx64 " %016" PRIx64 " %016" PRIx64 " %c%c%c%c%c%c%c\n",
            paging_canonical(printer->mode, range->va), range->pa, range->bytes,
            flags & PAGING_NO_READ ? '-' : 'r', flags & PAGING_WRITABLE ? 'w' : '-',
            flags & PAGING_NO_EXECUTE ? '-' : 'x', flags & PAGING_USER ? 'u' : '-',
            flags & PAGING_GLOBAL ? 'g' : '-', range->accessed_pages != 0 ? 'a' : '-',
            range->dirty_pages != 0 ? 'd' : '-');
}

void inspect_print_ranges(const struct page_tables *tables, struct page_scan_result *result,
                          FILE *out)
{
    struct range_printer printer = {tables->mode, out};
    bool riscv = tables->mode->architecture == PAGING_RISCV;

    if (riscv)
        fputs("vaddr            paddr            size             attr\n"
              "---------------- ---------------- ---------------- -------\n",
              out);
    page_scan(tables, PAGE_MERGE_INFO_MEM, riscv ? print_riscv_range : print_x86_range, &printer,
              result);
}

/* ---- flags ---- */

struct flag_name {
    uint32_t flag; /* 0 ends a list */
    const char *text;
};

static const struct flag_name range_names[] = {{PAGING_GLOBAL, "global"},
                                               {PAGING_WRITE_THROUGH, "write-through"},
                                               {PAGING_CACHE_DISABLE, "uncached"},
                                               {PAGING_PAT, "PAT"},
                                               {PAGING_NAPOT, "64K NAPOT"},
                                               {PAGING_NON_CACHEABLE, "non-cacheable"},
                                               {PAGING_IO, "I/O"},
                                               {PAGING_RESERVED, "reserved bits, faults"},
                                               {PAGING_REPEATED, "one frame, repeated"},
                                               {PAGING_SELF_MAP, "self-map"},
                                               {0, NULL}};
static const struct flag_name entry_names[] = {{PAGING_GLOBAL, "global"},
                                               {PAGING_WRITE_THROUGH, "write-through"},
                                               {PAGING_CACHE_DISABLE, "uncached"},
                                               {PAGING_ACCESSED, "accessed"},
                                               {PAGING_DIRTY, "dirty"},
                                               {PAGING_PAT, "PAT"},
                                               {PAGING_NAPOT, "64K NAPOT"},
                                               {PAGING_NON_CACHEABLE, "non-cacheable"},
                                               {PAGING_IO, "I/O"},
                                               {0, NULL}};
static const struct flag_name error_names[] = {{FAULT_RESERVED, "reserved bit"},
                                               {FAULT_WRITE, "write"},
                                               {FAULT_USER, "user"},
                                               {FAULT_FETCH, "fetch"},
                                               {0, NULL}};
static const struct flag_name state_names[] = {{WALK_WITHOUT_WP, "CR0.WP is 0"},
                                               {WALK_WITH_AC, "EFLAGS.AC is 1"},
                                               {WALK_WITH_SUM, "sstatus.SUM is 1"},
                                               {WALK_WITH_MXR, "sstatus.MXR is 1"},
                                               {0, NULL}};

/* Print the names of the flags that are set: `before` the first, and `between` them. */
static void print_names(FILE *out, const char *before, const char *between, uint32_t flags,
                        const struct flag_name *names)
{
    for (; names->flag != 0; names++) {
        if (flags & names->flag) {
            fprintf(out, "%s%s", before, names->text);
            before = between;
        }
    }
}

/* The size of a page. */
static const char *page_size(uint64_t bytes)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } sizes[] = {
        {UINT64_C(1) << 12, "4K"}, {UINT64_C(1) << 21, "2M"},   {UINT64_C(1) << 22, "4M"},
        {UINT64_C(1) << 30, "1G"}, {UINT64_C(1) << 39, "512G"}, {UINT64_C(1) << 48, "256T"},
    };
    size_t i = 0;

    while (sizes[i].bytes != bytes)
        i++;
    return sizes[i].text;
}

/* ---- pages ---- */

static void print_pages(void *context, const struct page_range *range)
{
    const struct range_printer *printer = context;
    const struct paging_mode *mode = printer->mode;
    uint64_t first = paging_canonical(mode, range->va);
    bool self_map = range->flags & PAGING_SELF_MAP;
    char physical[17] = "-";
    char end[18];

    snprintf(end, sizeof end, "%0*" PRIx64, va_digits(mode), first + range->bytes);
    if (mode->va_bits > 32 && first + range->bytes == 0)
        strcpy(end, "10000000000000000");
    if (!self_map)
        snprintf(physical, sizeof physical, "%0*" PRIx64, mode->pa_digits, range->pa);
    fprintf(printer->out, "%0*" PRIx64 "-%-*s  %10s  %-*s  %-4s  %-6s  %8" PRIu64 "  %5" PRIu64,
            va_digits(mode), first, va_digits(mode) + 1, end, number_size(range->bytes).text,
            mode->pa_digits, physical, page_size(range->page_bytes),
            inspect_rights(mode, range->flags).text, range->accessed_pages, range->dirty_pages);
    print_names(printer->out, "  ", ", ", range->flags, range_names);
    if (self_map)
        fprintf(printer->out, " %" PRIu32, range->self_index);
    fputc('\n', printer->out);
}

void inspect_print_pages(const struct page_tables *tables, struct page_scan_result *result,
                         FILE *file)
{
    const struct paging_mode *mode = tables->mode;
    struct range_printer printer = {mode, page_open(file)};

    fprintf(printer.out, "%-*s  %10s  %-*s  %-4s  %-6s  %8s  %5s\n", 2 * va_digits(mode) + 2,
            "virtual", "size", mode->pa_digits, "physical", "page", "rights", "accessed", "dirty");
    page_scan(tables, PAGE_MERGE_PAGES, print_pages, &printer, result);
    fclose(printer.out);
}

/* ---- one walk ---- */

static const char *const access_names[WALK_ACCESS_COUNT] = {
    [WALK_SUPERVISOR_READ] = "supervisor read",
    [WALK_SUPERVISOR_WRITE] = "supervisor write",
    [WALK_USER_READ] = "user read",
    [WALK_USER_WRITE] = "user write",
    [WALK_SUPERVISOR_FETCH] = "supervisor fetch",
    [WALK_USER_FETCH] = "user fetch",
};

/* Describes what a present entry points to. */
static void print_target(const struct page_tables *tables, const struct page_walk *walk,
                         uint32_t step, FILE *out)
{
    const struct paging_mode *mode = tables->mode;
    const struct paging_entry *entry = &walk->steps[step].entry;
    uint64_t holder = step == 0 ? tables->root : walk->steps[step - 1u].entry.target;

    if (entry->kind == PAGING_TABLE)
        fprintf(out, "%s", mode->level[step + 1u].name);
    else
        fprintf(out, "%s page", page_size(UINT64_C(1) << mode->level[step].shift));
    fprintf(out, " at %0*" PRIx64, mode->pa_digits, entry->target);
    if (entry->kind == PAGING_TABLE && (entry->target == tables->root || entry->target == holder))
        fputs(" (self-map)", out);
    fprintf(out, ", %s", inspect_rights(mode, entry->flags).text);
    print_names(out, ", ", ", ", entry->flags, entry_names);
    if (entry->reserved != 0)
        fprintf(out, ", reserved bits %0*" PRIx64, entry_digits(mode), entry->reserved);
}

static void print_step(const struct page_tables *tables, const struct page_walk *walk,
                       uint32_t step, FILE *out)
{
    const struct paging_mode *mode = tables->mode;
    const struct walk_step *at = &walk->steps[step];

    fprintf(out, "  %-16s  entry %" PRIu32 " at %0*" PRIx64 ": ", mode->level[step].name, at->index,
            mode->pa_digits, at->at);
    if (walk->end == WALK_OUTSIDE && step == walk->step_count - 1u) {
        fputs("outside the dump\n", out);
        return;
    }
    fprintf(out, "%0*" PRIx64 "  ", entry_digits(mode), at->raw);
    if (at->entry.kind != PAGING_ABSENT)
        print_target(tables, walk, step, out);
    else
        fputs("not present", out);
    fputc('\n', out);
}

static void print_x86_fault(const struct walk_access *access, FILE *out)
{
    fprintf(out, "page fault, error code %" PRIx32 " (%s", access->error_code,
            access->error_code & FAULT_PRESENT ? "protection" : "not present");
    print_names(out, ", ", ", ", access->error_code, error_names);
    fputc(')', out);
}

static void print_access(const struct paging_mode *mode, const struct page_walk *walk, uint32_t i,
                         FILE *out)
{
    const struct walk_access *access = &walk->access[i];

    fprintf(out, "  %-16s  ", access_names[i]);
    if (!access->faults)
        fputs("yes", out);
    else if (mode->architecture == PAGING_X86)
        print_x86_fault(access, out);
    else
        fprintf(out, "page fault, scause %" PRIu32, access->error_code);
    print_names(out, "; allowed where ", " and ", access->allowed_with, state_names);
    print_names(out, ", and sets ", ", ", access->sets, entry_names);
    fputs(access->sets != 0 ? "; a page fault with Svade\n" : "\n", out);
}

static void print_destination(const struct paging_mode *mode, const struct page_walk *walk,
                              FILE *out)
{
    fprintf(out, "  physical          %0*" PRIx64 ", %s page, %s\n", mode->pa_digits, walk->pa,
            page_size(walk->page_bytes), inspect_rights(mode, walk->rights).text);
    fputs("  bytes            ", out);
    for (uint32_t i = 0; i < walk->byte_count; i++)
        fprintf(out, " %02x", walk->bytes[i]);
    fputs(walk->byte_count == 0 ? " outside the dump\n" : "\n", out);
}

void inspect_print_walk(const struct page_tables *tables, const struct page_walk *walk, FILE *file)
{
    const struct paging_mode *mode = tables->mode;
    bool riscv = mode->architecture == PAGING_RISCV;
    FILE *out = page_open(file);

    fprintf(out, "%0*" PRIx64 "\n  %-16s  %0*" PRIx64 "\n", va_digits(mode), walk->va,
            riscv ? "satp" : "cr3", mode->pa_digits, tables->root);
    if (walk->end == WALK_NOT_CANONICAL)
        fprintf(out, "  %-16s  bits 63-%u do not repeat bit %u: %s\n", "not canonical",
                mode->va_bits, mode->va_bits - 1u,
                riscv ? "any access raises a page fault"
                      : "any access raises a general-protection exception (#GP)");
    for (uint32_t step = 0; step < walk->step_count; step++)
        print_step(tables, walk, step, out);
    if (walk->end == WALK_PAGE)
        print_destination(mode, walk, out);
    for (uint32_t i = 0; i < walk->access_count; i++)
        print_access(mode, walk, i, out);
    fclose(out);
}
