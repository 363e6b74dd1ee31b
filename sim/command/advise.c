/* `mmsim advise`: which strategy to take for a trace, for which aim. */
#include <stdio.h>

#include <mm/strategy.h>

#include "command/command.h"
#include "lab/advice.h"
#include "report/advice_report.h"

/* Chooses the range of RAM, or takes that of --ram. Returns false after a message. */
static bool range_of(const struct arguments *arguments, const struct trace *trace,
                     const struct strategy *const strategies[], uint32_t count,
                     struct sweep_range *range)
{
    if (!arguments_have(arguments, OPTION_RAM)) {
        *range = advice_choose_range(trace, strategies, count);
        return true;
    }
    *range = (struct sweep_range){.step_bytes = ADVICE_STEP_BYTES, .points = ADVICE_POINTS_MAX};
    if (!ram_range_of_arguments(arguments, range))
        return false;
    const char *wrong = sweep_range_settle(range);
    if (wrong != NULL)
        bad_input("--ram %s: %s", arguments->value[OPTION_RAM], wrong);
    return wrong == NULL;
}

/* A strategy that has no result at one size is reported once. */
static int results_status(const struct advice *advice)
{
    int status = STATUS_DONE;

    for (uint32_t i = 0; i < advice->count; i++) {
        const char *error = advice_error(advice, i);
        if (error != NULL)
            status = report_failure(advice->results[i].strategy, error);
    }
    return status;
}

static int advise(const struct arguments *arguments, struct trace *trace,
                  const struct strategy *const strategies[], uint32_t count)
{
    static struct advice advice;
    struct sim_error error;
    struct sweep_range range;

    if (!trace_verify(trace, &error))
        return report_error(&error);
    if (!range_of(arguments, trace, strategies, count, &range))
        return STATUS_BAD_INPUT;
    advice_run(&advice, trace, strategies, count, &range);
    int status = results_status(&advice);
    if (arguments_have(arguments, OPTION_JSON))
        advice_print_json(&advice, stdout);
    else
        advice_print(&advice,
                     arguments_have(arguments, OPTION_RAM) ? "--ram" : "chosen; --ram A..B sets it",
                     stdout);
    advice_free(&advice);
    return status;
}

static int run(const struct arguments *arguments)
{
    return strategies_on_trace(arguments, advise);
}

const struct command command_advise = {
    .name = "advise",
    .synopsis = "advise TRACE [--strategies A,B,...] [--ram A..B] [--json]",
    .summary = "say which strategy to take for which aim",
    .operands = {TRACE_OPERAND},
    .options = OPTION_BIT(STRATEGIES) | OPTION_BIT(RAM) | OPTION_BIT(JSON),
    .option_help = {[OPTION_RAM] =
                        "the sizes of RAM, a range A..B such as 64M..96M; default: from "
                        "a little below the least RAM of all strategies to the least RAM "
                        "of the one that needs the most"},
    .notes = "Each strategy replays the trace with five sizes of RAM. Its least RAM is searched in "
             "steps of 1 MiB, and its time is measured with the most RAM, one strategy at a time. "
             "The output says which strategies to take for the least RAM, the fewest failures, "
             "speed, the least metadata and no late failures, which differences do not matter, and "
             "why requests fail when memory gets short.",
    .examples = "mmsim advise bench/traces/gcc_512.mmb.zst\n"
                "mmsim advise own.mmb --strategies brk,jump,zoned --ram 64M..128M --json\n",
    .run = run,
};
