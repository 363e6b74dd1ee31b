/* Runs of `mmsim replay` for tests, and what their JSON says. */
#ifndef SUPPORT_SCENARIO_H
#define SUPPORT_SCENARIO_H

#include <stdint.h>

#include "support/program.h"

/* A value of the JSON as it stands there. */
struct expected {
    const char *path;
    const char *value;
};

/* The last run. */
extern struct program scenario_program;

/* Replay a trace, with an option (--ram or --memmap) and its value: it ends well, with JSON. */
void scenario_replay(const char *trace, const char *option, const char *machine,
                     const char *strategy);

/* A value of the last run's JSON is this, as it stands there. */
void scenario_expect(const char *trace, const char *strategy, const char *path, const char *value);

/* Each failure has exactly one cause. */
void scenario_expect_one_cause_each(void);

/* A number as it stands in JSON; valid until the next call. */
const char *scenario_number(uint64_t value);

#endif
