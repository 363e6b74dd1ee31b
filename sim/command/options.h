/* The options of all commands, in one table. Each command says which of them it takes. The parser,
 * the help, the manual page and the completions of all shells use this table. */
#ifndef COMMAND_OPTIONS_H
#define COMMAND_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kind of a value, which decides how the shells complete it. */
enum value_kind {
    VALUE_NONE, /* the option is a flag and has no value */
    VALUE_TEXT, /* nothing is completed */
    VALUE_FILE,
    VALUE_RAM, /* a size; some usual sizes are offered */
    VALUE_STRATEGY,
    VALUE_STRATEGIES, /* a list, separated by commas */
    VALUE_PANELS,     /* likewise */
    VALUE_INDICES,    /* likewise; the option may be given several times */
    VALUE_CAUSE,
    VALUE_FORMAT,
    VALUE_PROFILE,
    VALUE_SHELL,
    VALUE_COMMAND,
};

/* Whether the value is a list, separated by commas. */
static inline bool value_is_list(enum value_kind kind)
{
    return kind == VALUE_STRATEGIES || kind == VALUE_PANELS || kind == VALUE_INDICES;
}

/*
 * OPTION(NAME, letter, word, argument, kind, help): --word, or -letter unless that is 0, and the
 * name of what follows it (NULL: nothing). `help` is what the option means to a command that does
 * not say otherwise. Its part up to the first semicolon is the description in completions.
 */
