#include "trace/cut.h"
#include "command/command.h"
#include "trace/convert.h"

static bool cut_to(struct trace *trace, const struct cut_range *range, const char *path,
                   struct sim_error *error)
{
    struct trace_writer *writer = trace_writer_open(error);
    bool ok = writer != NULL && trace_cut(trace, range, writer, error) &&
              trace_write(writer, path, error);

    if (writer != NULL)
        trace_writer_close(writer);
    return ok;
}

static int run(const struct arguments *arguments)
{
    const char *out = arguments->value[OPTION_OUTPUT];
    struct cut_range range = {.needed = arguments_have(arguments, OPTION_NEEDED)};
    struct sim_error error = {.writing = false};
    struct trace trace;

    if (!output_is_apart(out, (const char *const[]){arguments->words[0]}, 1))
        return STATUS_BAD_INPUT;
    if (!trace_open(&trace, arguments->words[0], &error))
        return report_error(&error);
    bool ok = cut_range_parse(&range, arguments->words[1], trace.header.events, &error) &&
              cut_to(&trace, &range, out, &error);
    trace_close(&trace);
    return ok ? STATUS_DONE : report_error(&error);
}

const struct command command_cut = {
    .name = "cut",
    .synopsis = "cut TRACE FROM..TO [--needed] -o OUT",
    .summary = "make a trace of a range of events of another trace",
    .operands = {TRACE_OPERAND,
                 {"FROM..TO", VALUE_TEXT,
                  "the numbers of the first and the last event, counted from 1, such as 100..200; "
                  "without FROM the range begins, and without TO it ends, where the trace does",
                  ONCE}},
    .options = OPTION_BIT(NEEDED) | OPTION_BIT(OUTPUT),
    .required = OPTION_BIT(OUTPUT),
    .notes = "The new trace first creates what is live before the range: in the order in which the "
             "old trace did, with its present size, and between two marks. The events of the range "
             "follow unchanged.",
    .examples = "mmsim cut bench/traces/gcc_512.mmb.zst 1..1000 -o start.mmt\n"
                "mmsim cut bench/traces/gcc_512.mmb.zst 565k.. --needed -o end.mmt\n",
    .run = run,
};
