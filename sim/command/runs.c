/* Traces, run through strategies. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command/commands.h"
#include "lab/ram.h"
#include "report/comparison.h"
#include "report/thread_report.h"

int command_strategies(const struct arguments *arguments)
{
    (void)arguments;
    for (const struct strategy *const *strategy = mm_strategies; *strategy != NULL; strategy++)
        printf("%-9s %-29s frames: %s\n%40s heap: %s\n", (*strategy)->name, (*strategy)->source,
               (*strategy)->frames, "", (*strategy)->heap);
    return STATUS_DONE;
}

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

static void show_progress(uint32_t done, uint32_t count)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%u of %u strategies%s", done, count, done == count ? "\r\033[K" : "");
}

static int run_comparison(const struct arguments *arguments, struct trace *trace,
                          const struct strategy *const strategies[], uint32_t count)
{
    struct run_outcome outcomes[COMPARE_MAX] = {{0}};
    struct machine_choice choice = {.ram_bytes = ram_choose(trace->header.peak_live_bytes),
                                    .ram_source = "chosen from the trace; --ram sets it"};
    bool single = (arguments->given & OPTION_STRATEGY) != 0;
    bool json = (arguments->given & OPTION_JSON) != 0;
    struct machine_options options = {0};

    if (!machine_of_arguments(arguments, &choice) || !options_of_arguments(arguments, &options))
        return STATUS_BAD_INPUT;
    struct comparison comparison = {.trace = trace,
                                    .ram_bytes = choice.ram_bytes,
                                    .ram_source = choice.ram_source,
                                    .count = count,
                                    .strategies = strategies,
                                    .outcomes = outcomes};
    if (single)
        experiment_run(&outcomes[0], trace, strategies[0], &choice.map, &options);
    else
        compare_run(outcomes, trace, strategies, count, &choice.map, &options, show_progress);
    int status = outcome_status(&comparison);
    if (status == STATUS_BAD_INPUT)
        return status;
    if (!json)
        comparison_print(&comparison, stdout);
    else if (single)
        replay_print_json(&comparison, stdout);
    else
        comparison_print_json(&comparison, stdout);
    return status;
}

/* What a command does with its trace and its strategies. Returns the exit status. */
typedef int runner(const struct arguments *arguments, struct trace *trace,
                   const struct strategy *const strategies[], uint32_t count);

static int with_trace(const struct arguments *arguments, runner *run)
{
    const struct strategy *strategies[COMPARE_MAX];
    uint32_t count = strategies_of_arguments(arguments, strategies);
    struct trace trace;
    struct sim_error error;

    if (count == 0)
        return STATUS_BAD_INPUT;
    if (!trace_open(&trace, arguments->words[0], &error))
        return report_error(&error);
    int status = run(arguments, &trace, strategies, count);
    trace_close(&trace);
    return status;
}

int command_compare(const struct arguments *arguments)
{
    return with_trace(arguments, run_comparison);
}

int command_replay(const struct arguments *arguments)
{
    if (arguments->strategies == NULL)
        return bad_input("replay needs --strategy NAME; `mmsim strategies` lists them");
    if (strchr(arguments->strategies, ',') != NULL)
        return bad_input("replay runs one strategy; `mmsim compare --strategies` runs several");
    return command_compare(arguments);
}

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

static int run_thread(const struct arguments *arguments, struct trace *trace,
                      const struct strategy *const strategies[], uint32_t count)
{
    struct thread_facts facts[COMPARE_MAX];
    struct machine_choice choice = {.ram_bytes = ram_choose(trace->header.peak_live_bytes),
                                    .ram_source = "chosen from the trace; --ram sets it"};

    if (!machine_of_arguments(arguments, &choice))
        return STATUS_BAD_INPUT;
    const struct thread_report report = {.trace = trace,
                                         .ram_bytes = choice.ram_bytes,
                                         .ram_source = choice.ram_source,
                                         .count = count,
                                         .strategies = strategies,
                                         .facts = facts};
    thread_run(facts, trace, strategies, count, &choice.map, show_progress);
    int status = facts_status(&report);
    if (status == STATUS_BAD_INPUT)
        return status;
    if ((arguments->given & OPTION_JSON) != 0)
        thread_print_json(&report, stdout);
    else
        thread_print(&report, stdout);
    return status;
}

int command_thread(const struct arguments *arguments)
{
    return with_trace(arguments, run_thread);
}
