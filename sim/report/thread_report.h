/* The claims of the thread and their measures, as a table and as JSON. */
#ifndef REPORT_THREAD_REPORT_H
#define REPORT_THREAD_REPORT_H

#include <stdio.h>

#include "lab/thread.h"

struct thread_report {
    struct trace *trace;
    uint64_t ram_bytes;
    const char *ram_source; /* how the size was decided: "--ram", "chosen from the trace", or the
                               file of --memmap */
    uint32_t count;
    const struct strategy *const *strategies;
    const struct thread_facts *facts;
};

/* Print the table, within terminal_width(). */
void thread_print(const struct thread_report *report, FILE *out);

/* Print one JSON object: trace, events, ram_bytes; claims, a list of {claim, who, quote, label,
 * measure, unit, by_strategy}, where by_strategy has a number for each strategy (the name of a
 * cause for unit "cause"), or null if it was not measured; errors, a list of {strategy, error}. */
void thread_print_json(const struct thread_report *report, FILE *out);

#endif
