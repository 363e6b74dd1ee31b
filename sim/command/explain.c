/* `mmsim explain`: why one request failed. */
#include <inttypes.h>
#include <stdio.h>

#include <mm/strategy.h>

#include "command/command.h"
#include "report/explain_report.h"
#include "report/progress_bar.h"

static void note_replay(uint32_t done, uint32_t count)
{
    static uint32_t replays;

    (void)done;
    (void)count;
    replays++;
    progress_bar_note("%" PRIu32 " replay%s before", replays, replays == 1 ? "" : "s");
}

static int explain_trace(const struct arguments *arguments, struct explain_request *request)
{
    static struct explanation explanation;
    struct machine_choice choice;

    if (!machine_for_trace(arguments, request->trace, &choice))
        return STATUS_BAD_INPUT;
    request->map = &choice.map;
    request->ram_bytes = choice.ram_bytes;
    explain_run(&explanation, request);
    if (explanation.status == RUN_BAD_TRACE)
        return bad_input("%s", explanation.reason);
    if (explanation.status == RUN_FAILED)
        return report_failure(request->strategy, explanation.reason);
    if (arguments_have(arguments, OPTION_FAILURE) &&
        explanation.snapshot.failures < request->failure)
        return bad_input("--failure %s: no such failure: %s has %" PRIu64 " in %s",
                         arguments->value[OPTION_FAILURE], request->strategy->name,
                         explanation.snapshot.failures, request->trace->name);
    if (arguments_have(arguments, OPTION_JSON))
        explain_print_json(&explanation, request, stdout);
    else
        explain_print(&explanation, request, choice.ram_source, stdout);
    return STATUS_DONE;
}

static int run(const struct arguments *arguments)
{
    struct trace trace;
    struct sim_error error;
    struct explain_request request = {.trace = &trace,
                                      .strategy = strategy_of_arguments(arguments),
                                      .memmap_given = arguments_have(arguments, OPTION_MEMMAP),
                                      .failure = 1,
                                      .finished = note_replay};

    if (request.strategy == NULL ||
        !count_of_arguments(arguments, OPTION_FAILURE, 1, UINT64_MAX, &request.failure))
        return STATUS_BAD_INPUT;
    if (!trace_open(&trace, arguments->words[0], &error))
        return report_error(&error);
    int status = explain_trace(arguments, &request);
    trace_close(&trace);
    return status;
}

const struct command command_explain = {
    .name = "explain",
    .synopsis = "explain TRACE --strategy NAME [--failure N] [--ram SIZE | --memmap FILE] [--json]",
    .summary = "explain why a request failed, and what would have helped",
    .operands = {TRACE_OPERAND},
    .options = MACHINE_OPTIONS | OPTION_BIT(STRATEGY) | OPTION_BIT(FAILURE) | OPTION_BIT(JSON),
    .required = OPTION_BIT(STRATEGY),
    .notes = "The output says what was asked, what was free, and what was in the way since when. "
             "It then names the least RAM, the other strategies, and the blocks to free with which "
             "this request succeeds. Each of them is replayed, and is called verified only if the "
             "request succeeded then.",
    .examples = "mmsim explain bench/traces/gcc_512.mmb.zst --strategy window\n"
                "mmsim explain own.mmb --strategy brk --ram 88M --failure 2 --json\n",
    .run = run,
};
