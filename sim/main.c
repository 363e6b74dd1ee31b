/* The command line: one table of commands, one table of options. */
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/compare.h"
#include "lab/inspect.h"
#include "lab/ram.h"
#include "machine/pc_memmap.h"
#include "machine/size.h"
#include "report/comparison.h"
#include "report/info_report.h"
#include "report/layout_report.h"
#include "report/numbers.h"
#include "report/text_file.h"
#include "trace/convert.h"
#include "trace/import.h"

/* The exit statuses of the contract. */
enum { STATUS_DONE = 0, STATUS_FAILED = 1, STATUS_BAD_INPUT = 2 };

/* RAM of the machine whose map `layout` prints: all zones have some. */
#define LAYOUT_RAM_BYTES (UINT64_C(1) << 30)

enum option_bit {
    OPTION_HELP = 1,
    OPTION_JSON = 2,
    OPTION_RAM = 4,
    OPTION_MEMMAP = 8,
    OPTION_STRATEGY = 16,
    OPTION_STRATEGIES = 32,
    OPTION_OUT = 64,
    OPTION_TLB = 0x1000,
    OPTION_CR3 = 128,
    OPTION_CR4 = 256,
    OPTION_PAGES = 512,
    OPTION_SVG = 1024,
};

static const struct option option_table[] = {
    {"help", no_argument, NULL, OPTION_HELP},
    {"json", no_argument, NULL, OPTION_JSON},
    {"ram", required_argument, NULL, OPTION_RAM},
    {"memmap", required_argument, NULL, OPTION_MEMMAP},
    {"strategy", required_argument, NULL, OPTION_STRATEGY},
    {"strategies", required_argument, NULL, OPTION_STRATEGIES},
    {"output", required_argument, NULL, OPTION_OUT},
    {"tlb", required_argument, NULL, OPTION_TLB},
    {"cr3", required_argument, NULL, OPTION_CR3},
    {"cr4", required_argument, NULL, OPTION_CR4},
    {"pages", no_argument, NULL, OPTION_PAGES},
    {"svg", required_argument, NULL, OPTION_SVG},
    {NULL, 0, NULL, 0},
};

struct arguments {
    int given; /* enum option_bit */
    const char *ram;
    const char *memmap;
    const char *strategies; /* of --strategy, too */
    const char *out;
    const char *tlb;
    const char *cr3;
    const char *cr4;
    const char *svg;
    int count; /* what is no option */
    char **words;
};

#define OR_MORE 0x100

struct command {
    const char *name;
    const char *synopsis;
    const char *summary;
    const char *help;
    int options; /* enum option_bit that it takes */
    int words;   /* that it needs; with OR_MORE, at least */
    int (*run)(const struct arguments *arguments);
};

__attribute__((format(printf, 1, 2))) static int bad_input(const char *format, ...)
{
    va_list list;

    fputs("mmsim: ", stderr);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
    return STATUS_BAD_INPUT;
}

static int report(const struct sim_error *error)
{
    int status = bad_input("%s", error->text);

    return error->writing ? STATUS_FAILED : status;
}

static int run_failed(const struct strategy *strategy, const char *reason)
{
    fprintf(stderr, "mmsim: %s: %s\n", strategy->name, reason);
    return STATUS_FAILED;
}

/* ---- the machine of an experiment ---- */

/* What the machine is made of, and where that was said. */
struct machine_choice {
    uint64_t ram_bytes; /* at first: what it is without --ram and --memmap */
    const char *ram_source;
    struct memmap map;
};

static bool ranges_of_arguments(const struct arguments *arguments, struct pc_memmap *ranges,
                                struct machine_choice *choice)
{
    struct sim_error error;
    const char *reason;

    if (arguments->memmap != NULL) {
        choice->ram_source = arguments->memmap;
        if (pc_memmap_load(ranges, arguments->memmap, error.text, sizeof error.text))
            return true;
        bad_input("%s", error.text);
        return false;
    }
    if (arguments->ram != NULL) {
        choice->ram_source = "--ram";
        if (!size_parse(arguments->ram, &choice->ram_bytes, &reason)) {
            bad_input("--ram %s: %s", arguments->ram, reason);
            return false;
        }
    }
    if (pc_memmap_for_ram(ranges, choice->ram_bytes, error.text, sizeof error.text))
        return true;
    bad_input("--ram %s: %s", arguments->ram, error.text);
    return false;
}

