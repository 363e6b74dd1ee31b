#include "lab/inspect.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "machine/number32.h"
#include "report/inspect_report.h"
#include "trace/memory.h"
#include "trace/printable.h"
#include "trace/stream_out.h"

/* More tables than this outside of the dump are summed up: with a wrong CR3 there are hundreds. */
#define OUTSIDE_SHOWN 8u

#define CR3_PWT_PCD 0x018u /* of the low bits, the two that mean something */
#define CR4_PAE     0x020u

/* One line on standard error, of which parts are foreign text. */
__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    char text[PRINTABLE_BYTES];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    fprintf(stderr, "mmsim: %s\n", printable(text).text);
}

static bool parse(const char *what, const char *text, uint32_t *number)
{
    const char *reason;

    if (number32_parse(text, number, &reason))
        return true;
    say("%s%s: %s", what, text, reason);
    return false;
}

static bool parse_options(const struct inspect_request *request, struct mmu_tables *tables)
{
    if (request->pages && request->json) {
        say("--pages and --json: one of them; the JSON has both");
        return false;
    }
    if (request->cr3 == NULL) {
        say("inspect needs --cr3 ADDR; QEMU's `info registers` tells it");
        return false;
    }
    tables->cr4 = CR4_PSE;
    if (!parse("--cr3 ", request->cr3, &tables->cr3) ||
        (request->cr4 != NULL && !parse("--cr4 ", request->cr4, &tables->cr4)))
        return false;
    if (tables->cr4 & CR4_PAE) {
        say("--cr4 %s: PAE is on: these tables have three levels, not two", request->cr4);
        return false;
    }
    return true;
}

/* The walks that were asked for; NULL after a message. */
static struct dump_walk *parse_addresses(const struct inspect_request *request)
{
    struct dump_walk *walks = memory_zeroed(request->va_count + 1u, sizeof *walks);

    for (uint32_t i = 0; i < request->va_count; i++) {
        if (!parse("", request->va[i], &walks[i].va.value)) {
            free(walks);
            return NULL;
        }
    }
    return walks;
}

/* ---- what is wrong with a dump ---- */

static void warn_of_registers(const struct inspect_request *request, uint32_t cr3)
{
    uint32_t ignored = cr3 & PAGE_OFFSET_MASK & ~CR3_PWT_PCD;

    if (ignored != 0)
        say("--cr3 %s: bits %03" PRIx32 " are no part of the address: ignored", request->cr3,
            ignored);
}

static void warn_of_size(const struct inspection *inspection)
{
    if (dump_is_cut_short(inspection->dump))
        say("%s: cut short: %" PRIu64 " bytes are not whole pages", inspection->name,
            inspection->dump->bytes);
}

static void warn_of_table(const struct inspection *inspection, uint32_t index, paddr_t table)
{
    say("%s: directory entry %" PRIu32 ": table %08" PRIx32 " is %soutside the dump of %" PRIu64
        " bytes",
        inspection->name, index, table.value,
        table.value < inspection->dump->bytes ? "partly " : "", inspection->dump->bytes);
}

static void warn_of_directory(const struct inspection *inspection)
{
    say("%s: directory %08" PRIx32 " is partly outside the dump of %" PRIu64 " bytes",
        inspection->name, inspection->tables.cr3 & PTE_FRAME_MASK, inspection->dump->bytes);
}

static enum inspect_end warn_of_outside(const struct inspection *inspection)
{
    const struct mmu_outside *outside = &inspection->outside;

    if (outside->directory)
        warn_of_directory(inspection);
    for (uint32_t i = 0; i < outside->count && i < OUTSIDE_SHOWN; i++)
        warn_of_table(inspection, outside->tables[i].index, outside->tables[i].table);
    if (outside->count > OUTSIDE_SHOWN)
        say("%s: and so are the tables of %" PRIu32 " more directory entries; is --cr3 right?",
            inspection->name, outside->count - OUTSIDE_SHOWN);
    return outside->directory || outside->count != 0 ? INSPECT_FAILED : INSPECT_DONE;
}

/* ---- results ---- */

/* Only what the walks met is said. */
static enum inspect_end print_walks(const struct inspection *inspection)
{
    enum inspect_end end = INSPECT_DONE;

    for (uint32_t i = 0; i < inspection->walk_count; i++) {
        const struct dump_walk *walk = &inspection->walks[i];
        inspect_print_walk(walk, inspection->tables.cr3, inspection->tables.cr4, stdout);
        if (walk->end != WALK_OUTSIDE)
            continue;
        end = INSPECT_FAILED;
        if (walk->step_count == 1)
            warn_of_directory(inspection);
        else
            warn_of_table(inspection, walk->steps[0].index,
                          paddr(walk->steps[0].entry & PTE_FRAME_MASK));
    }
    return end;
}

