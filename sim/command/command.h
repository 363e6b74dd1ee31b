/* A command: its words, its options, its help, and the function that runs it. */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include "command/arguments.h"

#include <stdio.h>

/* How often an operand may be given. */
enum operand_count { ONCE, AT_MOST_ONCE, ONCE_OR_MORE, ANY_NUMBER };

/* A word of a command that is not an option. */
struct operand {
    const char *name;
    enum value_kind kind;
    const char *help;
    enum operand_count count; /* AT_MOST_ONCE: for the first operand only; a larger number: for the
                                 last one only */
};

#define OPERANDS_MAX 3u

struct command {
    const char *name;
    const char *synopsis; /* without "mmsim" */
    const char *summary;  /* one line, without a full stop */
    struct operand
        operands[OPERANDS_MAX]; /* ended by one without a name, unless the array is full */
    uint64_t options;           /* bits of OPTION_BIT; every command takes --help, too */
    uint64_t required;          /* the options that must be given */
    const char
        *option_help[OPTION_COUNT]; /* replaces the text of the table of options; NULL: does not */
    const char *notes;              /* sentences that help prints after the options; NULL: none */
    void (*more_help)(FILE *out); /* prints the contents of tables of other rooms; NULL: nothing */
    const char *examples;         /* one or two commands, each on a line of its own */
    int (*run)(const struct arguments *arguments); /* returns its exit status */
};

/* An operand that several commands have. */
#define TRACE_OPERAND                                                                              \
    {                                                                                              \
        "TRACE", VALUE_FILE,                                                                       \
            "a trace, text (.mmt) or binary (.mmb); it may be compressed with zstd, xz or gzip. "  \
            "- is "                                                                                \
            "standard input",                                                                      \
            ONCE                                                                                   \
    }

#define MACHINE_OPTIONS (OPTION_BIT(RAM) | OPTION_BIT(MEMMAP))

#endif
