/* Help texts, laid out in at most 80 columns. */
#ifndef COMMAND_HELP_TEXT_H
#define COMMAND_HELP_TEXT_H

#include <stdio.h>

#define HELP_COLUMNS     80u
#define HELP_TEXT_COLUMN 22u /* where the text of an item begins */

/* Lines of text, broken at blanks, the second and later ones behind `indent` blanks. A newline in
   the text begins a new line. */
void help_text_put(FILE *out, const char *text, unsigned indent);

/* A word and its text, in two columns. */
void help_text_put_item(FILE *out, const char *word, const char *text);

/* "usage: mmsim SYNOPSIS", broken between its brackets. */
void help_text_put_usage(FILE *out, const char *synopsis);

#endif
