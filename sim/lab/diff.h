/* Finds the first event of a trace that has another outcome under one strategy than under another.
 */
#ifndef LAB_DIFF_H
#define LAB_DIFF_H

#include <mm/fragmentation.h>

#include "lab/experiment.h"

#define DIFF_SIDES 2u
#define DIFF_AROUND                                                                                \
    5u /* this many events are shown before the first that differs, and after it                   \
        */
#define DIFF_SHOWN (2u * DIFF_AROUND + 1u)

#define DIFF_LINE_BYTES 128u

/* The outcome of an event is one byte: an enum mm_cause and these bits. */
#define OUTCOME_LATE    0x08u /* the failure came at the touch */
#define OUTCOME_SKIPPED 0x10u /* it names a block or process that was never made */
#define OUTCOME_CAUSE   0x07u

/* An event differs if one side fails and the other does not, or if they fail for different causes,
 * or if only one fails late. An event that was skipped because of an earlier failure does not
 * differ. */
struct diff_counts {
    uint64_t events;             /* events that differ */
    uint64_t failed[DIFF_SIDES]; /* requests that failed, whether they differ or not */
};

struct diff_shown {
    uint64_t event;              /* the number of the event */
    char line[DIFF_LINE_BYTES];  /* as in the text form of a trace; cut if it is longer */
    uint8_t outcome[DIFF_SIDES]; /* OUTCOME_... */
};

/* One strategy at the first event that differs: the free memory before it, and its failure. */
struct diff_side {
    enum run_status status;
    char reason[RUN_REASON_BYTES];
    uint64_t free_bytes;
    struct free_blocks free;
    uint32_t heap_span_bytes;
    struct replay_failure
        failure; /* with its culprit; its event is 0 if this side serves the request */
};

struct diff_request {
    struct trace *trace;
    const struct strategy *strategies[DIFF_SIDES];
    const struct memmap *map;
};

struct diff {
    enum run_status status;
    char reason[RUN_REASON_BYTES]; /* unless RUN_DONE */
    uint32_t failed_side;          /* RUN_FAILED: the side that the reason is about */
    struct diff_counts counts;
    uint64_t first; /* the first event that differs; 0: there is none */
    uint32_t shown_count;
    struct diff_shown shown[DIFF_SHOWN];
    struct diff_side sides[DIFF_SIDES];
};

/* Compare two strategies, which run side by side in processes of their own. Memory does not grow
 * with the trace. O(events) */
void diff_run(struct diff *diff, const struct diff_request *request);

#endif
