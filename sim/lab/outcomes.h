/* What becomes of each event of a trace under a strategy, as a stream out of a process of its own:
 * two of them are compared without keeping either. */
#ifndef LAB_OUTCOMES_H
#define LAB_OUTCOMES_H

#include <sys/types.h>

#include "lab/experiment.h"

/* One byte an event: an enum mm_cause, and these. */
#define OUTCOME_LATE    0x08u /* the failure struck at the touch */
#define OUTCOME_SKIPPED 0x10u /* what it names was never made */
#define OUTCOME_CAUSE   0x07u

struct outcomes {
    pid_t pid;
    int fd;
    uint8_t buffer[4096];
    uint32_t at; /* in the buffer */
    uint32_t filled;
    char reason[RUN_REASON_BYTES]; /* after outcomes_next() returned false early: why */
};

/* Start. false: the reason. */
bool outcomes_open(struct outcomes *outcomes, const struct trace *trace,
                   const struct strategy *strategy, const struct memmap *map);

/* The next event's. false: it came to its end, at an event that it could not go beyond or behind
   the last: reason, "" where all went well. */
bool outcomes_next(struct outcomes *outcomes, uint8_t *outcome);

/* End it, wherever it is. */
void outcomes_close(struct outcomes *outcomes);

#endif
