/* The properties of the terminal to which results and messages go, if there is one. */
#ifndef REPORT_TERMINAL_H
#define REPORT_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

#define TERMINAL_WIDTH_DEFAULT 80u /* the width of files and pipes */
#define TERMINAL_WIDTH_MIN     40u /* narrower terminals get lines of this width */

/* The columns that results may take: COLUMNS if that is a number above 0, else the width of the
 * terminal on standard output, else TERMINAL_WIDTH_DEFAULT. */
uint32_t terminal_width(void);

/* The width of the terminal behind a descriptor, regardless of COLUMNS; 0 if it is not a terminal.
 */
uint32_t terminal_width_of(int fd);

/* Whether escape sequences may be sent to this descriptor: only to a terminal, and not if TERM is
 * dumb. */
bool terminal_takes_escapes(int fd);

/* Whether colour may be sent there: as above, and NO_COLOR must be unset or empty
 * (https://no-color.org). */
bool terminal_takes_colour(int fd);

/* How many colours may be sent there: 0, 8 or 256. */
uint32_t terminal_colours(int fd);

/* Whether the character set of the locale in the environment is UTF-8. */
bool terminal_takes_utf8(void);

#endif
