#include <stdio.h>

#include "command/command.h"
#include "report/info_report.h"

static int run(const struct arguments *arguments)
{
    struct trace trace;
    struct trace_info info;
    struct sim_error error;

    if (!trace_open_once(&trace, arguments->words[0], &error))
        return report_error(&error);
    int status = STATUS_DONE;
    if (!trace_info_collect(&trace, &info, &error)) {
        status = report_error(&error);
    } else {
        if (arguments_have(arguments, OPTION_JSON))
            info_print_json(&info, &trace, stdout);
        else
            info_print(&info, &trace, stdout);
        trace_info_free(&info);
    }
    trace_close(&trace);
    return status;
}

const struct command command_info = {
    .name = "info",
    .synopsis = "info TRACE [--json]",
    .summary = "describe a trace: its events, sizes, lifetimes and peaks",
    .operands = {TRACE_OPERAND},
    .options = OPTION_BIT(JSON),
    .examples = "mmsim info bench/traces/gcc_512.mmb.zst\n",
    .run = run,
};