static uint64_t usable_bytes(const struct pc_memmap *ranges)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < ranges->count; i++)
        if (ranges->range[i].usable)
            bytes += ranges->range[i].last - ranges->range[i].first + 1u;
    return bytes;
}

static bool machine_of_arguments(const struct arguments *arguments, struct machine_choice *choice)
{
    struct memmap *map = &choice->map;
    struct pc_memmap ranges;

    if (!ranges_of_arguments(arguments, &ranges, choice))
        return false;
    if (arguments->memmap != NULL)
        choice->ram_bytes = usable_bytes(&ranges);
    if (memmap_build(map, ranges.range, ranges.count) && map->count != 0)
        return true;
    if (map->count == 0 && arguments->memmap != NULL)
        bad_input("%s: no usable frame from 4 MiB to 4 GiB, or more than %u runs of them",
                  arguments->memmap, MEMMAP_RUNS_MAX);
    return false;
}

static bool options_of_arguments(const struct arguments *arguments, struct machine_options *options)
{
    const char *reason;

    if (arguments->tlb == NULL || tlb_shape_parse(arguments->tlb, &options->tlb, &reason))
        return true;
    bad_input("--tlb %s: %s", arguments->tlb, reason);
    return false;
}

/* ---- commands ---- */

static int command_strategies(const struct arguments *arguments)
{
    (void)arguments;
    for (const struct strategy *const *strategy = mm_strategies; *strategy != NULL; strategy++)
        printf("%-9s %-29s frames: %s\n%40s heap: %s\n", (*strategy)->name, (*strategy)->source,
               (*strategy)->frames, "", (*strategy)->heap);
    return STATUS_DONE;
}

static void list_strategies(FILE *out)
{
    for (const struct strategy *const *strategy = mm_strategies; *strategy != NULL; strategy++)
        fprintf(out, " %s", (*strategy)->name);
    fputc('\n', out);
}

/* The strategies named in "a,b,c", or all. Returns how many; 0 after a message. */
static uint32_t strategies_named(const char *names, const struct strategy *chosen[COMPARE_MAX])
{
    uint32_t count = 0;

    if (names == NULL) {
        while (mm_strategies[count] != NULL && count < COMPARE_MAX) {
            chosen[count] = mm_strategies[count];
            count++;
        }
        return count;
    }
    char *copy = strdup(names);
    char *rest = copy;
    for (char *name = strsep(&rest, ","); name != NULL; name = strsep(&rest, ",")) {
        const struct strategy *strategy = mm_strategy_find(name);
        if (strategy == NULL || count == COMPARE_MAX) {
            fprintf(stderr,
                    "mmsim: %s strategy \"%s\"; there are:", strategy ? "one too many:" : "no",
                    name);
            list_strategies(stderr);
            count = 0;
            break;
        }
        chosen[count++] = strategy;
    }
    free(copy);
    return count;
}

static int outcome_status(const struct comparison *comparison)
{
    int status = STATUS_DONE;

    for (uint32_t run = 0; run < comparison->count; run++) {
        if (comparison->outcomes[run].status == RUN_BAD_TRACE)
            return bad_input("%s", comparison->outcomes[run].reason);
        if (comparison->outcomes[run].status == RUN_FAILED)
            status = run_failed(comparison->strategies[run], comparison->outcomes[run].reason);
    }
    return status;
}

static void show_progress(uint32_t done, uint32_t count)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%u of %u strategies%s", done, count, done == count ? "\r\033[K" : "");
}

static int run_comparison(const struct arguments *arguments, struct trace *trace,
                          const struct strategy *const strategies[], uint32_t count)
{
    struct run_outcome outcomes[COMPARE_MAX] = {{0}};
    struct machine_choice choice = {.ram_bytes = ram_choose(trace->header.peak_live_bytes),
                                    .ram_source = "chosen from the trace; --ram sets it"};
    bool single = (arguments->given & OPTION_STRATEGY) != 0;
    bool json = (arguments->given & OPTION_JSON) != 0;
    struct machine_options options = {0};

    if (!machine_of_arguments(arguments, &choice) || !options_of_arguments(arguments, &options))
        return STATUS_BAD_INPUT;
    struct comparison comparison = {.trace = trace,
                                    .ram_bytes = choice.ram_bytes,
                                    .ram_source = choice.ram_source,
                                    .count = count,
                                    .strategies = strategies,
                                    .outcomes = outcomes};
    if (single)
        experiment_run(&outcomes[0], trace, strategies[0], &choice.map, &options);
    else
        compare_run(outcomes, trace, strategies, count, &choice.map, &options, show_progress);
    int status = outcome_status(&comparison);
    if (status == STATUS_BAD_INPUT)
        return status;
    if (!json)
        comparison_print(&comparison, stdout);
    else if (single)
        replay_print_json(&comparison, stdout);
    else
        comparison_print_json(&comparison, stdout);
    return status;
}

