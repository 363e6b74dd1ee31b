/* Strategies side by side, each in a process of its own: one that crashes leaves the others
 * unharmed. */
#ifndef LAB_COMPARE_H
#define LAB_COMPARE_H

#include "lab/experiment.h"

/* As many as there are names for in a table; more than there will ever be strategies. */
#define COMPARE_MAX 32u

/*
 * Run `count` <= COMPARE_MAX strategies over a trace, on machines with these options (NULL: the
 * defaults), as many at a time as there are processors;
 * outcomes[i] is what came of strategies[i]. watches[i], if watches is not NULL, watches it, in its
 * process.
 */
void compare_run(struct run_outcome outcomes[], const struct trace *trace,
                 const struct strategy *const strategies[], uint32_t count,
                 const struct memmap *map, const struct machine_options *options,
                 const struct experiment_watch watches[]);

#endif
