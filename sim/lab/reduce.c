#include "lab/reduce.h"

#include <mm/strategy.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/reduce_parts.h"
#include "machine/pc_memmap.h"
#include "trace/cut.h"
#include "trace/memory.h"

/* So many events before the failure are tried first. */
#define EVENTS_FIRST (UINT64_C(1) << 20)

#define RAM_SHARES 16u

/* ---- names ---- */

bool reduce_keep_parse(const char *text, uint32_t *keep)
{
    for (*keep = 0; *keep <= KEEP_CRASH; (*keep)++)
        if (strcmp(text, reduce_keep_name(*keep)) == 0)
            return true;
    return false;
}

const char *reduce_keep_name(uint32_t keep)
{
    return keep == KEEP_FAILURE ? "failure"
           : keep == KEEP_CRASH ? "crash"
                                : cause_name((enum mm_cause)keep);
}

void reduce_options(const struct reduction *reduction, const struct reduce_request *request,
                    char options[REDUCE_OPTIONS_BYTES])
{
    uint64_t mib = reduction->ram_bytes >> 20;
    const char *name = request->strategy->name;

    if (request->memmap != NULL)
        snprintf(options, REDUCE_OPTIONS_BYTES, "--strategy %s --memmap %s", name, request->memmap);
    else if (mib << 20 == reduction->ram_bytes)
        snprintf(options, REDUCE_OPTIONS_BYTES, "--strategy %s --ram %" PRIu64 "M", name, mib);
    else
        snprintf(options, REDUCE_OPTIONS_BYTES, "--strategy %s --ram %" PRIu64, name,
                 reduction->ram_bytes);
}

/* ---- where to start ---- */

static bool end_with(struct reduction *reduction, enum reduce_end end, const char *reason)
{
    reduction->end = end;
    snprintf(reduction->reason, sizeof reduction->reason, "%s", reason);
    return false;
}

/* Find the failure with as much RAM as there may be, or with the largest share of it that shows
 * one. */
static bool find_failure(struct reducer *reducer, struct reduction *reduction)
{
    const struct reduce_request *request = reducer->request;
    struct reduce_found found = {0};

    for (uint32_t share = RAM_SHARES; share > 0 && found.event == 0 && found.reason[0] == '\0';
         share--) {
        reduction->ram_bytes = request->ram_bytes / RAM_SHARES * share;
        if (share < RAM_SHARES && (!request->ram_free || reduction->ram_bytes < PC_RAM_MIN))
            break;
        found = reduce_find(reducer, request->trace, reduction->ram_bytes);
    }
    if (found.reason[0] != '\0')
        return end_with(reduction, REDUCE_FAILED, found.reason);
    if (found.event == 0)
        return end_with(reduction, REDUCE_NO_FAILURE, "");
    reduction->event = found.event;
    reduction->keep = found.cause;
    reducer->keep = found.cause;
    return true;
}

static bool cut_back(const struct reduction *reduction, struct trace *trace, uint64_t events,
                     struct trace *part, struct sim_error *error)
{
    const struct cut_range range = {
        .first = reduction->event > events ? reduction->event - events + 1u : 1u,
        .last = reduction->event};
    struct trace_writer *writer = trace_writer_open(error);
    bool ok = writer != NULL && trace_cut(trace, &range, writer, error) &&
              trace_open_written(part, writer, error);

    if (writer != NULL)
        trace_writer_close(writer);
    return ok;
}

static bool fails_at_its_end(struct reducer *reducer, const struct trace *part, uint64_t ram_bytes)
{
    return reduce_find(reducer, part, ram_bytes).event == part->header.events;
}

/* Cut the trace to the failure and as few of the events before it as reproduce it. */
static bool find_part(struct reducer *reducer, struct reduction *reduction, struct trace *part)
{
    struct sim_error error;

    for (uint64_t events = EVENTS_FIRST;; events *= 8u) {
        if (!cut_back(reduction, reducer->request->trace, events, part, &error))
            return end_with(reduction, REDUCE_FAILED, error.text);
        if (fails_at_its_end(reducer, part, reduction->ram_bytes))
            return true;
        trace_close(part);
        if (events >= reduction->event)
            return end_with(reduction, REDUCE_FAILED, "the run does not repeat itself");
    }
}

