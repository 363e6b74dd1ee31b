#include "support/explaining.h"

#include <mm/strategy.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

struct explanation explained;

static void explain_with(const char *strategy, uint64_t ram_bytes, bool look_for_ram,
                         const char *events, uint64_t failure)
{
    struct trace trace = lab_trace_text(events);
    const struct memmap map = lab_map(ram_bytes);
    const struct explain_request request = {.trace = &trace,
                                            .strategy = mm_strategy_find(strategy),
                                            .map = &map,
                                            .ram_bytes = ram_bytes,
                                            .memmap_given = !look_for_ram,
                                            .failure = failure};

    explain_run(&explained, &request);
    trace_close(&trace);
    assert_int_equal(explained.status, RUN_DONE);
}

void explain(const char *strategy, uint64_t ram_bytes, const char *events, uint64_t failure)
{
    explain_with(strategy, ram_bytes, false, events, failure);
}

void explain_ram(const char *strategy, uint64_t ram_bytes, const char *events)
{
    explain_with(strategy, ram_bytes, true, events, 1);
}

void explain_on_map(struct memmap own, const char *events)
{
    struct trace trace = lab_trace_text(events);
    const struct explain_request request = {.trace = &trace,
                                            .strategy = mm_strategy_find("brk"),
                                            .map = &own,
                                            .memmap_given = true,
                                            .failure = 1};

    explain_run(&explained, &request);
    trace_close(&trace);
    assert_int_equal(explained.status, RUN_DONE);
}

const struct explain_trial *trial_of(const char *strategy)
{
    for (uint32_t i = 0; i < explained.other_count; i++)
        if (strcmp(explained.other[i]->name, strategy) == 0)
            return &explained.other_trial[i];
    fail_msg("%s was not tried", strategy);
    return NULL;
}
