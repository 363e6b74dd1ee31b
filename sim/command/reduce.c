/* `mmsim reduce`: a small trace that fails as a large one does. */
#include "lab/reduce.h"

#include <mm/strategy.h>

#include <inttypes.h>
#include <stdio.h>

#include "command/command.h"
#include "report/numbers.h"
#include "report/progress_bar.h"
#include "trace/convert.h"
#include "trace/printable.h"

/* Its address identifies the progress. */
static const char reducing;

/* The number of replays is not known, but each leaves fewer events to try. */
static void note_trials(uint32_t trials, uint32_t events)
{
    progress_bar_note("%" PRIu32 " events left", events);
    progress_at(&reducing, trials);
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
            reduction->events, reduction->events == 1 ? "" : "s", reduction->trials,
            printable(out).text, printable(options).text);
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
    progress_begin(&reducing, 0, "replays");
    reduce_run(&reduction, request, writer);
    progress_end(&reducing);
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
                                     .progress = note_trials};

    if (request.strategy == NULL)
        return STATUS_BAD_INPUT;
    if (keeps != NULL && !reduce_keep_parse(keeps, &request.keep))
        return bad_input("--keeps %s: expected failure, crash, or a cause, such as no_run", keeps);
    if (!output_is_apart(arguments->value[OPTION_OUTPUT],
                         (const char *const[]){arguments->words[0]}, 1))
        return STATUS_BAD_INPUT;
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
