/* A command: its words, its help, and what runs. */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include "command/arguments.h"

#include <stdio.h>

#define OR_MORE 0x100

struct command {
    const char *name;
    const char *synopsis;         /* without "mmsim" */
    const char *summary;          /* one line */
    const char *help;             /* its words and options, a line or more each; "" */
    void (*more_help)(FILE *out); /* what tables of other rooms add to that; NULL: nothing */
    uint64_t options;             /* of OPTION_BIT; --help is taken by all */
    int words;                    /* that it needs beside them; with OR_MORE, at least */
    int (*run)(const struct arguments *arguments); /* its exit status */
};

/* What several commands say of the same words. */
#define TRACE_HELP                                                                                 \
    "  TRACE             text (.mmt) or binary (.mmb), zstd or xz compressed or not; - is "        \
    "standard\n"                                                                                   \
    "                    input\n"
#define MACHINE_HELP                                                                               \
    "  --ram SIZE        RAM of the machine, as 512M or 1G: the memory map of QEMU's PC\n"         \
    "  --memmap FILE     its memory map: BIOS-e820 lines, as in a dmesg or our image's log;\n"     \
    "                    without both, the size follows from the trace and is printed\n"
#define STRATEGIES_HELP "  --strategies A,B  only these; all without it\n"
#define STRATEGY_HELP   "  --strategy NAME   one of `mmsim strategies`\n"
#define JSON_HELP       "  --json            one JSON object instead of text\n"

#define MACHINE_OPTIONS (OPTION_BIT(RAM) | OPTION_BIT(MEMMAP))

#endif
