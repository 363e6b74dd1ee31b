/* `mmsim map`: who has each frame at one moment of a replay. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <mm/strategy.h>

#include "command/command.h"
#include "report/map_drawing.h"
#include "report/text_file.h"
#include "trace/stream_out.h"
#include "trace/whole_file.h"

#define AT_END "end"

/* ---- the moment ---- */

static bool event_of_arguments(const struct arguments *arguments, const struct trace *trace,
                               struct map_request *request)
{
    const char *text = arguments->value[OPTION_AT];

    request->moment = MAP_AT_EVENT;
    if (strcmp(text, AT_END) == 0) {
        request->moment = MAP_AT_END;
        return true;
    }
    if (!count_of_arguments(arguments, OPTION_AT, 1, UINT64_MAX, &request->number))
        return false;
    if (request->number <= trace->header.events)
        return true;
    bad_input("--at %s: no such event: %s has %" PRIu64 " event%s; " AT_END
              " is the moment after the last",
              text, trace->name, trace->header.events, trace->header.events == 1 ? "" : "s");
    return false;
}

static bool moment_of_arguments(const struct arguments *arguments, const struct trace *trace,
                                struct map_request *request)
{
    if (arguments_have(arguments, OPTION_AT) && arguments_have(arguments, OPTION_FAILURE)) {
        bad_input("--at and --failure exclude each other");
        return false;
    }
    if (arguments_have(arguments, OPTION_AT))
        return event_of_arguments(arguments, trace, request);
    request->moment =
        arguments_have(arguments, OPTION_FAILURE) ? MAP_AT_FAILURE : MAP_AT_FIRST_FAILURE;
    return count_of_arguments(arguments, OPTION_FAILURE, 1, UINT64_MAX, &request->number);
}

/* ---- the output ---- */

/* A pipe, a device, or standard output, whose names do not tell, gets an SVG. */
static bool form_of_name(const char *path, enum map_form *form)
{
    *form = file_has_ending(path, ".png") ? MAP_PNG : MAP_SVG;
    return *form == MAP_PNG || file_has_ending(path, ".svg") || whole_file_in_place(path);
}

static int draw_map(const struct map_report *report, const char *path)
{
    struct stream_out stream;
    const struct text_out out = text_out_to_stream(&stream);
    struct sim_error error;
    enum map_form form;

    (void)form_of_name(path, &form);
    if (!stream_out_open(&stream, path, &error))
        return report_error(&error);
    if (!map_draw(report, form, &out, &error)) {
        stream_out_abandon(&stream);
        return report_error(&error);
    }
    return stream_out_close(&stream, &error) ? STATUS_DONE : report_error(&error);
}

static int put_map(const struct arguments *arguments, const struct map_report *report)
{
    if (arguments_have(arguments, OPTION_OUTPUT))
        return draw_map(report, arguments->value[OPTION_OUTPUT]);
    if (arguments_have(arguments, OPTION_JSON))
        map_print_json(report, stdout);
    else if (arguments_have(arguments, OPTION_FRAMES))
        map_print_frames(report, stdout);
    else
        map_print(report, stdout);
    return STATUS_DONE;
}

static bool check_output(const struct arguments *arguments)
{
    const char *path = arguments->value[OPTION_OUTPUT];
    bool frames = arguments_have(arguments, OPTION_FRAMES);
    bool json = arguments_have(arguments, OPTION_JSON);
    enum map_form form;

    if (frames && json)
        bad_input("--frames and --json exclude each other; the JSON has the frames, too");
    else if (path != NULL && (frames || json))
        bad_input("-o and %s exclude each other: -o draws, and %s prints on standard output",
                  json ? "--json" : "--frames", json ? "--json" : "--frames");
    else if (path != NULL && !form_of_name(path, &form))
        bad_input("%s: the name of a drawing must end in .svg or .png", path);
    else
        return path == NULL || output_is_apart(path, (const char *const *)arguments->words, 1);
    return false;
}

static int take_and_put(const struct arguments *arguments, struct map_report *report,
                        const struct map_request *request)
{
    char reason[RUN_REASON_BYTES];
    struct memory_map map;
    int status;

    switch (memory_map_take(&map, request, reason)) {
    case RUN_BAD_TRACE:
        return bad_input("%s", reason);
    case RUN_FAILED:
        return report_failure(request->strategy, reason);
    case RUN_DONE:
        break;
    }
    report->map = &map;
    if (map.found)
        status = put_map(arguments, report);
    else
        status = bad_input("--failure %s: no such failure: %s has %" PRIu64 " in %s",
                           arguments->value[OPTION_FAILURE], request->strategy->name, map.failures,
                           request->trace->name);
    memory_map_release(&map);
    return status;
}

static int map_trace(const struct arguments *arguments, struct trace *trace,
                     const struct strategy *strategy)
{
    struct map_request request = {.trace = trace, .strategy = strategy};
    struct machine_choice choice;

    if (!moment_of_arguments(arguments, trace, &request) ||
        !machine_for_trace(arguments, trace, &choice))
        return STATUS_BAD_INPUT;
    request.map = &choice.map;
    struct map_report report = {.trace = trace,
                                .strategy = strategy,
                                .ram_bytes = choice.ram_bytes,
                                .ram_source = choice.ram_source};
    return take_and_put(arguments, &report, &request);
}

static int run(const struct arguments *arguments)
{
    const struct strategy *strategy = strategy_of_arguments(arguments);
    struct trace trace;
    struct sim_error error;

    if (strategy == NULL || !check_output(arguments))
        return STATUS_BAD_INPUT;
    if (!trace_open(&trace, arguments->words[0], &error))
        return report_error(&error);
    int status = map_trace(arguments, &trace, strategy);
    trace_close(&trace);
    return status;
}

const struct command command_map = {
    .name = "map",
    .synopsis = "map TRACE --strategy NAME [--at EVENT | --failure N] [--ram SIZE | --memmap FILE] "
                "[--frames | --json | -o OUT.svg|OUT.png]",
    .summary = "show who has each frame of memory at one moment",
    .operands = {TRACE_OPERAND},
    .options = MACHINE_OPTIONS | OPTION_BIT(STRATEGY) | OPTION_BIT(AT) | OPTION_BIT(FAILURE) |
               OPTION_BIT(FRAMES) | OPTION_BIT(JSON) | OPTION_BIT(OUTPUT),
    .required = OPTION_BIT(STRATEGY),
    .option_help = {[OPTION_OUTPUT] = "draw the map to this file; its name ends in .svg or .png. - "
                                      "writes SVG to standard output",
                    [OPTION_FAILURE] = "the moment of the Nth failure of the run; without --at and "
                                       "--failure, the first failure, or the end if nothing fails"},
    .notes = "The map is that of memory before the event is replayed. If the event fails, memory "
             "is as its request found it, and the map names the block in the way.",
    .examples = "mmsim map bench/traces/gcc_512.mmb.zst --strategy brk --at 100000\n"
                "mmsim map own.mmb --strategy brk --ram 88M --failure 2 --frames\n"
                "mmsim map own.mmb --strategy brk --ram 88M -o map.svg\n",
    .run = run,
};
