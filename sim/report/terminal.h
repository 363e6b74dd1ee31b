/* What the terminal is like, if there is one, that results and messages go to. */
#ifndef REPORT_TERMINAL_H
#define REPORT_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

#define TERMINAL_WIDTH_DEFAULT 80u /* of files and pipes */
#define TERMINAL_WIDTH_MIN     40u /* narrower terminals get lines of this width */

/* The columns that results may take: COLUMNS where that is a number above 0, else the width of the
   terminal that standard output is, else TERMINAL_WIDTH_DEFAULT. */
uint32_t terminal_width(void);

/* The same for the terminal behind a descriptor, whatever COLUMNS says: 0 where it is none. */
uint32_t terminal_width_of(int fd);

/* May escape sequences go to this descriptor? Only to a terminal, and not where TERM is dumb. */
bool terminal_takes_escapes(int fd);

/* Is colour wanted there? As above, and NO_COLOR is not set, or empty (https://no-color.org). */
bool terminal_takes_colour(int fd);

#endif
