/* Where two strategies part: the first event of a trace with another outcome under each. */
#ifndef LAB_DIFF_H
#define LAB_DIFF_H

#include <mm/fragmentation.h>

#include "lab/experiment.h"

#define DIFF_SIDES  2u
#define DIFF_AROUND 5u /* events shown before the first that differs, and behind it */
#define DIFF_SHOWN  (2u * DIFF_AROUND + 1u)

#define DIFF_LINE_BYTES 128u

/* The outcome of an event is one byte: an enum mm_cause and these bits. */
#define OUTCOME_LATE    0x08u /* the failure came at the touch */
#define OUTCOME_SKIPPED 0x10u /* it names a block or process that was never made */
#define OUTCOME_CAUSE   0x07u

/* Events differ where one side fails and the other does not, for another cause, or late. What is
   skipped because of an earlier failure does not. */
struct diff_counts {
    uint64_t events;             /* that differ */
    uint64_t failed[DIFF_SIDES]; /* requests that failed, differing or not */
};

struct diff_shown {
    uint64_t event;              /* its number */
    char line[DIFF_LINE_BYTES];  /* as in the text form; cut where it is longer */
    uint8_t outcome[DIFF_SIDES]; /* OUTCOME_... */
};

/* A strategy at the first event that differs: what is free before it, how it fails. */
struct diff_side {
    enum run_status status;
    char reason[RUN_REASON_BYTES];
    uint64_t free_bytes;
    struct free_blocks free;
    uint32_t heap_span_bytes;
    struct replay_failure failure; /* with its culprit; its event is 0: it does not fail */
};

struct diff_request {
    struct trace *trace;
    const struct strategy *strategies[DIFF_SIDES];
    const struct memmap *map;
};

struct diff {
    enum run_status status;
    char reason[RUN_REASON_BYTES]; /* unless RUN_DONE */
    uint32_t failed_side;          /* RUN_FAILED: whose reason it is */
    struct diff_counts counts;
    uint64_t first; /* number of the first event that differs; 0: none does */
    uint32_t shown_count;
    struct diff_shown shown[DIFF_SHOWN];
    struct diff_side sides[DIFF_SIDES];
};

/* Both run side by side, in processes of their own. Memory does not grow with the trace.
   O(events) */
void diff_run(struct diff *diff, const struct diff_request *request);

#endif
