/* The completion scripts of the shells, made from the tables of commands and options. */
#ifndef COMMAND_COMPLETION_H
#define COMMAND_COMPLETION_H

#include "command/command.h"

/* Print the words to which a value of this kind is completed, separated by blanks; nothing for a
 * kind that has none. */
void completion_put_words(enum value_kind kind, FILE *out);

/* Whether a value of this kind is completed to words. If not, it is completed to files for
 * VALUE_FILE, and not at all for other kinds. */
bool completion_has_words(enum value_kind kind);

/* Print a text inside of '...' in a script: `escaped` characters get a backslash, and a ' becomes
 * '\''. put_brief() prints the part of an option's or operand's help up to its first semicolon. */
void completion_put_quoted(const char *text, size_t bytes, const char *escaped, FILE *out);
void completion_put_brief(const char *help, const char *escaped, FILE *out);

void completion_print_bash(FILE *out);
void completion_print_zsh(FILE *out);
void completion_print_fish(FILE *out);

#endif
