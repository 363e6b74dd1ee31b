/* Random valid traces with every kind of event, for properties that hold for every trace. */
#ifndef SUPPORT_RANDOM_TRACE_H
#define SUPPORT_RANDOM_TRACE_H

#include <stdint.h>

/*
 * Returns the text of a trace of `events` events. The same seed gives the same text; the caller
 * frees it. At most 24 blocks of at most about 64 KiB are live at once, and 3 processes. Many
 * requests of the processes are ones that no memory manager would serve.
 */
char *random_trace(uint32_t seed, uint32_t events);

#endif
