/*
 * One line on standard error, where that is a terminal, that says how far a long run is: the part
 * done, the rate, the time to go. It comes when a step (trace/progress.h) takes longer than a
 * moment, goes when the step ends, and is cleared when a signal ends the program.
 */
#ifndef REPORT_PROGRESS_BAR_H
#define REPORT_PROGRESS_BAR_H

#include <stdint.h>

#include "trace/progress.h"

#define PROGRESS_TEXT_BYTES 160u

struct progress_text {
    char text[PROGRESS_TEXT_BYTES];
};

/* Show the progress of this process from now on, each line beginning with `what`. Nothing happens
   where standard error is no terminal, or a dumb one. While a line stands, SIGINT, SIGTERM, SIGHUP
   and SIGQUIT clear it before they do what they did before. */
void progress_bar_start(const char *what);

/* Said in the line, too: at most 60 bytes are kept. */
__attribute__((format(printf, 1, 2))) void progress_bar_note(const char *format, ...);

/* The line goes, until there is progress again. Before anything else is written to the terminal. */
void progress_bar_clear(void);

/* "compare: [##########..........] 51 %, 12.3 M events/s, 0:07 to go": what so much progress in so
   many milliseconds is; note may be "". */
struct progress_text progress_text(const char *what, const char *note,
                                   const struct progress *progress, uint64_t elapsed_ms);

#endif
