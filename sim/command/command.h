/* A command: its words, its options, its help, and the function that runs it. */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include "command/arguments.h"

#include <stdio.h>

/* How often an operand may stand there. */
enum operand_count { ONCE, ONCE_OR_MORE, ANY_NUMBER };

/* A word of a command that is not an option. */
struct operand {
    const char *name;
    enum value_kind kind;
    const char *help;
    enum operand_count count; /* of the last operand only: something else than ONCE */
};

#define OPERANDS_MAX 3u

struct command {
    const char *name;
    const char *synopsis;                  /* without "mmsim" */
    const char *summary;                   /* one line, without a full stop */
    struct operand operands[OPERANDS_MAX]; /* ended by one without a name, where there is room */
    uint64_t options;                      /* of OPTION_BIT; every command takes --help, too */
    uint64_t required;                     /* those of them that must be given */
    const char *option_help[OPTION_COUNT]; /* instead of the text of the table; NULL: that one */
    const char *notes;                     /* sentences behind the options; NULL: none */
    void (*more_help)(FILE *out); /* prints what tables of other rooms add; NULL: nothing */
    const char *examples;         /* one or two commands, a line each, each line ended */
    int (*run)(const struct arguments *arguments); /* returns its exit status */
};

/* An operand of several commands. */
#define TRACE_OPERAND                                                                              \
    {                                                                                              \
        "TRACE", VALUE_FILE,                                                                       \
            "a trace, text (.mmt) or binary (.mmb); it may be compressed with zstd or xz. - is "   \
            "standard input",                                                                      \
            ONCE                                                                                   \
    }

#define MACHINE_OPTIONS (OPTION_BIT(RAM) | OPTION_BIT(MEMMAP))

#endif