static int command_compare(const struct arguments *arguments)
{
    const struct strategy *strategies[COMPARE_MAX];
    uint32_t count = strategies_named(arguments->strategies, strategies);
    struct trace trace;
    struct sim_error error;

    if (count == 0)
        return STATUS_BAD_INPUT;
    if (!trace_open(&trace, arguments->words[0], &error))
        return report(&error);
    int status = run_comparison(arguments, &trace, strategies, count);
    trace_close(&trace);
    return status;
}

static int command_replay(const struct arguments *arguments)
{
    if (arguments->strategies == NULL)
        return bad_input("replay needs --strategy NAME; `mmsim strategies` lists them");
    if (strchr(arguments->strategies, ',') != NULL)
        return bad_input("replay runs one strategy; `mmsim compare --strategies` runs several");
    return command_compare(arguments);
}

static int command_info(const struct arguments *arguments)
{
    struct trace trace;
    struct trace_info info;
    struct sim_error error;

    if (!trace_open(&trace, arguments->words[0], &error))
        return report(&error);
    int status = STATUS_DONE;
    if (!trace_info_collect(&trace, &info, &error)) {
        status = report(&error);
    } else {
        if ((arguments->given & OPTION_JSON) != 0)
            info_print_json(&info, &trace, stdout);
        else
            info_print(&info, &trace, stdout);
        trace_info_free(&info);
    }
    trace_close(&trace);
    return status;
}

static int command_import(const struct arguments *arguments)
{
    struct import_counts counts;
    struct sim_error error;

    if (arguments->out == NULL)
        return bad_input("import needs -o OUT, a name that ends in .mmb, .mmb.zst or .mmb.xz");
    if (!trace_import(arguments->words[0], arguments->words[1], arguments->out, &counts, &error))
        return report(&error);
    import_print(&counts, stderr);
    return STATUS_DONE;
}

static int command_convert(const struct arguments *arguments)
{
    struct sim_error error;

    if (!trace_convert(arguments->words[0], arguments->words[1], &error))
        return report(&error);
    return STATUS_DONE;
}

static void print_layouts(const struct strategy *const strategies[],
                          const struct layout_map layouts[], uint32_t count,
                          const struct machine_choice *choice)
{
    printf("RAM %s (%s)\n", number_size(choice->ram_bytes).text, choice->ram_source);
    for (uint32_t i = 0; i < count; i++) {
        putchar('\n');
        layout_print(&layouts[i], strategies[i], stdout);
    }
}

static void print_layouts_json(const struct strategy *const strategies[],
                               const struct layout_map layouts[], uint32_t count,
                               const struct machine_choice *choice)
{
    struct text_out out = text_out_to_file(stdout);

    printf("{\"ram_bytes\": %" PRIu64 ", \"layouts\": [", choice->ram_bytes);
    for (uint32_t i = 0; i < count; i++) {
        text_put(&out, i == 0 ? "" : ", ");
        layout_put_json(&layouts[i], strategies[i], &out);
    }
    text_put(&out, "]}\n");
}

static int command_layout(const struct arguments *arguments)
{
    struct machine_choice choice = {.ram_bytes = LAYOUT_RAM_BYTES, .ram_source = "--ram sets it"};
    const struct strategy *strategies[COMPARE_MAX];
    static struct layout_map layouts[COMPARE_MAX];
    uint32_t count = strategies_named(arguments->strategies, strategies);
    const char *reason;

    if (count == 0 || !machine_of_arguments(arguments, &choice))
        return STATUS_BAD_INPUT;
    for (uint32_t i = 0; i < count; i++)
        if (!layout_map_read(&layouts[i], strategies[i], &choice.map, &reason))
            return run_failed(strategies[i], reason);
    if ((arguments->given & OPTION_JSON) != 0)
        print_layouts_json(strategies, layouts, count, &choice);
    else
        print_layouts(strategies, layouts, count, &choice);
    return STATUS_DONE;
}

