/* Where two strategies part. */
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
    uint32_t count = 0;

    if (arguments_have(arguments, OPTION_STRATEGIES))
        count = strategies_of_arguments(arguments, strategies);
    if (arguments_have(arguments, OPTION_STRATEGIES) && count == 0)
        return STATUS_BAD_INPUT;
    if (count != DIFF_SIDES)
        return bad_input("diff needs --strategies A,B: two of `mmsim strategies`");
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
    .summary = "the first event with another outcome under each of two strategies",
    .help = TRACE_HELP MACHINE_HELP
    "  --strategies A,B  two of `mmsim strategies`\n" JSON_HELP
    "Shown are the events around it, what is free on either side, and who is in the way; and how\n"
    "many events differ in all: where one fails and the other does not, or for another cause.\n"
    "The exit status is 0 whether they differ or not.\n",
    .options = MACHINE_OPTIONS | OPTION_BIT(STRATEGIES) | OPTION_BIT(JSON),
    .words = 1,
    .run = run,
};
