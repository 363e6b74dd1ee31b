/* Titles of SVG drawings, which a browser shows on its tab and a screen reader reads. */
#ifndef REPORT_SVG_TITLE_H
#define REPORT_SVG_TITLE_H

#include <stdbool.h>
#include <stdio.h>

#include "replay/text_out.h"

/* An attribute of the outermost element of a drawing: it is one image to a screen reader. */
#define SVG_ROLE "role=\"img\""

/* Write a text between two tags of XML. Markup is escaped, control characters become blanks, and
 * bytes that are not UTF-8 become question marks. */
void svg_put_text(const struct text_out *out, const char *text);

/* Copy a drawing of gnuplot's from its start, with this title in place of gnuplot's name, and as
 * one image to a screen reader. Returns false if it cannot be read; errno says why. */
bool svg_put_titled(FILE *drawn, const char *title, const struct text_out *out);

#endif
