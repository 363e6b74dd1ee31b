/* A failure in a few lines: the request, the free memory, the blocker. */
#ifndef REPORT_FAILURE_REPORT_H
#define REPORT_FAILURE_REPORT_H

#include <stdio.h>

#include "replay/replay.h"
#include "trace/trace_file.h"

/* Print the rest of a line that begins with the cause and the event, and then the lines about the
 * culprit and the access, indented under a strategy's name. */
void failure_print(const struct replay_failure *failure, struct trace *trace, FILE *out);

/* The meaning of a cause, as a clause. */
const char *cause_meaning(enum mm_cause cause);

/* Print the access that failed with MM_BAD_ACCESS in two lines: the first is indented by `indent`,
 * the second by two more. Prints nothing for another cause. */
void access_print(const struct replay_failure *failure, int indent, FILE *out);

#endif
