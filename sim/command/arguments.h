/* What a command is given, and how it says what is wrong with that. */
#ifndef COMMAND_ARGUMENTS_H
#define COMMAND_ARGUMENTS_H

#include "lab/compare.h"
#include "machine/machine.h"
#include "trace/error.h"

/* The exit statuses of the contract. */
enum { STATUS_DONE = 0, STATUS_FAILED = 1, STATUS_BAD_INPUT = 2 };

enum option_bit {
    OPTION_HELP = 1 << 0,
    OPTION_JSON = 1 << 1,
    OPTION_RAM = 1 << 2,
    OPTION_MEMMAP = 1 << 3,
    OPTION_STRATEGY = 1 << 4,
    OPTION_STRATEGIES = 1 << 5,
    OPTION_OUT = 1 << 6,
    OPTION_TLB = 1 << 7,
    OPTION_CHECK_TLB = 1 << 8,
    OPTION_CR3 = 1 << 9,
    OPTION_CR4 = 1 << 10,
    OPTION_PAGES = 1 << 11,
    OPTION_SVG = 1 << 12,
    OPTION_FAILURE = 1 << 13,
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
    const char *failure;
    int count; /* what is no option */
    char **words;
};

/* Say it on standard error, and return the status that it means. */
__attribute__((format(printf, 1, 2))) int bad_input(const char *format, ...);
int report_error(const struct sim_error *error);
int report_failure(const struct strategy *strategy, const char *reason);

/* What the machine is made of, and where that was said. */
struct machine_choice {
    uint64_t ram_bytes; /* at first: what it is without --ram and --memmap */
    const char *ram_source;
    struct memmap map;
};

/* The machine of --ram or --memmap, else of choice->ram_bytes. false after a message. */
bool machine_of_arguments(const struct arguments *arguments, struct machine_choice *choice);

/* Its options, else the defaults. false after a message. */
bool options_of_arguments(const struct arguments *arguments, struct machine_options *options);

/* The strategies of --strategies or --strategy, else all. How many; 0 after a message. */
uint32_t strategies_of_arguments(const struct arguments *arguments,
                                 const struct strategy *chosen[COMPARE_MAX]);

#endif
