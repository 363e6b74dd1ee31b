/* A failure in a line or two: what was asked, what was free, who stood in the way. */
#ifndef REPORT_FAILURE_REPORT_H
#define REPORT_FAILURE_REPORT_H

#include <stdio.h>

#include "replay/replay.h"
#include "trace/trace_file.h"

/* The rest of a line that says when it was and for what cause, and the lines about its culprit and
   its access, indented under a strategy's name. */
void failure_print(const struct replay_failure *failure, struct trace *trace, FILE *out);

/* What a cause means, as a clause. */
const char *cause_meaning(enum mm_cause cause);

/* The access that failed with MM_BAD_ACCESS, in two lines: the first is indented by `indent`, the
   second by two more. Prints nothing for another cause. */
void access_print(const struct replay_failure *failure, int indent, FILE *out);

#endif
