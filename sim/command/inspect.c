/* `mmsim inspect`: the page tables in a dump of memory. */
#include <inttypes.h>
#include <stdlib.h>

#include "command/command.h"
#include "command/inspect_registers.h"
#include "machine/numbers.h"
#include "report/inspect_report.h"
#include "report/text_file.h"
#include "trace/file_kind.h"
#include "trace/memory.h"
#include "trace/stream_out.h"

/* So many tables outside of the dump are named; the others are counted. With a wrong CR3 there are
   hundreds. */
#define OUTSIDE_SHOWN 8u

#define HEAD_BYTES 16384u /* of a file, to tell what it is */

/* ---- arguments ---- */

/* Parses the addresses whose walks are asked for. Returns NULL after a message. */
static struct page_walk *walks_of_arguments(const struct arguments *arguments,
                                            const struct paging_mode *mode, uint32_t count)
{
    struct page_walk *walks = memory_zeroed(count + 1u, sizeof *walks);

    for (uint32_t i = 0; i < count; i++) {
        const char *text = arguments->words[i + 1u];
        const char *reason = "the number does not fit 32 bits";
        if (number64_parse(text, &walks[i].va, &reason) &&
            (mode->va_bits > 32 || walks[i].va <= UINT32_MAX))
            continue;
        bad_input("%s: %s", text, reason);
        free(walks);
        return NULL;
    }
    return walks;
}

/* The physical address at which a raw dump starts. Returns false after a message. */
static bool base_of_arguments(const struct arguments *arguments, uint64_t *base)
{
    const char *text = arguments->value[OPTION_BASE];
    const char *reason = "no memory follows it";

    *base = DUMP_ANY;
    if (text == NULL || (number64_parse(text, base, &reason) && *base != DUMP_ANY))
        return true;
    bad_input("--base %s: %s", text, reason);
    return false;
}

/* ---- what is wrong with a dump ---- */

/* What a table is outside of. */
struct place_text {
    char text[64];
};

static struct place_text place_of(const struct inspection *inspection)
{
    struct place_text place = {"the memory of the core"};

    if (!inspection->dump->is_core)
        snprintf(place.text, sizeof place.text, "the dump of %" PRIu64 " bytes",
                 inspection->dump->file_bytes);
    return place;
}

static void warn_of_size(const struct inspection *inspection)
{
    const struct dump *dump = inspection->dump;

    if (!dump_is_cut_short(dump))
        return;
    if (dump->is_core)
        print_warning("%s: cut short: its segments reach offset %" PRIu64 ", but it has %" PRIu64
                      " bytes",
                      inspection->name, dump_promised_bytes(dump), dump->file_bytes);
    else
        print_warning("%s: cut short: %" PRIu64 " bytes are not whole pages", inspection->name,
                      dump->file_bytes);
}

static void warn_of_table(const struct inspection *inspection, const struct page_outside *outside)
{
    const struct paging_mode *mode = inspection->tables.mode;
    bool deep = mode->level_count > 2;
    char address[32] = "";
    unsigned char byte;

    if (deep)
        snprintf(address, sizeof address, " for %0*" PRIx64, mode->va_bits > 32 ? 16 : 8,
                 paging_canonical(mode, outside->va));
    print_warning("%s: %s entry %" PRIu32 "%s: %s %0*" PRIx64 " is %soutside %s", inspection->name,
                  mode->level[outside->level].name, outside->index, address,
                  mode->level[outside->level + 1u].name, mode->pa_digits, outside->table,
                  dump_read(inspection->dump, outside->table, &byte, 1) != 0 ? "partly " : "",
                  place_of(inspection).text);
}

static void warn_of_root(const struct inspection *inspection)
{
    const struct paging_mode *mode = inspection->tables.mode;

    print_warning("%s: %s %0*" PRIx64 " is partly outside %s", inspection->name,
                  mode->level[0].name, mode->pa_digits, inspection->tables.root,
                  place_of(inspection).text);
}

