/* Lays out help texts in at most 80 columns. */
#ifndef COMMAND_HELP_TEXT_H
#define COMMAND_HELP_TEXT_H

#include <stdio.h>

#define HELP_COLUMNS     80u
#define HELP_TEXT_COLUMN 22u /* the column at which the text of an item begins */

/* Print a text in lines that are broken at blanks; the second and later ones are indented by
 * `indent` blanks. A newline in the text begins a new line. */
void help_text_put(FILE *out, const char *text, unsigned indent);

/* Print a word and its text in two columns. */
void help_text_put_item(FILE *out, const char *word, const char *text);

/* Print "usage: mmsim SYNOPSIS", broken between brackets. */
void help_text_put_usage(FILE *out, const char *synopsis);

#endif
