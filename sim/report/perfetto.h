/*
 * Memory over time as Chrome trace events, which ui.perfetto.dev opens ("Trace Event Format",
 * Google, 2016). Each strategy is a process: its measures are counters, and its failures are
 * instant events. An event of the trace takes one microsecond.
 */
#ifndef REPORT_PERFETTO_H
#define REPORT_PERFETTO_H

#include "lab/evidence.h"

/* Write one JSON object: `traceEvents`, and the trace and the RAM in `otherData`. */
void perfetto_put(const struct evidence *evidence, const struct text_out *out);

#endif
