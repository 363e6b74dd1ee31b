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
    .summary = "convert a trace between text and binary",
    .operands =
        {{"IN", VALUE_FILE,
          "the trace to read; it may be compressed with zstd, xz or gzip. - is standard input",
          ONCE},
         {"OUT", VALUE_FILE,
          "the trace to write; the ending of its name selects the form: .mmt is text, .mmb "
          "is binary, and .zst or .xz may follow. - writes text to standard output",
          ONCE}},
    .notes = "Every event is checked on the way. Converting there and back loses nothing.",
    .examples = "mmsim convert bench/traces/gcc_512.mmb.zst gcc.mmt\n"
                "mmsim convert gcc.mmt gcc.mmb\n",
    .run = run,
};