static int warn_of_scan(const struct inspection *inspection)
{
    const struct page_scan_result *result = &inspection->result;
    const struct paging_mode *mode = inspection->tables.mode;

    if (result->root_outside)
        warn_of_root(inspection);
    for (uint32_t i = 0; i < result->outside_count && i < OUTSIDE_SHOWN; i++)
        warn_of_table(inspection, &result->outside[i]);
    if (result->outside_count > OUTSIDE_SHOWN)
        print_warning("%s: and so are the tables of %" PRIu64 " more %sentries; is %s right?",
                      inspection->name, result->outside_count - OUTSIDE_SHOWN,
                      mode->level_count == 2 ? "directory " : "",
                      mode->architecture == PAGING_X86 ? "--cr3" : "--satp");
    if (result->stopped)
        print_warning("%s: stopped at %016" PRIx64 ", after %u tables and ranges: what follows is "
                      "not printed. Tables that name each other in circles map so much",
                      inspection->name, paging_canonical(mode, result->stopped_va), SCAN_WORK_MAX);
    return result->root_outside || result->outside_count != 0 || result->stopped ? STATUS_FAILED
                                                                                 : STATUS_DONE;
}

/* What was noticed while the dump was read. */
static int warn_of_reading(const struct inspection *inspection)
{
    const struct dump *dump = inspection->dump;

    if (dump->read_zeros)
        print_warning("%s: tables or bytes are where the core has memory that is not in the file "
                      "(p_filesz < p_memsz); they were read as zero, as ELF says",
                      inspection->name);
    if (!dump->shrunk)
        return STATUS_DONE;
    print_warning("%s: it was cut short while it was read; it had %" PRIu64 " bytes",
                  inspection->name, dump->file_bytes);
    return STATUS_FAILED;
}

/* ---- results ---- */

/* Only the tables that the walks met are warned of. */
static int print_walks(const struct inspection *inspection)
{
    int status = STATUS_DONE;

    for (uint32_t i = 0; i < inspection->walk_count; i++) {
        const struct page_walk *walk = &inspection->walks[i];
        inspect_print_walk(&inspection->tables, walk, stdout);
        if (walk->end != WALK_OUTSIDE)
            continue;
        status = STATUS_FAILED;
        if (walk->step_count == 1) {
            warn_of_root(inspection);
            continue;
        }
        uint32_t level = walk->step_count - 2u;
        uint64_t area = UINT64_C(1) << inspection->tables.mode->level[level].shift;
        const struct page_outside outside = {.va = paging_plain(inspection->tables.mode, walk->va) &
                                                   ~(area - 1u),
                                             .level = level,
                                             .index = walk->steps[level].index,
                                             .table = walk->steps[level].entry.target};
        warn_of_table(inspection, &outside);
    }
    return status;
}

static int print(const struct arguments *arguments, struct inspection *inspection)
{
    if (arguments_have(arguments, OPTION_JSON))
        inspect_print_json(inspection, stdout);
    else if (inspection->walk_count != 0)
        return print_walks(inspection);
    else if (arguments_have(arguments, OPTION_PAGES))
        inspect_print_pages(&inspection->tables, &inspection->result, stdout);
    else
        inspect_print_ranges(&inspection->tables, &inspection->result, stdout);
    return warn_of_scan(inspection);
}

static int draw(const char *path, struct inspection *inspection)
{
    struct sim_error error = {.writing = false};
    struct stream_out drawing;
    const struct text_out out = text_out_to_stream(&drawing);

    if (!stream_out_open(&drawing, path, &error))
        return report_error(&error);
    inspect_put_svg(inspection, &out);
    if (inspection->dump->shrunk) {
        stream_out_abandon(&drawing);
        return STATUS_FAILED;
    }
    return stream_out_close(&drawing, &error) ? STATUS_DONE : report_error(&error);
}

static int inspect_tables(const struct arguments *arguments, struct inspection *inspection,
                          struct page_walk *walks)
{
    const char *svg = arguments->value[OPTION_SVG];

    for (uint32_t i = 0; i < inspection->walk_count; i++)
        page_walk(&inspection->tables, walks[i].va, &walks[i]);
    int drawn = svg != NULL ? draw(svg, inspection) : STATUS_DONE;
    if (drawn == STATUS_BAD_INPUT)
        return drawn;
    warn_of_size(inspection);
    int printed = inspection->dump->shrunk ? STATUS_FAILED : print(arguments, inspection);
    int read = warn_of_reading(inspection);
    int worst = drawn > printed ? drawn : printed;
    return worst > read ? worst : read;
}

