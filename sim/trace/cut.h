/*
 * A range of a trace's events, as a trace of its own: what is live before the range is made first,
 * so that memory is as loaded as it was: `mmsim cut`.
 */
#ifndef TRACE_CUT_H
#define TRACE_CUT_H

#include "trace_file.h"
#include "trace_writer.h"

#include <stdint.h>

struct cut_range {
    uint64_t first; /* numbers of events, from 1, both inclusive */
    uint64_t last;
    bool needed; /* make only what events of the range name */
};

/* "100..200", "100..", "..200": to or from the end of a trace of `events` events. false: the error
   says what is wrong with it. */
bool cut_range_parse(struct cut_range *range, const char *text, uint64_t events,
                     struct sim_error *error);

/*
 * Write the events of the range into writer, as they are, with their IDs and sites. If it does not
 * begin with the first event, what is live there comes before them: the blocks with their present
 * sizes, processes with their regions, brk and touched pages, in the order in which the trace made
 * them, and a mark before and behind it. Every request before the range is taken as served.
 *
 * The whole trace is checked. false: it is damaged or makes no sense; the error says where. Memory:
 * what is live at once. O(events + what is live * log of it)
 */
bool trace_cut(struct trace *trace, const struct cut_range *range, struct trace_writer *writer,
               struct sim_error *error);

#endif
