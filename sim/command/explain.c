/* The story of one failure. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/commands.h"
#include "lab/ram.h"
#include "report/explain_report.h"

static void show_progress(uint32_t done, uint32_t count)
{
    static uint32_t replays;

    (void)done;
    (void)count;
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%" PRIu32 " replays", ++replays);
}

static void clear_progress(void)
{
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
}

/* A number from 1; false: it is none. */
static bool number_parse(const char *text, uint64_t *number)
{
    char *end;

    if (strspn(text, "0123456789") != strlen(text) || strlen(text) > 18)
        return false;
    *number = strtoull(text, &end, 10);
    return *number != 0;
}

static int explain_trace(const struct arguments *arguments, struct explain_request *request)
{
    static struct explanation explanation;
    struct machine_choice choice = {.ram_bytes = ram_choose(request->trace->header.peak_live_bytes),
                                    .ram_source = "chosen from the trace; --ram sets it"};

    if (!machine_of_arguments(arguments, &choice))
        return STATUS_BAD_INPUT;
    request->map = &choice.map;
    request->ram_bytes = choice.ram_bytes;
    explain_run(&explanation, request);
    clear_progress();
    if (explanation.status == RUN_BAD_TRACE)
        return bad_input("%s", explanation.reason);
    if (explanation.status == RUN_FAILED)
        return report_failure(request->strategy, explanation.reason);
    if ((arguments->given & OPTION_JSON) != 0)
        explain_print_json(&explanation, request, stdout);
    else
        explain_print(&explanation, request, choice.ram_source, stdout);
    return STATUS_DONE;
}

int command_explain(const struct arguments *arguments)
{
    const struct strategy *strategies[COMPARE_MAX];
    struct trace trace;
    struct sim_error error;
    struct explain_request request = {.trace = &trace,
                                      .memmap_given = (arguments->given & OPTION_MEMMAP) != 0,
                                      .failure = 1,
                                      .finished = show_progress};

    if (arguments->strategies == NULL)
        return bad_input("explain needs --strategy NAME; `mmsim strategies` lists them");
    if (strchr(arguments->strategies, ',') != NULL)
        return bad_input("explain tells of one strategy");
    if (strategies_of_arguments(arguments, strategies) == 0)
        return STATUS_BAD_INPUT;
    if (arguments->failure != NULL && !number_parse(arguments->failure, &request.failure))
        return bad_input("--failure %s: not a number from 1", arguments->failure);
    if (!trace_open(&trace, arguments->words[0], &error))
        return report_error(&error);
    request.strategy = strategies[0];
    int status = explain_trace(arguments, &request);
    trace_close(&trace);
    return status;
}
