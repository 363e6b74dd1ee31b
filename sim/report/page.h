/* A stream for reports. It keeps every line within the terminal's width, shows marked text in
 * colour if the terminal takes colour, and lets no other control character through, so that names
 * in traces and arguments cannot control a terminal. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include <stdint.h>
#include <stdio.h>

/* Marks in the text. They take no column. Without colour they are left out, so the text must say
 * the same. */
#define PAGE_MARK    "\001"
#define PAGE_PLAIN   PAGE_MARK "0" /* the end of marked text */
#define PAGE_FAILURE PAGE_MARK "1"
#define PAGE_WORST   PAGE_MARK "2"
#define PAGE_BEST    PAGE_MARK "3"

/* The mark that gives the text the colour of a kind of frames (report/frame_colours.h), and the one
   that gives it to the ground behind the text. */
#define PAGE_INK_OF(kind)    ((char)(0x40 + (kind)))
#define PAGE_GROUND_OF(kind) ((char)(0x60 + (kind)))

/*
 * Open a stream in front of out, of terminal_width() columns. fclose() it before anything else is
 * written to out. A longer line is broken at blanks, and continues below its second column: where
 * the first gap of two blanks ends. A line without such a gap continues two columns in from its
 * start. A word that is too long for a line has a line to itself.
 */
FILE *page_open(FILE *out);

/* The columns of a text: its UTF-8 characters without marks. */
uint32_t page_columns(const char *text);

#endif
