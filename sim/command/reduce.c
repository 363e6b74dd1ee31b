/* `mmsim reduce`: a small trace that fails as a large one does. */
#include "lab/reduce.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "command/command.h"
#include "report/numbers.h"
#include "trace/convert.h"

static void show_progress(uint32_t trials, uint32_t events)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%" PRIu32 " replays, %" PRIu32 " events left\033[K", trials, events);
}

static int refuse(const struct reduction *reduction, const struct reduce_request *request)
{
    const char *cause = request->keep == KEEP_FAILURE ? "" : reduce_keep_name(request->keep);

    if (reduction->end == REDUCE_BAD_TRACE)
        return bad_input("%s", reduction->reason);
    if (reduction->end == REDUCE_FAILED)
        return report_failure(request->strategy, reduction->reason);
    return bad_input("%s: nothing fails%s%s under %s with %s of RAM%s", request->trace->name,
                     cause[0] != '\0' ? " for " : "", cause, request->strategy->name,
                     number_size(request->ram_bytes).text,
                     request->ram_free ? ", nor with less, down to a 16th of it" : "");
}

static int save(const struct reduction *reduction, const struct reduce_request *request,
                struct trace_writer *writer, const char *out)
{
    struct sim_error error = {.writing = false};
    char options[REDUCE_OPTIONS_BYTES];

    if (!trace_write(writer, out, &error))
        return report_error(&error);
    reduce_options(reduction, request, options);
    fprintf(stderr,
            "%s at event %s, kept in %" PRIu32 " event%s after %" PRIu32 " replays; again:\n"
            "mmsim replay %s %s\n",
            reduce_keep_name(reduction->keep), number_grouped(reduction->event).text,
            reduction->events, reduction->events == 1 ? "" : "s", reduction->trials, out, options);
    return STATUS_DONE;
}

static int reduce_trace(const struct arguments *arguments, struct reduce_request *request)
{
    struct machine_choice choice;
    struct reduction reduction;
    struct sim_error error = {.writing = false};

    if (!machine_for_trace(arguments, request->trace, &choice))
        return STATUS_BAD_INPUT;
    request->map = &choice.map;
    request->ram_bytes = choice.ram_bytes;
    struct trace_writer *writer = trace_writer_open(&error);
    if (writer == NULL)
        return report_error(&error);
    reduce_run(&reduction, request, writer);
    clear_progress();
    int status = reduction.end == REDUCE_DONE
                     ? save(&reduction, request, writer, arguments->value[OPTION_OUTPUT])
                     : refuse(&reduction, request);
    trace_writer_close(writer);
    return status;
}

static int run(const struct arguments *arguments)
{
    const char *keeps = arguments->value[OPTION_KEEPS];
    struct trace trace;
    struct sim_error error;
    struct reduce_request request = {.trace = &trace,
                                     .strategy = strategy_of_arguments(arguments),
                                     .ram_free = !arguments_have(arguments, OPTION_RAM) &&
                                                 !arguments_have(arguments, OPTION_MEMMAP),
                                     .memmap = arguments->value[OPTION_MEMMAP],
                                     .progress = show_progress};

    if (request.strategy == NULL)
        return STATUS_BAD_INPUT;
    if (keeps != NULL && !reduce_keep_parse(keeps, &request.keep))
        return bad_input("--keeps %s: expected failure, crash, or a cause, such as no_run", keeps);
    if (!trace_open(&trace, arguments->words[0], &error))
        return report_error(&error);
    int status = reduce_trace(arguments, &request);
    trace_close(&trace);
    return status;
}

const struct command command_reduce = {
    .name = "reduce",
    .synopsis = "reduce TRACE --strategy NAME [--keeps WHAT] [--ram SIZE | --memmap FILE] -o OUT",
    .summary = "shrink a trace to a few lines that fail in the same way",
    .operands = {TRACE_OPERAND},
    .options = MACHINE_OPTIONS | OPTION_BIT(STRATEGY) | OPTION_BIT(KEEPS) | OPTION_BIT(OUTPUT),
    .required = OPTION_BIT(STRATEGY) | OPTION_BIT(OUTPUT),
    .option_help = {[OPTION_RAM] = "size of the machine's RAM, such as 512M or 1G; without --ram "
                                   "and --memmap the size is chosen from the trace, and then "
                                   "reduced, too"},
    .notes = "The first such failure becomes the last event of the new trace, in which nothing "
             "else fails. Every block, process and single event in it is necessary: leaving out "
             "any of them has been tried. The command that repeats the failure is printed to "
             "standard error, and stands in a mark at the start of the trace.",
    .examples = "mmsim reduce bench/traces/gcc_512.mmb.zst --strategy window -o few.mmt\n",
    .run = run,
};
