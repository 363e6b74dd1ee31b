/* The commands: each takes its arguments, prints, and returns the program's exit status. */
#ifndef COMMAND_COMMANDS_H
#define COMMAND_COMMANDS_H

#include "command/arguments.h"

/* runs.c */
int command_strategies(const struct arguments *arguments);
int command_compare(const struct arguments *arguments);
int command_replay(const struct arguments *arguments);
int command_thread(const struct arguments *arguments);

/* traces.c */
int command_info(const struct arguments *arguments);
int command_import(const struct arguments *arguments);
int command_convert(const struct arguments *arguments);

/* explain.c */
int command_explain(const struct arguments *arguments);

/* address_spaces.c */
int command_layout(const struct arguments *arguments);
int command_inspect(const struct arguments *arguments);

#endif
