/* A bad access, as people read it. */
#ifndef REPORT_ACCESS_REPORT_H
#define REPORT_ACCESS_REPORT_H

#include <stdio.h>

#include "replay/replay.h"

/* What a process did that it may not, and why, for MM_BAD_ACCESS; nothing for other causes. Two
   lines, for both may be long, the first indented by `indent`, the second by two more. */
void access_print(const struct replay_failure *failure, int indent, FILE *out);

#endif
