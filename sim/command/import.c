#include <stdio.h>

#include "command/command.h"
#include "report/info_report.h"
#include "trace/import.h"

static int run(const struct arguments *arguments)
{
    const char *out = arguments->value[OPTION_OUTPUT];
    struct import_options options = {0};
    struct import_counts counts;
    struct sim_error error;

    if (out == NULL)
        return bad_input("import needs -o OUT, a name that ends in .mmb, .mmb.zst or .mmb.xz");
    if (!trace_import(arguments->words[0], arguments->words[1], out, &options, &counts, &error))
        return report_error(&error);
    import_print(&counts, stderr);
    return STATUS_DONE;
}

const struct command command_import = {
    .name = "import",
    .synopsis = "import FORMAT FILE|- -o OUT",
    .summary = "make a trace of a log",
    .help = "  FORMAT            ftrace: the kmem events of /sys/kernel/tracing/trace\n"
            "  FILE              the log, zstd or xz compressed or not; - is standard input\n"
            "  -o OUT            the trace: .mmb, .mmb.zst, .mmb.xz; - is standard output\n"
            "What the log holds beside the trace is counted on standard error.\n",
    .options = OPTION_BIT(OUTPUT),
    .words = 2,
    .run = run,
};
