/* Sweeps over two small traces, as tests of them begin. */
#ifndef SUPPORT_SWEEPING_H
#define SUPPORT_SWEEPING_H

#include "lab/sweep.h"

#define MIB    UINT64_C(0x100000)
#define TRACES 2u

extern struct trace traces[TRACES];
extern const struct strategy *strategies[2]; /* brk and zoned */
extern const struct sweep_range range;

extern char reason[1024];   /* why a job of the last sweep is broken */
extern uint32_t jobs_run;   /* in the last sweep, so far */
extern uint32_t stop_after; /* so many jobs SIGTERM comes; 0: never. Set behind request_of() */

/* Around a group of tests: make the traces, and close them. */
int sweeping_setup(void **state);
int sweeping_teardown(void **state);

/* Of all traces, under the first strategies. journal: may be NULL. */
struct sweep_request request_of(uint32_t strategy_count, uint32_t at_once, const char *journal);

/* Run it: it ends so, or the test fails. The caller frees the results. */
struct sweep_results sweep(const struct sweep_request *request, enum sweep_end expected);

void assert_same(const struct sweep_results *a, const struct sweep_results *b);

#endif