static enum inspect_end print(const struct inspect_request *request,
                              const struct inspection *inspection)
{
    if (request->json)
        inspect_print_json(inspection, stdout);
    else if (inspection->walk_count != 0)
        return print_walks(inspection);
    else if (request->pages)
        inspect_print_pages(&inspection->tables, stdout);
    else
        inspect_print_ranges(&inspection->tables, stdout);
    return warn_of_outside(inspection);
}

static void put_to_stream(void *stream, const char *text, size_t bytes)
{
    stream_out_write(stream, text, bytes);
}

/* What reads the dump may be left at any access to it: what it has open is here. */
struct inspecting {
    const struct inspect_request *request;
    struct inspection inspection;
    struct dump_walk *walks;
    enum inspect_end end;
    struct stream_out drawing;
    bool drawing_open;
};

static enum inspect_end draw(struct inspecting *inspecting)
{
    struct sim_error error = {.writing = false};
    const struct text_out out = {put_to_stream, &inspecting->drawing};

    inspecting->drawing_open =
        stream_out_open(&inspecting->drawing, inspecting->request->svg, &error);
    if (inspecting->drawing_open) {
        inspect_put_svg(&inspecting->inspection, &out);
        inspecting->drawing_open = false;
        if (stream_out_close(&inspecting->drawing, &error))
            return INSPECT_DONE;
    }
    say("%s", error.text);
    return error.writing ? INSPECT_FAILED : INSPECT_BAD_INPUT;
}

static enum inspect_end inspect_dump(struct inspecting *inspecting)
{
    const struct inspect_request *request = inspecting->request;
    struct inspection *inspection = &inspecting->inspection;
    const struct mmu_tables *tables = &inspection->tables;
    enum inspect_end drawn = INSPECT_DONE;

    if ((tables->cr3 & PTE_FRAME_MASK) >= inspection->dump->bytes) {
        say("%s: directory %08" PRIx32 " is outside the dump of %" PRIu64 " bytes",
            inspection->name, tables->cr3 & PTE_FRAME_MASK, inspection->dump->bytes);
        return INSPECT_BAD_INPUT;
    }
    for (uint32_t i = 0; i < request->va_count; i++)
        dump_walk(inspection->dump, tables->cr3, tables->cr4, inspecting->walks[i].va,
                  &inspecting->walks[i]);
    mmu_outside(tables, &inspection->outside);
    if (request->svg != NULL)
        drawn = draw(inspecting);
    if (drawn == INSPECT_BAD_INPUT)
        return drawn;
    warn_of_registers(request, tables->cr3);
    warn_of_size(inspection);
    enum inspect_end printed = print(request, inspection);
    return drawn > printed ? drawn : printed;
}

static void inspect_opened(void *context)
{
    struct inspecting *inspecting = context;

    inspecting->end = inspect_dump(inspecting);
}

static enum inspect_end inspect_guarded(struct inspecting *inspecting)
{
    const struct inspection *inspection = &inspecting->inspection;

    if (dump_read(inspection->dump, inspect_opened, inspecting))
        return inspecting->end;
    if (inspecting->drawing_open)
        stream_out_abandon(&inspecting->drawing);
    say("%s: it was cut short while it was read; it had %" PRIu64 " bytes", inspection->name,
        inspection->dump->bytes);
    return INSPECT_FAILED;
}

enum inspect_end inspect_run(const struct inspect_request *request)
{
    struct mmu_tables registers = {.memory = NULL};
    struct dump dump;
    char error[512];

    if (!parse_options(request, &registers))
        return INSPECT_BAD_INPUT;
    struct dump_walk *walks = parse_addresses(request);
    if (walks == NULL)
        return INSPECT_BAD_INPUT;
    enum inspect_end end = INSPECT_BAD_INPUT;
    if (dump_open(&dump, request->dump, error, sizeof error)) {
        struct inspecting inspecting = {
            .request = request,
            .inspection = {.name = request->dump,
                           .dump = &dump,
                           .tables = dump_tables(&dump, registers.cr3, registers.cr4),
                           .walks = walks,
                           .walk_count = request->va_count},
            .walks = walks};
        end = inspect_guarded(&inspecting);
        dump_close(&dump);
    } else {
        say("%s", error);
    }
    free(walks);
    return end;
}
