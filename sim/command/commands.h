/* All commands. */
#ifndef COMMAND_COMMANDS_H
#define COMMAND_COMMANDS_H

#include "command/command.h"

/* In the order in which they are listed; ended by NULL. */
extern const struct command *const commands[];

/* NULL: there is none of this name. */
const struct command *command_find(const char *name);

/* The list, and how the program is called. */
void commands_print_usage(FILE *out);

/* All that is known of one command. */
void command_print_help(const struct command *command, FILE *out);

#endif
