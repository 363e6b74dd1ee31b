/* Sweeps over two small traces, for tests. */
#ifndef SUPPORT_SWEEPING_H
#define SUPPORT_SWEEPING_H

#include "lab/sweep.h"

#define MIB    UINT64_C(0x100000)
#define TRACES 2u

extern struct trace traces[TRACES];
extern const struct strategy *strategies[2]; /* brk and zoned */
extern const struct sweep_range range;

extern char reason[1024];   /* why a job of the last sweep failed */
extern uint32_t jobs_run;   /* jobs of the last sweep that are done */
extern uint32_t stop_after; /* jobs before SIGTERM is raised; 0: never. Set after request_of() */

/* The fixtures of a group of tests: they make the traces and close them. */
int sweeping_setup(void **state);
int sweeping_teardown(void **state);

/* Returns a request for both traces under the first `strategy_count` strategies. journal may be
 * NULL. */
struct sweep_request request_of(uint32_t strategy_count, uint32_t at_once, const char *journal);

/* Runs the sweep. Fails the test unless it ends as expected. The caller frees the results. */
struct sweep_results sweep(const struct sweep_request *request, enum sweep_end expected);

void assert_same(const struct sweep_results *a, const struct sweep_results *b);

#endif