/* Is the root table in the dump, at least its first entry? */
static bool root_is_inside(const struct inspection *inspection)
{
    const struct page_tables *tables = &inspection->tables;
    uint64_t entry;

    if (dump_read(inspection->dump, tables->root, &entry, tables->mode->entry_bytes) ==
        tables->mode->entry_bytes)
        return true;
    bad_input("%s: %s %0*" PRIx64 " is outside %s%s", inspection->name, tables->mode->level[0].name,
              tables->mode->pa_digits, tables->root, place_of(inspection).text,
              inspection->dump->notes.cpu_count != 0
                  ? ", which lacks unmapped memory if it was dumped with -p"
                  : "");
    return false;
}

static int inspect_dump(const struct arguments *arguments, struct dump *dump)
{
    struct inspection inspection = {
        .name = arguments->words[0],
        .dump = dump,
        .tables = {.memory = dump_memory(dump)},
        .walk_count = (uint32_t)arguments->count - 1u,
    };

    if (!registers_of_arguments(arguments, inspection.name, dump, &inspection.tables))
        return STATUS_BAD_INPUT;
    struct page_walk *walks =
        walks_of_arguments(arguments, inspection.tables.mode, inspection.walk_count);
    if (walks == NULL)
        return STATUS_BAD_INPUT;
    inspection.walks = walks;
    int status = root_is_inside(&inspection) ? inspect_tables(arguments, &inspection, walks)
                                             : STATUS_BAD_INPUT;
    free(walks);
    return status;
}

/* A raw dump may begin with anything, but not with what begins a file of another kind. */
static bool is_dump(const char *name, const struct dump *dump, uint64_t base)
{
    static char head[HEAD_BYTES];
    struct sim_error error;

    if (base != DUMP_ANY || dump->is_core)
        return true;
    size_t bytes = dump_head(dump, head, sizeof head);
    if (!file_kind_of_head_is_wrong(name, head, bytes, &wanted_dump, &error))
        return true;
    bad_input("%s", error.text);
    return false;
}

static int run(const struct arguments *arguments)
{
    const char *const name = arguments->words[0];
    const char *svg = arguments->value[OPTION_SVG];
    struct dump dump;
    uint64_t base;
    char error[512];

    if (arguments_have(arguments, OPTION_PAGES) && arguments_have(arguments, OPTION_JSON))
        return bad_input("--pages and --json exclude each other; the JSON has the pages, too");
    if ((svg != NULL && !output_is_apart(svg, &name, 1)) || !base_of_arguments(arguments, &base))
        return STATUS_BAD_INPUT;
    if (!dump_open(&dump, name, base, error, sizeof error))
        return bad_input("%s", error);
    int status = is_dump(name, &dump, base) ? inspect_dump(arguments, &dump) : STATUS_BAD_INPUT;
    dump_close(&dump);
    return status;
}

const struct command command_inspect = {
    .name = "inspect",
    .synopsis = "inspect DUMP [--cr3 ADDR | --satp VALUE] [--cr4 VALUE] [--mode MODE] [--cpu N] "
                "[--base ADDR] [--pages | --json] [--svg FILE] [VA ...]",
    .summary = "print what the page tables in a dump of memory map",
    .operands = {{"DUMP", VALUE_FILE,
                  "an ELF core, as QEMU's `dump-guest-memory \"FILE\"` writes it; or raw physical "
                  "memory from address 0, as `pmemsave 0 SIZE \"FILE\"` writes it",
                  ONCE},
                 {"VA", VALUE_TEXT,
                  "a virtual address; its walk through the tables is printed step by step, instead "
                  "of the mapped ranges",
                  ANY_NUMBER}},
    .options = OPTION_BIT(MODE) | OPTION_BIT(CR3) | OPTION_BIT(CR4) | OPTION_BIT(SATP) |
               OPTION_BIT(CPU) | OPTION_BIT(BASE) | OPTION_BIT(PAGES) | OPTION_BIT(SVG) |
               OPTION_BIT(JSON),
    .notes = "Numbers are decimal, or hexadecimal after 0x. A core of an x86 machine that QEMU "
             "wrote has CR3 and CR4 of each CPU, and one of Linux the address of the kernel's own "
             "tables; raw memory needs --cr3 or --satp. If page tables lie outside the dump, what "
             "can be read is printed, and the exit status is 1.",
    .examples = "mmsim inspect memory.core\n"
                "mmsim inspect memory.bin --cr3 0x3f7000 0xc0101000\n",
    .run = run,
};
