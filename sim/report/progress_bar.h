/* A line on standard error that says how far a long run is: the part done, the rate, the time to
 * go. It is shown only on a terminal, appears when a step (trace/progress.h) takes longer than a
 * moment, goes when the step ends, and is cleared when a signal ends the program. */
#ifndef REPORT_PROGRESS_BAR_H
#define REPORT_PROGRESS_BAR_H

#include <stdint.h>

#include "trace/progress.h"

#define PROGRESS_TEXT_BYTES 160u

struct progress_text {
    char text[PROGRESS_TEXT_BYTES];
};

/* Show the progress of this process from now on, in lines that begin with `what`. Nothing is shown
 * if standard error is not a terminal, or a dumb one. While a line is shown, SIGINT, SIGTERM,
 * SIGHUP and SIGQUIT clear it before they do what they did before. */
void progress_bar_start(const char *what);

/* Add a note to the line, of which at most 60 bytes are kept. */
__attribute__((format(printf, 1, 2))) void progress_bar_note(const char *format, ...);

/* Clear the line until there is progress again. Call it before anything else is written to the
 * terminal. */
void progress_bar_clear(void);

/* The line for so much progress in so many milliseconds: "compare: [##########..........] 51
 * %, 12.3 M events/s, 0:07 to go". note may be "". */
struct progress_text progress_text(const char *what, const char *note,
                                   const struct progress *progress, uint64_t elapsed_ms);

#endif
