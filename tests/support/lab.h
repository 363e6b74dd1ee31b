/* What a test of the lab starts with: a trace out of a text, and a machine's memory map. */
#ifndef SUPPORT_LAB_H
#define SUPPORT_LAB_H

#include "lab/experiment.h"

/* Open a trace, or fail the test. The caller closes it. */
struct trace lab_trace(const char *path);

/* Likewise, of a text: its events, without the first line. */
struct trace lab_trace_text(const char *events);

/* The map of QEMU's PC. */
struct memmap lab_map(uint64_t ram_bytes);

#endif
