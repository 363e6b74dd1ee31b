/* `mmsim thread`: the claims of the forum thread, measured. */
#include <stdio.h>

#include "command/command.h"
#include "report/thread_report.h"

static int facts_status(const struct thread_report *report)
{
    int status = STATUS_DONE;

    for (uint32_t i = 0; i < report->count; i++) {
        if (report->facts[i].status == RUN_BAD_TRACE)
            return bad_input("%s", report->facts[i].reason);
        if (report->facts[i].status == RUN_FAILED)
            status = report_failure(report->strategies[i], report->facts[i].reason);
    }
    return status;
}

static int measure(const struct arguments *arguments, struct trace *trace,
                   const struct strategy *const strategies[], uint32_t count)
{
    struct thread_facts facts[COMPARE_MAX];
    struct machine_choice choice;

    if (!machine_for_trace(arguments, trace, &choice))
        return STATUS_BAD_INPUT;
    const struct thread_report report = {.trace = trace,
                                         .ram_bytes = choice.ram_bytes,
                                         .ram_source = choice.ram_source,
                                         .count = count,
                                         .strategies = strategies,
                                         .facts = facts};
    thread_run(facts, trace, strategies, count, &choice.map);
    int status = facts_status(&report);
    if (status == STATUS_BAD_INPUT)
        return status;
    if (arguments_have(arguments, OPTION_JSON))
        thread_print_json(&report, stdout);
    else
        thread_print(&report, stdout);
    return status;
}

static int run(const struct arguments *arguments)
{
    return strategies_on_trace(arguments, measure);
}

const struct command command_thread = {
    .name = "thread",
    .synopsis = "thread TRACE [--ram SIZE | --memmap FILE] [--strategies A,B,...] [--json]",
    .summary = "measure what the forum thread claims about each strategy",
    .operands = {TRACE_OPERAND},
    .options = MACHINE_OPTIONS | OPTION_BIT(STRATEGIES) | OPTION_BIT(JSON),
    .notes = "Each claim is quoted above its measures. They come from the run of the trace, from "
             "what the run leaves in memory, and from probes on machines that have just started. A "
             "- means that nothing was measured. The JSON explains each measure in a sentence.",
    .examples = "mmsim thread bench/traces/gcc_512.mmb.zst --strategies brk,zoned\n",
    .run = run,
};
