/* The help texts of the program. */
#ifndef COMMAND_HELP_H
#define COMMAND_HELP_H

#include "command/command.h"

/* Print the overview: every command, every topic, and how to get more help. */
void help_print_overview(FILE *out);

/* Print the help of one command. */
void help_print_command(const struct command *command, FILE *out);

/* `mmsim help [NAME]`: print the help of a command or a topic, or the overview if name is NULL.
 * Returns the exit status: STATUS_BAD_INPUT after a message if there is no such name. */
int help_run(const char *name);

/* Print "no command 'NAME'" with the nearest name. Returns STATUS_BAD_INPUT. */
int help_refuse_command(const char *name);

#endif
