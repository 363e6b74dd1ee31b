#include "command/commands.h"

#include <string.h>

#define COMMAND_TABLE(COMMAND)                                                                     \
    COMMAND(strategies)                                                                            \
    COMMAND(compare)                                                                               \
    COMMAND(replay)                                                                                \
    COMMAND(thread)                                                                                \
    COMMAND(explain)                                                                               \
    COMMAND(sweep)                                                                                 \
    COMMAND(table)                                                                                 \
    COMMAND(diff)                                                                                  \
    COMMAND(layout)                                                                                \
    COMMAND(plot)                                                                                  \
    COMMAND(info)                                                                                  \
    COMMAND(import)                                                                                \
    COMMAND(generate)                                                                              \
    COMMAND(convert)                                                                               \
    COMMAND(cut)                                                                                   \
    COMMAND(reduce)                                                                                \
    COMMAND(inspect)

#define COMMAND_DECLARED(name) extern const struct command command_##name;
COMMAND_TABLE(COMMAND_DECLARED)

#define COMMAND_LISTED(name) &command_##name,
const struct command *const commands[] = {COMMAND_TABLE(COMMAND_LISTED) NULL};

const struct command *command_find(const char *name)
{
    for (const struct command *const *command = commands; *command != NULL; command++)
        if (strcmp(name, (*command)->name) == 0)
            return *command;
    return NULL;
}

void commands_print_usage(FILE *out)
{
    fputs("mmsim: a kernel's memory manager on a simulated machine, driven by allocation traces\n\n"
          "usage:\n",
          out);
    for (const struct command *const *command = commands; *command != NULL; command++)
        fprintf(out, "  mmsim %s\n        %s\n", (*command)->synopsis, (*command)->summary);
    fputs("  mmsim --version\n        its version, and the libraries it was built with\n"
          "\n`mmsim COMMAND --help` tells more. Exit status: 0 done, 1 the run failed, 2 bad "
          "arguments or input.\n",
          out);
}

void command_print_help(const struct command *command, FILE *out)
{
    fprintf(out, "usage: mmsim %s\n%s.\n%s", command->synopsis, command->summary, command->help);
    if (command->more_help != NULL)
        command->more_help(out);
}
