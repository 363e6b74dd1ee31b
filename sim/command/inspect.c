/* `mmsim inspect`: the page tables in a dump of memory. */
#include <inttypes.h>
#include <stdlib.h>

#include "command/command.h"
#include "machine/numbers.h"
#include "report/inspect_report.h"
#include "report/text_file.h"
#include "trace/memory.h"
#include "trace/stream_out.h"

/* So many tables outside of the dump are named; the others are counted. With a wrong CR3 there are
   hundreds. */
#define OUTSIDE_SHOWN 8u

#define CR3_PWT_PCD 0x018u /* the two of the low bits that the CPU does not ignore */
#define CR4_PAE     0x020u

/* ---- arguments ---- */

static bool parse(const char *what, const char *text, uint32_t *number)
{
    const char *reason;

    if (number32_parse(text, number, &reason))
        return true;
    bad_input("%s%s: %s", what, text, reason);
    return false;
}

static bool registers_of_arguments(const struct arguments *arguments, struct mmu_tables *tables)
{
    const char *cr4 = arguments->value[OPTION_CR4];

    if (arguments_have(arguments, OPTION_PAGES) && arguments_have(arguments, OPTION_JSON)) {
        bad_input("--pages and --json exclude each other; the JSON has the pages, too");
        return false;
    }
    tables->cr4 = CR4_PSE;
    if (!parse("--cr3 ", arguments->value[OPTION_CR3], &tables->cr3) ||
        (cr4 != NULL && !parse("--cr4 ", cr4, &tables->cr4)))
        return false;
    if (tables->cr4 & CR4_PAE) {
        bad_input("--cr4 %s: PAE is on: these tables have three levels, not two", cr4);
        return false;
    }
    return true;
}

/* Parses the addresses whose walks are asked for. Returns NULL after a message. */
static struct dump_walk *walks_of_arguments(const struct arguments *arguments, uint32_t count)
{
    struct dump_walk *walks = memory_zeroed(count + 1u, sizeof *walks);

    for (uint32_t i = 0; i < count; i++)
        if (!parse("", arguments->words[i + 1u], &walks[i].va.value)) {
            free(walks);
            return NULL;
        }
    return walks;
}

/* ---- what is wrong with a dump ---- */

static void warn_of_registers(const struct arguments *arguments, uint32_t cr3)
{
    uint32_t ignored = cr3 & PAGE_OFFSET_MASK & ~CR3_PWT_PCD;

    if (ignored != 0)
        print_warning("--cr3 %s: bits %03" PRIx32 " are no part of the address: ignored",
                      arguments->value[OPTION_CR3], ignored);
}

static void warn_of_size(const struct inspection *inspection)
{
    if (dump_is_cut_short(inspection->dump))
        print_warning("%s: cut short: %" PRIu64 " bytes are not whole pages", inspection->name,
                      inspection->dump->bytes);
}

static void warn_of_table(const struct inspection *inspection, uint32_t index, paddr_t table)
{
    print_warning("%s: directory entry %" PRIu32 ": table %08" PRIx32
                  " is %soutside the dump of %" PRIu64 " bytes",
                  inspection->name, index, table.value,
                  table.value < inspection->dump->bytes ? "partly " : "", inspection->dump->bytes);
}

static void warn_of_directory(const struct inspection *inspection)
{
    print_warning("%s: directory %08" PRIx32 " is partly outside the dump of %" PRIu64 " bytes",
                  inspection->name, inspection->tables.cr3 & PTE_FRAME_MASK,
                  inspection->dump->bytes);
}

static int warn_of_outside(const struct inspection *inspection)
{
    const struct mmu_outside *outside = &inspection->outside;

    if (outside->directory)
        warn_of_directory(inspection);
    for (uint32_t i = 0; i < outside->count && i < OUTSIDE_SHOWN; i++)
        warn_of_table(inspection, outside->tables[i].index, outside->tables[i].table);
    if (outside->count > OUTSIDE_SHOWN)
        print_warning("%s: and so are the tables of %" PRIu32
                      " more directory entries; is --cr3 right?",
                      inspection->name, outside->count - OUTSIDE_SHOWN);
    return outside->directory || outside->count != 0 ? STATUS_FAILED : STATUS_DONE;
}

/* ---- results ---- */

/* Only the tables that the walks met are warned of. */
static int print_walks(const struct inspection *inspection)
{
    int status = STATUS_DONE;

    for (uint32_t i = 0; i < inspection->walk_count; i++) {
        const struct dump_walk *walk = &inspection->walks[i];
        inspect_print_walk(walk, inspection->tables.cr3, inspection->tables.cr4, stdout);
        if (walk->end != WALK_OUTSIDE)
            continue;
        status = STATUS_FAILED;
        if (walk->step_count == 1)
            warn_of_directory(inspection);
        else
            warn_of_table(inspection, walk->steps[0].index,
                          paddr(walk->steps[0].entry & PTE_FRAME_MASK));
    }
    return status;
}

static int print(const struct arguments *arguments, const struct inspection *inspection)
{
    if (arguments_have(arguments, OPTION_JSON))
        inspect_print_json(inspection, stdout);
    else if (inspection->walk_count != 0)
        return print_walks(inspection);
    else if (arguments_have(arguments, OPTION_PAGES))
        inspect_print_pages(&inspection->tables, stdout);
    else
        inspect_print_ranges(&inspection->tables, stdout);
    return warn_of_outside(inspection);
}

