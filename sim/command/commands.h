/* All commands. */
#ifndef COMMAND_COMMANDS_H
#define COMMAND_COMMANDS_H

#include "command/command.h"

/* In the order in which they are listed; ended by NULL. */
extern const struct command *const commands[];

/* NULL: there is none of this name. */
const struct command *command_find(const char *name);

/* How many operands a command has, at least one of which it needs: `needed` of them. */
struct operand_numbers {
    int named;
    int needed;
    bool unlimited;
};

struct operand_numbers command_operands(const struct command *command);

/* What an option means to this command. */
const char *command_option_help(const struct command *command, int option);

/* Does the command have the words and options that it needs, and no more? false after one line on
   standard error that names what is missing or unexpected. */
bool command_check(const struct command *command, const struct arguments *arguments);

#endif
