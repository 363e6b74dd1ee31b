/*
 * Cuts a range of events out of a trace, as a trace of its own: `mmsim cut`. The cut first creates
 * what was live before the range, so that memory is as full as it was.
 */
#ifndef TRACE_CUT_H
#define TRACE_CUT_H

#include "trace_file.h"
#include "trace_writer.h"

#include <stdint.h>

struct cut_range {
    uint64_t first; /* numbers of events, from 1, both inclusive */
    uint64_t last;
    bool needed; /* create only what the events of the range name */
};

/* Reads "100..200", "100.." or "..200", for a trace of `events` events. false: the error says what
   is wrong with it. */
bool cut_range_parse(struct cut_range *range, const char *text, uint64_t events,
                     struct sim_error *error);

/*
 * Writes the events of the range into writer, with their IDs and sites. Before them come the events
 * that create what is live when the range begins, between two marks: blocks with their present
 * sizes, processes with their regions, brk and touched pages, in the order in which the trace
 * created them. Every request before the range counts as served.
 *
 * The whole trace is checked. false: it is damaged or makes no sense; the error says where. Memory
 * grows with what is live at once. O(events + n log n), n being what is live
 */
bool trace_cut(struct trace *trace, const struct cut_range *range, struct trace_writer *writer,
               struct sim_error *error);

#endif
