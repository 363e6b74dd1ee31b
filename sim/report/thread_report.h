/* What the thread claims, and what was measured of it, for people and for scripts. */
#ifndef REPORT_THREAD_REPORT_H
#define REPORT_THREAD_REPORT_H

#include <stdio.h>

#include "lab/thread.h"

struct thread_report {
    struct trace *trace;
    uint64_t ram_bytes;
    const char *ram_source; /* "--ram", "chosen from the trace", the file of --memmap */
    uint32_t count;
    const struct strategy *const *strategies;
    const struct thread_facts *facts;
};

/* The table, within terminal_width(). */
void thread_print(const struct thread_report *report, FILE *out);

/*
 * One JSON object: trace, events, ram_bytes; claims, a list of {claim, who, quote, label, measure,
 * unit, by_strategy}, where by_strategy has a number for each strategy (a cause's name for unit
 * "cause"), or null: not measured; errors, a list of {strategy, error}.
 */
void thread_print_json(const struct thread_report *report, FILE *out);

#endif