#define OPTION_TABLE(OPTION)                                                                       \
    OPTION(STRATEGY, 0, "strategy", "NAME", VALUE_STRATEGY,                                        \
           "the strategy to run; `mmsim strategies` lists them")                                   \
    OPTION(STRATEGIES, 0, "strategies", "A,B", VALUE_STRATEGIES,                                   \
           "run only these strategies; without it, all are run")                                   \
    OPTION(FAILURE, 0, "failure", "N", VALUE_TEXT,                                                 \
           "explain the Nth failure of the run; default: 1, the first")                            \
    OPTION(AT, 0, "at", "EVENT", VALUE_TEXT,                                                       \
           "the moment before this event, counted from 1; end is the moment after the last")       \
    OPTION(FRAMES, 0, "frames", NULL, VALUE_NONE,                                                  \
           "print a line for each row of frames of one kind and one owner, for scripts")           \
    OPTION(                                                                                        \
        SPEED, 0, "speed", "EVENTS", VALUE_TEXT,                                                   \
        "events a second; keys change it. Default: so many that the trace takes about a minute")   \
    OPTION(RAM, 0, "ram", "SIZE", VALUE_RAM,                                                       \
           "size of the machine's RAM, such as 512M or 1G; the memory map is that of a PC in "     \
           "QEMU. Without --ram and --memmap the size is chosen from the trace and printed")       \
    OPTION(MEMMAP, 0, "memmap", "FILE", VALUE_FILE,                                                \
           "read the machine's memory map from FILE; it holds BIOS-e820 lines, as a boot log "     \
           "(dmesg) does")                                                                         \
    OPTION(TLB, 0, "tlb", "SHAPE", VALUE_TEXT,                                                     \
           "entries x ways of the simulated TLB; 64x4 for 4 KiB pages, or 64x4,8x4 to set those "  \
           "for 4 MiB pages as well. Default: 64x4,8x4, as in a Pentium III")                      \
    OPTION(CHECK_TLB, 0, "check-tlb", NULL, VALUE_NONE,                                            \
           "fail if a TLB entry is used that disagrees with the page tables; the report names "    \
           "the missing invalidation. The run is slower")                                          \
    OPTION(TIME, 0, "time", NULL, VALUE_NONE,                                                      \
           "also measure the CPU time of an event: after the comparison the strategies run one "   \
           "at a time, in turn, and the median of several rounds is printed with its spread")      \
    OPTION(SERIES, 0, "series", "FILE", VALUE_FILE,                                                \
           "write measures over time to FILE, as CSV; `mmsim plot` draws them. - writes them "     \
           "to standard output, instead of the result")                                            \
    OPTION(EVERY, 0, "every", "N", VALUE_TEXT,                                                     \
           "events between two rows of --series; default: a thousandth of the trace")              \
    OPTION(MODE, 0, "mode", "MODE", VALUE_TEXT,                                                    \
           "form of the page tables; 32bit, pae, long (4 levels), la57 (5 levels), sv39, sv48 or " \
           "sv57. Default: as the registers say, else 32bit")                                      \
    OPTION(CR3, 0, "cr3", "ADDR", VALUE_TEXT,                                                      \
           "physical address of the page directory; QEMU's `info registers` prints it. A core "    \
           "may have it")                                                                          \
    OPTION(CR4, 0, "cr4", "VALUE", VALUE_TEXT,                                                     \
           "value of CR4; default: 0x10, which turns 4 MiB pages on")                              \
    OPTION(SATP, 0, "satp", "VALUE", VALUE_TEXT,                                                   \
           "value of RISC-V's satp; it has both the mode and the address of the root table")       \
    OPTION(CPU, 0, "cpu", "N", VALUE_TEXT,                                                         \
           "take the registers of the core's CPU number N; default: 0")                            \
    OPTION(BASE, 0, "base", "ADDR", VALUE_TEXT,                                                    \
           "read DUMP as raw memory that starts at this physical address, whatever its first "     \
           "bytes are")                                                                            \
    OPTION(PAGES, 0, "pages", NULL, VALUE_NONE,                                                    \
           "print a line for each physical range, with page size and flags; without it, the "      \
           "lines are those of QEMU's `info mem`, so that diff can compare them")                  \
    OPTION(SWEEP, 0, "sweep", "FILE", VALUE_FILE,                                                  \
           "take the least RAM and the failure rates from FILE, which `mmsim sweep --json` wrote") \
    OPTION(PERFETTO, 0, "perfetto", "FILE", VALUE_FILE,                                            \
           "also write counters and failures as Chrome trace JSON, which ui.perfetto.dev opens")   \
    OPTION(QUICK, 0, "quick", NULL, VALUE_NONE,                                                    \
           "do not look for remedies and the least RAM, which takes many replays")                 \
    OPTION(SVG, 0, "svg", "FILE", VALUE_FILE, "also draw the address space to FILE")               \
    OPTION(EVENTS, 0, "events", "N", VALUE_TEXT,                                                   \
           "number of events, such as 500, 64k, 2M or 1e6; default: 1000000")                      \
    OPTION(SEED, 0, "seed", "S", VALUE_TEXT,                                                       \
           "seed of the random numbers; default: 1. The same N and S give the same trace on "      \
           "every machine, and a trace with a larger N begins with the same events")               \
    OPTION(LIVE, 0, "live", "SIZE", VALUE_RAM,                                                     \
           "bytes that are live at a time, about; 1M to 3G, such as 64M. Default: chosen by the "  \
           "profile")                                                                              \
    OPTION(                                                                                        \
        LIKE, 0, "like", "TRACE", VALUE_FILE,                                                      \
        "take sizes, classes, sites and lifetimes from this trace; it may be much shorter than "   \
        "the trace to make. - is standard input")                                                  \
    OPTION(UNUSABLE, 0, "unusable", "ORDER=INDEX", VALUE_INDICES,                                  \
           "the state has this unusable free space index, 0 to 1, at this order, 1 to 10; "        \
           "several may follow, separated by commas or each with the option")                      \
    OPTION(PINNED, 0, "pinned", "SHARE", VALUE_TEXT,                                               \
           "the share of the used frames, 0 to 1, that no strategy can move; default: 0.1")        \
    OPTION(OCCUPANCY, 0, "occupancy", "SHARE", VALUE_TEXT,                                         \
           "the share of all frames, 0 to 1, that are used; default: about 0.75, as the indices "  \
           "come out best")                                                                        \
    OPTION(REPORT, 0, "report", "N", VALUE_TEXT,                                                   \
           "import the Nth report of the log; default: 1, the first")                              \
    OPTION(ORDER, 0, "order", "N", VALUE_TEXT,                                                     \
           "the request that follows the state is of 2^N pages; default: what the report says")    \
    OPTION(GFP, 0, "gfp", "FLAGS", VALUE_TEXT,                                                     \
           "the flags of that request, such as GFP_KERNEL or 0xcc0; default: those of the report") \
    OPTION(POINTS, 0, "points", "N", VALUE_TEXT,                                                   \
           "number of sizes at which the failure rate is measured; both ends of the range are "    \
           "included. Default: 9")                                                                 \
    OPTION(STEP, 0, "step", "SIZE", VALUE_RAM, "precision of the least RAM; default: 1M")          \
    OPTION(JOBS, 0, "jobs", "N", VALUE_TEXT,                                                       \
           "number of jobs to run at a time, 1 to 4096; default: the number of processors")        \
    OPTION(JOURNAL, 0, "journal", "FILE", VALUE_FILE,                                              \
           "keep the result of each job in FILE as it ends; results that FILE already holds are "  \
           "not computed again")                                                                   \
    OPTION(LIST_JOBS, 0, "list-jobs", NULL, VALUE_NONE,                                            \
           "print one command for each job instead of running it; the commands can run anywhere, " \
           "in any order, and `mmsim table` makes the tables from what they print")                \
    OPTION(ONLY, 0, "only", "JOB", VALUE_TEXT,                                                     \
           "run one job and print its line; JOB is a size of RAM, or the word least")              \
    OPTION(PANELS, 0, "panels", "A,B", VALUE_PANELS,                                               \
           "panels of a plot of series, from top to bottom; any of heap, used, free, run, "        \
           "unusable, failures. Default: heap,free,unusable,failures")                             \
    OPTION(TITLE, 0, "title", "TEXT", VALUE_TEXT,                                                  \
           "title above the plot; default: the names of its traces")                               \
    OPTION(LENIENT, 0, "lenient", NULL, VALUE_NONE,                                                \
           "skip and count lines that make no sense; without it, the first one is an error")       \
    OPTION(NEEDED, 0, "needed", NULL, VALUE_NONE,                                                  \
           "create only the blocks and processes that the range itself names; without it, all "    \
           "that are live before the range, so that memory is as full as it was")                  \
    OPTION(                                                                                        \
        KEEPS, 0, "keeps", "WHAT", VALUE_CAUSE,                                                    \
        "the failure to keep; a cause (no_frames, no_run, brk_blocked, no_address_space, zone, "   \
        "unsupported, bad_access), crash (a panic or crash of the strategy) or failure "           \
        "(whatever fails first). Default: failure")                                                \
    OPTION(BOOT, 0, "boot", NULL, VALUE_NONE,                                                      \
           "start the kernel as a multiboot loader does, and run it until it ends")                \
    OPTION(UNTIL, 0, "until", "SYMBOL", VALUE_TEXT,                                                \
           "boot, and stop when SYMBOL is about to be executed; it is a function or an address "   \
           "such as 0xc0101000")                                                                   \
    OPTION(CALL, 0, "call", "CALL", VALUE_TEXT,                                                    \
           "call functions of the kernel, after what --boot or --until does; 'SYMBOL ARG ...', "   \
           "several separated by semicolons. An argument is a decimal number, a hexadecimal one "  \
           "after 0x, or the address of a symbol")                                                 \
    OPTION(MODULE, 0, "module", "FILE", VALUE_FILE,                                                \
           "a boot module; its words may follow the name after a blank, and further modules "      \
           "after commas")                                                                         \
    OPTION(APPEND, 0, "append", "WORDS", VALUE_TEXT,                                               \
           "words for the kernel's command line, behind its name")                                 \
    OPTION(FILL, 0, "fill", "BYTE", VALUE_TEXT,                                                    \
           "the byte, 0 to 255, that fills the RAM before the kernel is loaded, so that the use "  \
           "of memory that the kernel has not initialised shows; 0x after which hexadecimal "      \
           "digits follow is allowed. Default: 0")                                                 \
    OPTION(HOOKS, 0, "hooks", "FILE", VALUE_FILE,                                                  \
           "functions of the kernel's page allocator, so that --check-tlb also reports frames "    \
           "that are freed too early; a line is free SYMBOL [ARGUMENT] virtual|physical|frame "    \
           "[order ARGUMENT], direct ADDR SIZE, or panic SYMBOL")                                  \
    OPTION(PANIC, 0, "panic", "SYMBOL", VALUE_TEXT,                                                \
           "the kernel's function for panics; a call of it ends the run as a failure")             \
    OPTION(LIMIT, 0, "limit", "SECONDS", VALUE_TEXT,                                               \
           "end the run after so many seconds; a fraction is allowed. Default: 60")                \
    OPTION(OUTPUT, 'o', "output", "OUT", VALUE_FILE,                                               \
           "the trace to write; the ending of its name selects the form: .mmt is text, .mmb is "   \
           "binary, and .zst or .xz may follow. - writes text to standard output")                 \
    OPTION(JSON, 0, "json", NULL, VALUE_NONE, "print one JSON object instead of text")             \
    OPTION(MARKDOWN, 0, "markdown", NULL, VALUE_NONE,                                              \
           "print the tables in Markdown, for a document")                                         \
    OPTION(HELP, 'h', "help", NULL, VALUE_NONE, "print this help")

