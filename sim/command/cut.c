#include "trace/cut.h"
#include "command/command.h"
#include "command/output.h"
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

    if (out == NULL)
        return bad_input("cut needs -o OUT, a name that ends in .mmt or .mmb");
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
    .summary = "make a trace of a range of events, with what is live before them",
    .help = TRACE_HELP
    "  FROM..TO          numbers of events, from 1, both inclusive; FROM.. or ..TO: to or from\n"
    "                    the trace's end\n"
    "  --needed          make only what the range itself names; without it all that is live\n"
    "                    before it, so that memory is as full as it was\n"
    "  -o OUT            by its ending: .mmt text, .mmb binary, each also with .zst or .xz;\n"
    "                    - is text on standard output\n"
    "What is live is made in the order in which the trace made it, with its present size,\n"
    "between two marks; then the events follow as they are.\n",
    .options = OPTION_BIT(NEEDED) | OPTION_BIT(OUTPUT),
    .words = 2,
    .run = run,
};
