/* All commands. */
#ifndef COMMAND_COMMANDS_H
#define COMMAND_COMMANDS_H

#include "command/command.h"

/* All commands, in the order in which they are listed; ended by NULL. */
extern const struct command *const commands[];

/* The command of this name; NULL if there is none. */
const struct command *command_find(const char *name);

/* The operands of a command: how many have names, how many must be given, and whether there may be
 * more. */
struct operand_numbers {
    int named;
    int needed;
    bool unlimited;
};

struct operand_numbers command_operands(const struct command *command);

/* The help of an option for this command. */
const char *command_option_help(const struct command *command, int option);

/* Whether the command was given all the words and options that it needs, and no others. Returns
 * false after one line on standard error that names the missing or unexpected one. */
bool command_check(const struct command *command, const struct arguments *arguments);

#endif
