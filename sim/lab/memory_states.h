/* The machine of trace/memory_state.h: says in which order a strategy hands out frames, and writes
   the trace that leaves a state. */
#ifndef LAB_MEMORY_STATES_H
#define LAB_MEMORY_STATES_H

#include "lab/experiment.h"
#include "trace/memory_state.h"

struct state_lab {
    const struct strategy *strategy;
    const struct memmap *map; /* NULL: that of a PC with as much RAM as is asked for */
};

/* Connects a machine with a lab, which must outlive it. ram_bytes: what the user has chosen, or
   0. */
struct state_machine state_lab_machine(struct state_lab *lab, uint64_t ram_bytes);

#endif
