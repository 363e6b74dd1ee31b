/* The command line: one table of commands, one table of options. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "command/commands.h"

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
    {"failure", required_argument, NULL, OPTION_FAILURE},
    {"check-tlb", no_argument, NULL, OPTION_CHECK_TLB},
    {NULL, 0, NULL, 0},
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

#define MACHINE_HELP                                                                               \
    "  --ram SIZE        RAM of the machine, as 512M or 1G: the memory map of QEMU's PC\n"         \
    "  --memmap FILE     its memory map: BIOS-e820 lines, as in a dmesg or our image's log\n"      \
    "                    Without both, the size follows from the trace and is printed.\n"
#define TLB_HELP                                                                                   \
    "  --tlb N           entries and ways of the TLB model: 64x4, or with those of 4 MiB pages\n"  \
    "                    64x4,8x4, which is a Pentium III's and the default\n"                     \
    "  --check-tlb       fail, and say why, when memory is used by an entry of the TLB that\n"     \
    "                    the page tables no longer back; slower\n"
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
     OPTION_HELP | OPTION_JSON | OPTION_RAM | OPTION_MEMMAP | OPTION_TLB | OPTION_CHECK_TLB |
         OPTION_STRATEGIES,
     1, command_compare},
    {"replay", "replay TRACE --strategy NAME [--ram SIZE | --memmap FILE] [--json]",
     "replay a trace through one strategy, in this process (for gdb and Valgrind)",
     TRACE_HELP MACHINE_HELP TLB_HELP "  --strategy NAME   one of `mmsim strategies`\n" JSON_HELP,
     OPTION_HELP | OPTION_JSON | OPTION_RAM | OPTION_MEMMAP | OPTION_TLB | OPTION_CHECK_TLB |
         OPTION_STRATEGY,
     1, command_replay},
    {"thread", "thread TRACE [--ram SIZE | --memmap FILE] [--strategies A,B,...] [--json]",
     "what the forum's thread claims of each strategy, measured",
     TRACE_HELP MACHINE_HELP
     "  --strategies A,B  only these; all without it\n" JSON_HELP
     "Each claim is quoted above its measures: of the trace, of what it leaves, and of probes on\n"
     "machines that have just started. A - was not measured. --json has a sentence on each.\n",
     OPTION_HELP | OPTION_JSON | OPTION_RAM | OPTION_MEMMAP | OPTION_STRATEGIES, 1, command_thread},
    {"explain", "explain TRACE --strategy NAME [--failure N] [--ram SIZE | --memmap FILE] [--json]",
     "tell the story of a failed request, and what would have let it pass",
     TRACE_HELP MACHINE_HELP
     "  --strategy NAME   one of `mmsim strategies`\n"
     "  --failure N       of its failures, in the order in which they come; "
     "1 without it\n" JSON_HELP
     "What was asked, what was free, what was in the way and since when; "
     "then the least RAM,\n"
     "the strategies, and the blocks to free with which this very request "
     "passes: each is\n"
     "replayed, and called verified only if it did.\n",
     OPTION_HELP | OPTION_JSON | OPTION_RAM | OPTION_MEMMAP | OPTION_STRATEGY | OPTION_FAILURE, 1,
     command_explain},
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
    else if (option == OPTION_FAILURE)
        arguments->failure = optarg;
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