/* Leave out the events that fail before the last one, if everything else goes on as before. */
static bool drop_failed(struct reducer *reducer)
{
    bool *failed = memory_zeroed(reducer->now.count, sizeof(*failed));
    const struct reduce_change changes[] = {{.kind = CHANGE_DROP_FAILED, .failed = failed},
                                            {.kind = CHANGE_NONE}};
    uint32_t count = reducer->keep != KEEP_CRASH ? reduce_find_failed(reducer, failed) : 0;
    bool keeps = reduce_take_first(reducer, changes, 2) < 2;

    if (!keeps) {
        reducer->failures = count;
        keeps = reduce_take_first(reducer, &changes[1], 1) == 0;
    }
    free(failed);
    return keeps;
}

/* ---- all of it ---- */

static void drop_all(struct reducer *reducer)
{
    reduce_drop(reducer, CHANGE_DROP_UNITS);
    reduce_drop(reducer, CHANGE_DROP_EVENTS);
}

/* Repeat the passes until neither the events nor the RAM become less: then no part of the case can
 * be left out. */
static void reduce(struct reducer *reducer)
{
    uint32_t events;
    uint64_t ram_bytes;

    do {
        events = reducer->now.count;
        ram_bytes = reducer->now.ram_bytes;
        reduce_to_load(reducer, reducer->request->ram_free);
        reduce_pack(reducer);
        drop_all(reducer);
        reduce_merge(reducer);
        reduce_sizes(reducer);
        reduce_ram(reducer);
        drop_all(reducer);
    } while (reducer->now.count < events || reducer->now.ram_bytes < ram_bytes);
}

static void write_result(const struct reducer *reducer, const struct reduction *reduction,
                         struct trace *part, struct trace_writer *writer)
{
    char options[REDUCE_OPTIONS_BYTES];
    char text[MARK_TEXT_MAX];

    reduce_options(reduction, reducer->request, options);
    int bytes = snprintf(text, sizeof text, "reduced: its last event fails with %s for %s", options,
                         reduce_keep_name(reduction->keep));
    const struct event mark = {.kind = EVENT_MARK, .text = text, .text_bytes = (uint32_t)bytes};
    (void)!trace_writer_event(writer, &mark); /* the event makes sense, so this cannot fail */
    reduce_case_write(&reducer->now, part, writer);
}

/* Open the written trace, and check that it fails. */
static bool verify(struct reducer *reducer, struct reduction *reduction, struct trace *part)
{
    struct sim_error error;
    struct trace_writer *writer = trace_writer_open(&error);
    struct trace written;
    bool opened;

    if (writer == NULL)
        return end_with(reduction, REDUCE_FAILED, error.text);
    write_result(reducer, reduction, part, writer);
    opened = trace_open_written(&written, writer, &error);
    trace_writer_close(writer);
    if (!opened)
        return end_with(reduction, REDUCE_FAILED, error.text);
    bool fails = fails_at_its_end(reducer, &written, reduction->ram_bytes);
    trace_close(&written);
    return fails || end_with(reduction, REDUCE_FAILED, "the reduced trace does not fail again");
}

static void reduce_part(struct reducer *reducer, struct reduction *reduction, struct trace *part,
                        struct trace_writer *writer)
{
    reduce_case_read(&reducer->now, part, part->header.events);
    reducer->now.ram_bytes = reduction->ram_bytes;
    if (!drop_failed(reducer)) {
        end_with(reduction, REDUCE_FAILED, "the run does not repeat itself");
    } else {
        reduce(reducer);
        reduction->ram_bytes = reducer->now.ram_bytes;
        reduction->events = reducer->now.count;
        if (verify(reducer, reduction, part))
            write_result(reducer, reduction, part, writer);
    }
    reduce_case_free(&reducer->now);
}

void reduce_run(struct reduction *reduction, const struct reduce_request *request,
                struct trace_writer *writer)
{
    struct reducer reducer = {.request = request, .keep = request->keep};
    struct sim_error error;
    struct trace part;

    *reduction = (struct reduction){.end = REDUCE_DONE};
    if (!trace_verify(request->trace, &error))
        end_with(reduction, REDUCE_BAD_TRACE, error.text);
    else if (find_failure(&reducer, reduction) && find_part(&reducer, reduction, &part)) {
        reduce_part(&reducer, reduction, &part, writer);
        trace_close(&part);
    }
    reduction->trials = reducer.trials;
}
