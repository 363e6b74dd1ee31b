/* Traces drawn at random, of every kind of event, that make sense: for properties that hold of any.
 */
#ifndef SUPPORT_RANDOM_TRACE_H
#define SUPPORT_RANDOM_TRACE_H

#include <stdint.h>

/*
 * The text of a trace of `events` events, the same for the same seed; the caller frees it. At most
 * 24 blocks are live at once, of some 64 KiB at most, and 3 processes, whose requests are often
 * enough such that no memory manager would serve them.
 */
char *random_trace(uint32_t seed, uint32_t events);

#endif