static int command_inspect(const struct arguments *arguments)
{
    const struct inspect_request request = {.dump = arguments->words[0],
                                            .cr3 = arguments->cr3,
                                            .cr4 = arguments->cr4,
                                            .svg = arguments->svg,
                                            .pages = (arguments->given & OPTION_PAGES) != 0,
                                            .json = (arguments->given & OPTION_JSON) != 0,
                                            .va_count = (uint32_t)arguments->count - 1u,
                                            .va = arguments->words + 1};

    return (int)inspect_run(&request);
}

/* ---- the table ---- */

#define MACHINE_HELP                                                                               \
    "  --ram SIZE        RAM of the machine, as 512M or 1G: the memory map of QEMU's PC\n"         \
    "  --memmap FILE     its memory map: BIOS-e820 lines, as in a dmesg or our image's log\n"      \
    "                    Without both, the size follows from the trace and is printed.\n"
#define TLB_HELP                                                                                   \
    "  --tlb N           entries and ways of the TLB model: 64x4, or with those of 4 MiB pages\n"  \
    "                    64x4,8x4, which is a Pentium III's and the default\n"
#define TRACE_HELP                                                                                 \
    "  TRACE             text (.mmt) or binary (.mmb), zstd or xz compressed or not; - is "        \
    "standard\n"                                                                                   \
    "                    input\n"
#define JSON_HELP "  --json            one JSON object instead of text\n"

