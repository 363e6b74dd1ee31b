/*
 * The paper that reports are printed on. It keeps every line within the terminal's width, colours
 * what is marked where the terminal takes colour, and lets no other control character through:
 * names in traces and arguments cannot command a terminal.
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include <stdint.h>
#include <stdio.h>

/* Marks in the text. They take no column, and vanish where there is no colour: what they say is
   always said by the text, too. */
#define PAGE_MARK    "\001"
#define PAGE_PLAIN   PAGE_MARK "0" /* what is marked ends here */
#define PAGE_FAILURE PAGE_MARK "1"
#define PAGE_WORST   PAGE_MARK "2"
#define PAGE_BEST    PAGE_MARK "3"

/*
 * A stream in front of out, of terminal_width() columns; fclose() it before anything else goes to
 * out. A longer line is broken at blanks. What follows stands below the line's second column, that
 * is, where the first gap of two blanks ends, or two columns in from the line's start if there is
 * no such gap. A word that is too long for a line has one to itself.
 */
FILE *page_open(FILE *out);

/* Columns of a text: characters of UTF-8, without marks. */
uint32_t page_columns(const char *text);

#endif
