/* Titles of SVG drawings: what a browser shows on its tab, and a screen reader reads. */
#ifndef REPORT_SVG_TITLE_H
#define REPORT_SVG_TITLE_H

#include <stdbool.h>
#include <stdio.h>

#include "replay/text_out.h"

/* What the outermost element of a drawing has beside its size. */
#define SVG_ROLE "role=\"img\""

/* A text between two tags of XML: markup is escaped, control characters and what is not UTF-8 are
   not in it. */
void svg_put_text(const struct text_out *out, const char *text);

/*
 * Copy a drawing of gnuplot's, from its start, with this title in place of gnuplot's own name, and
 * as one image to a screen reader. false: it cannot be read, and errno says why.
 */
bool svg_put_titled(FILE *drawn, const char *title, const struct text_out *out);

#endif