/* If the dump becomes shorter while it is read, dump_read() leaves inspect_opened() at the access,
   so everything that is open is kept here. */
struct inspecting {
    const struct arguments *arguments;
    struct inspection inspection;
    struct dump_walk *walks;
    int status;
    struct stream_out drawing;
    bool drawing_open;
};

static int draw(struct inspecting *inspecting)
{
    struct sim_error error = {.writing = false};
    const struct text_out out = text_out_to_stream(&inspecting->drawing);

    inspecting->drawing_open =
        stream_out_open(&inspecting->drawing, inspecting->arguments->value[OPTION_SVG], &error);
    if (inspecting->drawing_open) {
        inspect_put_svg(&inspecting->inspection, &out);
        inspecting->drawing_open = false;
        if (stream_out_close(&inspecting->drawing, &error))
            return STATUS_DONE;
    }
    return report_error(&error);
}

static int inspect_dump(struct inspecting *inspecting)
{
    const struct arguments *arguments = inspecting->arguments;
    struct inspection *inspection = &inspecting->inspection;
    const struct mmu_tables *tables = &inspection->tables;
    int drawn = STATUS_DONE;

    if ((tables->cr3 & PTE_FRAME_MASK) >= inspection->dump->bytes)
        return bad_input("%s: directory %08" PRIx32 " is outside the dump of %" PRIu64 " bytes",
                         inspection->name, tables->cr3 & PTE_FRAME_MASK, inspection->dump->bytes);
    for (uint32_t i = 0; i < inspection->walk_count; i++)
        dump_walk(inspection->dump, tables->cr3, tables->cr4, inspecting->walks[i].va,
                  &inspecting->walks[i]);
    mmu_outside(tables, &inspection->outside);
    if (arguments->value[OPTION_SVG] != NULL)
        drawn = draw(inspecting);
    if (drawn == STATUS_BAD_INPUT)
        return drawn;
    warn_of_registers(arguments, tables->cr3);
    warn_of_size(inspection);
    int printed = print(arguments, inspection);
    return drawn > printed ? drawn : printed;
}

static void inspect_opened(void *context)
{
    struct inspecting *inspecting = context;

    inspecting->status = inspect_dump(inspecting);
}

static int inspect_guarded(struct inspecting *inspecting)
{
    const struct inspection *inspection = &inspecting->inspection;

    if (dump_read(inspection->dump, inspect_opened, inspecting))
        return inspecting->status;
    if (inspecting->drawing_open)
        stream_out_abandon(&inspecting->drawing);
    print_warning("%s: it was cut short while it was read; it had %" PRIu64 " bytes",
                  inspection->name, inspection->dump->bytes);
    return STATUS_FAILED;
}

static int run(const struct arguments *arguments)
{
    const char *const name = arguments->words[0];
    const char *svg = arguments->value[OPTION_SVG];
    uint32_t walk_count = (uint32_t)arguments->count - 1u;
    struct mmu_tables registers = {.memory = NULL};
    struct dump dump;
    char error[512];

    if ((svg != NULL && !output_is_apart(svg, &name, 1)) ||
        !registers_of_arguments(arguments, &registers))
        return STATUS_BAD_INPUT;
    struct dump_walk *walks = walks_of_arguments(arguments, walk_count);
    if (walks == NULL)
        return STATUS_BAD_INPUT;
    int status = STATUS_BAD_INPUT;
    if (dump_open(&dump, name, error, sizeof error)) {
        struct inspecting inspecting = {
            .arguments = arguments,
            .inspection = {.name = name,
                           .dump = &dump,
                           .tables = dump_tables(&dump, registers.cr3, registers.cr4),
                           .walks = walks,
                           .walk_count = walk_count},
            .walks = walks};
        status = inspect_guarded(&inspecting);
        dump_close(&dump);
    } else {
        bad_input("%s", error);
    }
    free(walks);
    return status;
}

const struct command command_inspect = {
    .name = "inspect",
    .synopsis = "inspect DUMP --cr3 ADDR [--cr4 VALUE] [--pages | --json] [--svg FILE] [VA ...]",
    .summary = "print what the page tables in a dump of memory map",
    .operands = {{"DUMP", VALUE_FILE,
                  "raw physical memory from address 0, as QEMU's `pmemsave 0 SIZE \"FILE\"` writes "
                  "it",
                  ONCE},
                 {"VA", VALUE_TEXT,
                  "a virtual address; its walk through the tables is printed step by step, instead "
                  "of the mapped ranges",
                  ANY_NUMBER}},
    .options =
        OPTION_BIT(CR3) | OPTION_BIT(CR4) | OPTION_BIT(PAGES) | OPTION_BIT(SVG) | OPTION_BIT(JSON),
    .required = OPTION_BIT(CR3),
    .notes = "Numbers are decimal, or hexadecimal after 0x. If page tables lie outside the dump, "
             "what can be read is printed, and the exit status is 1.",
    .examples = "mmsim inspect memory.bin --cr3 0x3f7000\n"
                "mmsim inspect memory.bin --cr3 0x3f7000 0xc0101000\n",
    .run = run,
};
