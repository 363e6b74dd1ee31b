/* Traces by themselves: what is in them, where they come from, their forms. */
#include <stdio.h>

#include "command/commands.h"
#include "report/info_report.h"
#include "trace/convert.h"
#include "trace/import.h"

int command_info(const struct arguments *arguments)
{
    struct trace trace;
    struct trace_info info;
    struct sim_error error;

    if (!trace_open(&trace, arguments->words[0], &error))
        return report_error(&error);
    int status = STATUS_DONE;
    if (!trace_info_collect(&trace, &info, &error)) {
        status = report_error(&error);
    } else {
        if ((arguments->given & OPTION_JSON) != 0)
            info_print_json(&info, &trace, stdout);
        else
            info_print(&info, &trace, stdout);
        trace_info_free(&info);
    }
    trace_close(&trace);
    return status;
}

int command_import(const struct arguments *arguments)
{
    struct import_counts counts;
    struct sim_error error;

    if (arguments->out == NULL)
        return bad_input("import needs -o OUT, a name that ends in .mmb, .mmb.zst or .mmb.xz");
    if (!trace_import(arguments->words[0], arguments->words[1], arguments->out, &counts, &error))
        return report_error(&error);
    import_print(&counts, stderr);
    return STATUS_DONE;
}

int command_convert(const struct arguments *arguments)
{
    struct sim_error error;

    if (!trace_convert(arguments->words[0], arguments->words[1], &error))
        return report_error(&error);
    return STATUS_DONE;
}