static const struct command commands[] = {
    {"strategies", "strategies", "list the strategies", "", OPTION_HELP, 0, command_strategies},
    {"compare", "compare TRACE [--ram SIZE | --memmap FILE] [--strategies A,B,...] [--json]",
     "replay a trace through strategies, side by side",
     TRACE_HELP MACHINE_HELP TLB_HELP "  --strategies A,B  only these; all without it\n" JSON_HELP,
     OPTION_HELP | OPTION_JSON | OPTION_RAM | OPTION_MEMMAP | OPTION_TLB | OPTION_STRATEGIES, 1,
     command_compare},
    {"replay", "replay TRACE --strategy NAME [--ram SIZE | --memmap FILE] [--json]",
     "replay a trace through one strategy, in this process (for gdb and Valgrind)",
     TRACE_HELP MACHINE_HELP TLB_HELP "  --strategy NAME   one of `mmsim strategies`\n" JSON_HELP,
     OPTION_HELP | OPTION_JSON | OPTION_RAM | OPTION_MEMMAP | OPTION_TLB | OPTION_STRATEGY, 1,
     command_replay},
    {"layout", "layout [--ram SIZE | --memmap FILE] [--strategies A,B,...] [--json]",
     "print each strategy's map of virtual memory, as its page tables have it at the start",
     "  --ram SIZE        RAM of the machine, as 512M or 1G; 1 GiB without it\n"
     "  --memmap FILE     its memory map: BIOS-e820 lines\n"
     "  --strategies A,B  only these; all without it\n" JSON_HELP
     "A small program is the current process; the frame buffer is where QEMU's PC has it.\n",
     OPTION_HELP | OPTION_JSON | OPTION_RAM | OPTION_MEMMAP | OPTION_STRATEGIES, 0, command_layout},
    {"info", "info TRACE [--json]", "what is in a trace", TRACE_HELP JSON_HELP,
     OPTION_HELP | OPTION_JSON, 1, command_info},
    {"import", "import FORMAT FILE|- -o OUT", "make a trace of a log",
     "  FORMAT            ftrace: the kmem events of /sys/kernel/tracing/trace\n"
     "  FILE              the log, zstd or xz compressed or not; - is standard input\n"
     "  -o OUT            the trace: .mmb, .mmb.zst, .mmb.xz; - is standard output\n"
     "What the log holds beside the trace is counted on standard error.\n",
     OPTION_HELP | OPTION_OUT, 2, command_import},
    {"convert", "convert IN OUT", "text to binary and back, checking every event",
     "  IN                a trace; - is standard input\n"
     "  OUT               by its ending: .mmt text, .mmb binary, each also with .zst or .xz;\n"
     "                    - is text on standard output\n",
     OPTION_HELP, 2, command_convert},
    {"inspect", "inspect DUMP --cr3 ADDR [--cr4 VALUE] [--pages | --json] [--svg FILE] [VA...]",
     "what the page tables in a dump of physical memory map, and how they translate addresses",
     "  DUMP              raw physical memory from 0, as QEMU's `pmemsave 0 SIZE \"FILE\"` writes "
     "it\n"
     "  --cr3 ADDR        of the page directory; QEMU's `info registers` tells it\n"
     "  --cr4 VALUE       0x10 without it: 4 MiB pages are on\n"
     "  VA...             addresses: each one's walk, step by step, instead of the ranges\n"
     "  --pages           a line for each physical range, with page size and flags; without it\n"
     "                    the lines are those of QEMU's `info mem`, to be compared by diff\n"
     "  --svg FILE        draw the address space, too\n" JSON_HELP
     "Numbers are decimal, or hexadecimal after 0x. The exit status is 1 where tables lie outside\n"
     "the dump; what could be read is printed.\n",
     OPTION_HELP | OPTION_JSON | OPTION_CR3 | OPTION_CR4 | OPTION_PAGES | OPTION_SVG, 1 | OR_MORE,
     command_inspect},
};

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static void print_usage(FILE *out)
{
    fputs("mmsim: a kernel's memory manager on a simulated machine, driven by allocation traces\n\n"
          "usage:\n",
          out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  mmsim %s\n        %s\n", commands[i].synopsis, commands[i].summary);
    fputs("\n`mmsim COMMAND --help` tells more. Exit status: 0 done, 1 the run failed, 2 bad "
          "arguments "
          "or input.\n",
          out);
}

static bool note_option(struct arguments *arguments, int option)
{
    if (option == '?' || option == ':')
        return false;
    option = option == 'o' ? OPTION_OUT : option;
    arguments->given |= option;
    if (option == OPTION_RAM)
        arguments->ram = optarg;
    else if (option == OPTION_MEMMAP)
        arguments->memmap = optarg;
    else if (option == OPTION_STRATEGY || option == OPTION_STRATEGIES)
        arguments->strategies = optarg;
    else if (option == OPTION_OUT)
        arguments->out = optarg;
    else if (option == OPTION_TLB)
        arguments->tlb = optarg;
    else if (option == OPTION_CR3)
        arguments->cr3 = optarg;
    else if (option == OPTION_CR4)
        arguments->cr4 = optarg;
    else if (option == OPTION_SVG)
        arguments->svg = optarg;
    return true;
}

/* Options of argv after the command's name; false after a message. */
static bool parse(const struct command *command, int argc, char **argv, struct arguments *arguments)
{
    int option;

    while ((option = getopt_long(argc, argv, "o:", option_table, NULL)) != -1)
        if (!note_option(arguments, option))
            return false;
    arguments->count = argc - optind;
    arguments->words = argv + optind;
    if ((arguments->given & ~command->options) != 0) {
        bad_input("%s does not take that option", command->name);
        return false;
    }
    if ((arguments->given & OPTION_RAM) != 0 && (arguments->given & OPTION_MEMMAP) != 0) {
        bad_input("--ram and --memmap: one of them");
        return false;
    }
    int needed = command->words & ~OR_MORE;
    bool too_few = arguments->count < needed;
    if ((arguments->given & OPTION_HELP) != 0 || arguments->count == needed ||
        (!too_few && (command->words & OR_MORE)))
        return true;
    bad_input("%s: %s", command->name, too_few ? "something is missing" : "too many words");
    return false;
}

static int run_command(const struct command *command, int argc, char **argv)
{
    struct arguments arguments = {0};

    argv[0] = (char *)(uintptr_t) "mmsim"; /* getopt's messages begin with it */
    if (!parse(command, argc, argv, &arguments)) {
        fprintf(stderr, "usage: mmsim %s\n", command->synopsis);
        return STATUS_BAD_INPUT;
    }
    if ((arguments.given & OPTION_HELP) != 0) {
        printf("usage: mmsim %s\n%s.\n%s", command->synopsis, command->summary, command->help);
        return STATUS_DONE;
    }
    return command->run(&arguments);
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return STATUS_BAD_INPUT;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_usage(stdout);
        return STATUS_DONE;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return run_command(&commands[i], argc - 1, argv + 1);
    bad_input("no command \"%s\"", argv[1]);
    print_usage(stderr);
    return STATUS_BAD_INPUT;
}

int main(int argc, char **argv)
{
    int status = run(argc, argv);

    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    fputs("mmsim: standard output: cannot write\n", stderr);
    return STATUS_FAILED;
}
