/* What the program tells about itself. */
#ifndef COMMAND_HELP_H
#define COMMAND_HELP_H

#include "command/command.h"

/* The overview: every command, every topic, and how to get more help. */
void help_print_overview(FILE *out);

/* All that is known of one command. */
void help_print_command(const struct command *command, FILE *out);

/* `mmsim help [NAME]`: the overview (NULL), or a command's or a topic's help. The exit status;
   STATUS_BAD_INPUT after a message: there is no such name. */
int help_run(const char *name);

/* "no command 'NAME'", with the nearest name. Returns STATUS_BAD_INPUT. */
int help_refuse_command(const char *name);

#endif
