/* The sequences of the heap tables. Each is drawn when it is first asked for. */
#ifndef BENCH_HEAP_SEQUENCES_H
#define BENCH_HEAP_SEQUENCES_H

#include "requests.h"

enum heap_sequence { SEQUENCE_MIX_10K, SEQUENCE_MIX_100K, SEQUENCE_TORTURE, SEQUENCES };

/* Draws all of them, and touches their slots, so that neither counts as memory of a heap that a
   child process measures. */
void heap_sequences_draw(void);

const struct requests *heap_sequence(enum heap_sequence sequence);

#endif
