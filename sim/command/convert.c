#include "trace/convert.h"
#include "command/command.h"

static int run(const struct arguments *arguments)
{
    struct sim_error error;

    if (!trace_convert(arguments->words[0], arguments->words[1], &error))
        return report_error(&error);
    return STATUS_DONE;
}

const struct command command_convert = {
    .name = "convert",
    .synopsis = "convert IN OUT",
    .summary = "text to binary and back, checking every event",
    .help =
        "  IN                a trace; - is standard input\n"
        "  OUT               by its ending: .mmt text, .mmb binary, each also with .zst or .xz;\n"
        "                    - is text on standard output\n",
    .words = 2,
    .run = run,
};
