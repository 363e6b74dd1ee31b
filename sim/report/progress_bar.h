/* How far a long run is, and how long it still takes, as one line. */
#ifndef REPORT_PROGRESS_BAR_H
#define REPORT_PROGRESS_BAR_H

#include <stdint.h>

#define PROGRESS_TEXT_BYTES 96u

struct progress_text {
    char text[PROGRESS_TEXT_BYTES];
};

/* "[#####...............] 12 of 63 jobs, 1:07 to go". Time goes by work, of which so much was done
   in so many milliseconds; before any is done, nothing is said of time. work_done <= work */
struct progress_text progress_text(uint32_t done, uint32_t jobs, uint64_t work_done, uint64_t work,
                                   uint64_t elapsed_ms);

#endif
