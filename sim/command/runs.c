/* `mmsim replay` and `mmsim compare`: a trace is replayed with one strategy, or with several. */
#include <stdio.h>

#include "command/command.h"
#include "command/series.h"
#include "lab/timing.h"
#include "report/comparison.h"

static int outcome_status(const struct comparison *comparison)
{
    int status = STATUS_DONE;

    for (uint32_t run = 0; run < comparison->count; run++) {
        if (comparison->outcomes[run].status == RUN_BAD_TRACE)
            return bad_input("%s", comparison->outcomes[run].reason);
        if (comparison->outcomes[run].status == RUN_FAILED)
            status = report_failure(comparison->strategies[run], comparison->outcomes[run].reason);
    }
    return status;
}

/* Sets the machine and its options as the arguments say. false after a message. */
static bool prepare(struct comparison *comparison, const struct arguments *arguments,
                    struct machine_choice *choice, struct machine_options *options)
{
    if (!machine_for_trace(arguments, comparison->trace, choice) ||
        !options_of_arguments(arguments, options))
        return false;
    comparison->ram_bytes = choice->ram_bytes;
    comparison->ram_source = choice->ram_source;
    return true;
}

/* Prints the result, unless the series takes standard output. */
static void print_result(const struct comparison *comparison, const struct arguments *arguments,
                         void (*print_json)(const struct comparison *comparison, FILE *out))
{
    if (series_takes_output(arguments))
        return;
    if (arguments_have(arguments, OPTION_JSON))
        print_json(comparison, stdout);
    else
        comparison_print(comparison, stdout);
}

static int compare(const struct arguments *arguments, struct trace *trace,
                   const struct strategy *const strategies[], uint32_t count)
{
    struct run_outcome outcomes[COMPARE_MAX] = {{0}};
    struct machine_choice choice;
    struct machine_options options = {0};
    struct comparison comparison = {
        .trace = trace, .count = count, .strategies = strategies, .outcomes = outcomes};
    struct timing timings[COMPARE_MAX];
    struct series series;

    if (!prepare(&comparison, arguments, &choice, &options))
        return STATUS_BAD_INPUT;
    int status = series_begin(&series, arguments, trace, strategies, count);
    if (status != STATUS_DONE)
        return status;
    compare_run(outcomes, trace, strategies, count, &choice.map, &options, series.watches);
    status = series_end(&series, outcome_status(&comparison));
    if (status != STATUS_BAD_INPUT && arguments_have(arguments, OPTION_TIME)) {
        timing_run(timings, trace, strategies, count, &choice.map, &options);
        comparison.timings = timings;
    }
    if (status != STATUS_BAD_INPUT)
        print_result(&comparison, arguments, comparison_print_json);
    return status;
}

static int run_compare(const struct arguments *arguments)
{
    return strategies_on_trace(arguments, compare);
}

static int replay(const struct arguments *arguments, struct trace *trace,
                  const struct strategy *strategy)
{
    struct run_outcome outcome = {0};
    struct machine_choice choice;
    struct machine_options options = {0};
    struct comparison comparison = {
        .trace = trace, .count = 1, .strategies = &strategy, .outcomes = &outcome};
    struct series series;

    if (!prepare(&comparison, arguments, &choice, &options))
        return STATUS_BAD_INPUT;
    int status = series_begin(&series, arguments, trace, &strategy, 1);
    if (status != STATUS_DONE)
        return status;
    experiment_run_watched(&outcome, trace, strategy, &choice.map, &options, &series.watches[0]);
    status = series_end(&series, outcome_status(&comparison));
    if (status != STATUS_BAD_INPUT)
        print_result(&comparison, arguments, replay_print_json);
    return status;
}

static int run_replay(const struct arguments *arguments)
{
    const struct strategy *strategy = strategy_of_arguments(arguments);
    struct trace trace;
    struct sim_error error;

    if (strategy == NULL)
        return STATUS_BAD_INPUT;
    if (!trace_open_once(&trace, arguments->words[0], &error))
        return report_error(&error);
    int status = replay(arguments, &trace, strategy);
    trace_close(&trace);
    return status;
}

#define RUN_OPTIONS                                                                                \
    (MACHINE_OPTIONS | OPTION_BIT(TLB) | OPTION_BIT(CHECK_TLB) | OPTION_BIT(SERIES) |              \
     OPTION_BIT(EVERY) | OPTION_BIT(JSON))

const struct command command_compare = {
    .name = "compare",
    .synopsis =
        "compare TRACE [--ram SIZE | --memmap FILE] [--strategies A,B,...] [--time] [--json]",
    .summary = "replay a trace through several strategies, side by side",
    .operands = {TRACE_OPERAND},
    .options = RUN_OPTIONS | OPTION_BIT(STRATEGIES) | OPTION_BIT(TIME),
    .examples = "mmsim compare bench/traces/gcc_512.mmb.zst\n"
                "mmsim compare bench/traces/gcc_512.mmb.zst --strategies brk,zoned --ram 88M\n"
                "mmsim compare bench/traces/gcc_512.mmb.zst --time\n",
    .run = run_compare,
};

const struct command command_replay = {
    .name = "replay",
    .synopsis =
        "replay TRACE --strategy NAME [--ram SIZE | --memmap FILE] [--series FILE] [--json]",
    .summary = "replay a trace through one strategy, in this process",
    .operands = {TRACE_OPERAND},
    .options = RUN_OPTIONS | OPTION_BIT(STRATEGY),
    .required = OPTION_BIT(STRATEGY),
    .notes = "The trace is replayed by this very process, so that gdb and Valgrind see it.",
    .examples = "mmsim replay bench/traces/gcc_512.mmb.zst --strategy brk --ram 88M\n"
                "gdb --args mmsim replay trace.mmt --strategy migrate\n",
    .run = run_replay,
};
