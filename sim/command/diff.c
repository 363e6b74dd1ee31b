/* `mmsim diff`: the first event with another outcome under each of two strategies. */
#include <inttypes.h>
#include <stdio.h>

#include "command/command.h"
#include "report/diff_report.h"

static int diff_trace(const struct arguments *arguments, struct diff_request *request)
{
    static struct diff diff;
    struct machine_choice choice;

    if (!machine_for_trace(arguments, request->trace, &choice))
        return STATUS_BAD_INPUT;
    request->map = &choice.map;
    diff_run(&diff, request);
    if (diff.status == RUN_BAD_TRACE)
        return bad_input("%s", diff.reason);
    if (diff.status == RUN_FAILED)
        return report_failure(request->strategies[diff.failed_side], diff.reason);
    if (arguments_have(arguments, OPTION_JSON))
        diff_print_json(&diff, request, choice.ram_bytes, stdout);
    else
        diff_print(&diff, request, choice.ram_bytes, choice.ram_source, stdout);
    return STATUS_DONE;
}

static int run(const struct arguments *arguments)
{
    const struct strategy *strategies[COMPARE_MAX];
    struct trace trace;
    struct sim_error error;
    uint32_t count = strategies_of_arguments(arguments, strategies);

    if (count == 0)
        return STATUS_BAD_INPUT;
    if (count != DIFF_SIDES)
        return bad_input("--strategies %s: diff compares two strategies, not %" PRIu32,
                         arguments->value[OPTION_STRATEGIES], count);
    if (!trace_open(&trace, arguments->words[0], &error))
        return report_error(&error);
    struct diff_request request = {.trace = &trace, .strategies = {strategies[0], strategies[1]}};
    int status = diff_trace(arguments, &request);
    trace_close(&trace);
    return status;
}

const struct command command_diff = {
    .name = "diff",
    .synopsis = "diff TRACE --strategies A,B [--ram SIZE | --memmap FILE] [--json]",
    .summary = "find the first event that two strategies serve differently",
    .operands = {TRACE_OPERAND},
    .options = MACHINE_OPTIONS | OPTION_BIT(STRATEGIES) | OPTION_BIT(JSON),
    .required = OPTION_BIT(STRATEGIES),
    .option_help = {[OPTION_STRATEGIES] =
                        "the two strategies to compare; `mmsim strategies` lists them"},
    .notes = "An event differs if it fails under one strategy only, or fails for another cause. "
             "The output shows the events around the first one, what is free on either side, who "
             "is in the way, and how many events differ in all. The exit status is 0 whether they "
             "differ or not.",
    .examples = "mmsim diff bench/traces/gcc_512.mmb.zst --strategies brk,zoned --ram 88M\n",
    .run = run,
};
