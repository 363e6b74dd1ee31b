#include <stdio.h>
#include <string.h>

#include "command/command.h"
#include "command/help_text.h"
#include "lab/memory_states.h"
#include "report/info_report.h"
#include "trace/import/import.h"

/* Says what was left out; and which format the log has, if nobody has said it. */
static void print_counts(const char *format, const struct import_counts *counts)
{
    if (strcmp(format, IMPORT_AUTO) == 0)
        fprintf(stderr, "%s, imported as `%s`\n", importer_find(counts->format)->file,
                counts->format);
    import_print(counts, stderr);
}

/* The options that only the format oom takes. */
#define OOM_OPTIONS                                                                                \
    (OPTION_BIT(REPORT) | OPTION_BIT(ORDER) | OPTION_BIT(GFP) | OPTION_BIT(STRATEGY) |             \
     MACHINE_OPTIONS)

#define ORDER_ASKED_MAX 30u

/* Are these flags as the kernel names them: "GFP_KERNEL|__GFP_COMP", "0xcc0"? */
static bool names_gfp(const char *text)
{
    for (;;) {
        size_t underscores = strspn(text, "_");
        size_t digits =
            strncmp(text, "0x", 2) == 0 ? strspn(text + 2, "0123456789abcdefABCDEF") : 0;
        bool named = strncmp(text + underscores, "GFP_", 4) == 0;
        size_t bytes = named ? strspn(text, "_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") : digits + 2;

        if ((!named && digits == 0) || (text[bytes] != '|' && text[bytes] != '\0'))
            return false;
        if (text[bytes] == '\0')
            return true;
        text += bytes + 1;
    }
}

/* Sets what the format oom takes. Returns false after a message. */
static bool read_oom_options(const struct arguments *arguments, struct import_options *options,
                             struct machine_choice *choice, struct state_lab *lab,
                             struct state_machine *machine)
{
    bool given = arguments_have(arguments, OPTION_RAM) || arguments_have(arguments, OPTION_MEMMAP);
    uint64_t order = UINT32_MAX;

    for (int option = 0; option < OPTION_COUNT; option++)
        options->oom_only |=
            option_in(OOM_OPTIONS, option) && arguments_have(arguments, (enum option_name)option);
    options->gfp = arguments->value[OPTION_GFP];
    if (options->gfp != NULL && !names_gfp(options->gfp)) {
        bad_input("--gfp %s: expected flags such as GFP_KERNEL|__GFP_COMP, or 0xcc0", options->gfp);
        return false;
    }
    if (!count_of_arguments(arguments, OPTION_REPORT, 1, UINT64_MAX, &options->report) ||
        !count_of_arguments(arguments, OPTION_ORDER, 0, ORDER_ASKED_MAX, &order) ||
        (given && !machine_of_arguments(arguments, choice)))
        return false;
    options->order = (uint32_t)order;
    *lab = (struct state_lab){.strategy = strategy_of_arguments(arguments),
                              .map = given ? &choice->map : NULL};
    if (lab->strategy == NULL)
        return false;
    *machine = state_lab_machine(lab, given ? choice->ram_bytes : 0);
    machine->is_given = arguments_have(arguments, OPTION_MEMMAP);
    options->machine = machine;
    return true;
}

static int run(const struct arguments *arguments)
{
    bool is_named = arguments->count > 1;
    const char *format = is_named ? arguments->words[0] : IMPORT_AUTO;
    const char *log = arguments->words[is_named];
    const char *out = arguments->value[OPTION_OUTPUT];
    struct import_options options = {.lenient = arguments_have(arguments, OPTION_LENIENT)};
    struct import_counts counts;
    struct machine_choice choice = {.ram_bytes = 0};
    struct state_lab lab;
    struct state_machine machine;
    struct sim_error error;

    if (!read_oom_options(arguments, &options, &choice, &lab, &machine) ||
        !output_is_apart(out, (const char *const[]){log}, 1))
        return STATUS_BAD_INPUT;
    if (trace_import(format, log, out, &options, &counts, &error)) {
        print_counts(format, &counts);
        return STATUS_DONE;
    }
    if (!import_keeps_little(&counts))
        return report_error(&error);
    print_counts(format, &counts);
    return (void)report_error(&error), STATUS_FAILED;
}

/* Print each line of a recipe, indented by four columns. */
static void print_recipe(const char *recipe, FILE *out)
{
    for (const char *end; (end = strchr(recipe, '\n')) != NULL; recipe = end + 1)
        fprintf(out, "    %.*s\n", (int)(end - recipe), recipe);
}

static void print_formats(FILE *out)
{
    fputs("Formats, each with the commands that make such a log:\n", out);
    for (const struct importer *importer = importers; importer->name != NULL; importer++) {
        help_text_put_item(out, importer->name, importer->summary);
        print_recipe(importer->recipe, out);
    }
}

const struct command command_import = {
    .name = "import",
    .synopsis = "import [FORMAT] FILE -o OUT [--lenient] [--report N] [--order N] [--gfp FLAGS] "
                "[--strategy NAME] [--ram SIZE | --memmap FILE]",
    .summary = "make a trace of a log of allocations",
    .operands = {{"FORMAT", VALUE_FORMAT,
                  "the tool that printed the log; the formats are listed below. Without it, or "
                  "as `auto`, the first lines of the log show it",
                  AT_MOST_ONCE},
                 {"FILE", VALUE_FILE,
                  "the log; it may be compressed with zstd, xz or gzip. - is standard input",
                  ONCE}},
    .options = OPTION_BIT(OUTPUT) | OPTION_BIT(LENIENT) | OOM_OPTIONS,
    .required = OPTION_BIT(OUTPUT),
    .option_help = {[OPTION_STRATEGY] = "oom: the strategy under which the trace leaves memory as "
                                        "the report says; default: zoned",
                    [OPTION_RAM] = "oom: the RAM of the machine that the state is made for; "
                                   "default: as in the report, and printed",
                    [OPTION_MEMMAP] = "oom: its memory map, in the place of --ram",
                    [OPTION_OUTPUT] = "the trace to write; its name ends in .mmb, .mmb.zst or "
                                      ".mmb.xz. - is standard output"},
    .notes = "What the log holds besides the events of the trace is counted, and printed to "
             "standard error. An import that keeps nothing, or less than half of the allocations, "
             "fails unless --lenient is given. --report, --order, --gfp, --strategy, --ram and "
             "--memmap are for the format oom.",
    .more_help = print_formats,
    .examples = "mmsim import ftrace /tmp/ftrace.txt -o own.mmb\n"
                "mmsim import oom dmesg.txt -o state.mmb\n"
                "valgrind --trace-malloc=yes ls |& mmsim import valgrind - -o ls.mmb\n",
    .run = run,
};
