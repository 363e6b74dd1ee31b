/* Traces and a memory map for tests of the lab. */
#ifndef SUPPORT_LAB_H
#define SUPPORT_LAB_H

#include "lab/experiment.h"

/* Opens a trace, or fails the test. The caller closes it. */
struct trace lab_trace(const char *path);

/* Makes a trace of a text of events, without the first line of a trace file, and opens it. */
struct trace lab_trace_text(const char *events);

/* Returns the memory map of QEMU's PC. */
struct memmap lab_map(uint64_t ram_bytes);

#endif