enum option_name {
#define OPTION_NAME(name, letter, word, argument, kind, help) OPTION_##name,
    OPTION_TABLE(OPTION_NAME)
#undef OPTION_NAME
        OPTION_COUNT
};
_Static_assert(OPTION_COUNT <= 64, "a set of options fits 64 bits");

/* A set of options is the sum of these. */
#define OPTION_BIT(name) (UINT64_C(1) << OPTION_##name)

struct option_spec {
    char letter; /* 0: there is no short form */
    const char *word;
    const char *argument; /* NULL: it is a flag */
    enum value_kind kind;
    const char *help;
};

extern const struct option_spec option_specs[OPTION_COUNT];

static inline bool option_in(uint64_t set, int option)
{
    return (set >> option & 1u) != 0;
}

/* The name of an option in a message: "-o OUT", "--ram SIZE" or "--json". */
struct option_text {
    char text[48];
};

struct option_text option_text(enum option_name option);

#define LIST_BYTES 512u

/* The arguments that were given to a command. */
struct arguments {
    const char *value[OPTION_COUNT]; /* NULL: not given; "" for a flag that was given */
    int count;                       /* number of words that are not options */
    char **words;
    char list[LIST_BYTES]; /* a list that was given as several words, joined */
};

static inline bool arguments_have(const struct arguments *arguments, enum option_name option)
{
    return arguments->value[option] != NULL;
}

/*
 * Parse argv, where argv[0] is the name of the command, which takes the options of the set `taken`.
 * Options are --word VALUE, --word=VALUE, -o VALUE and -oVALUE, before, between and after the
 * words; -- ends them. A list may have blanks after its commas. Returns false after one line on
 * standard error if an option is unknown, not taken by this command, or given twice, if a value is
 * missing, or if a flag is given one. argv is reordered, and must outlive arguments.
 */
bool arguments_parse(struct arguments *arguments, int argc, char **argv, uint64_t taken);

#endif
