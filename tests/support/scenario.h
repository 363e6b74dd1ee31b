/* Runs `mmsim replay` for tests and checks its JSON. */
#ifndef SUPPORT_SCENARIO_H
#define SUPPORT_SCENARIO_H

#include <stdint.h>

#include "support/program.h"

/* A path in the JSON and the value there, as it is written. */
struct expected {
    const char *path;
    const char *value;
};

/* The last run. */
extern struct program scenario_program;

/* Replays a trace with an option (--ram or --memmap) and its value. Fails the test unless mmsim
 * succeeds and prints valid JSON. */
void scenario_replay(const char *trace, const char *option, const char *machine,
                     const char *strategy);

/* Fails the test unless the last run's JSON has this value at path. trace and strategy are for the
 * message. */
void scenario_expect(const char *trace, const char *strategy, const char *path, const char *value);

/* Fails the test unless each failure of the last run has exactly one cause. */
void scenario_expect_one_cause_each(void);

/* Returns a number as JSON writes it, valid until the next call. */
const char *scenario_number(uint64_t value);

#endif
