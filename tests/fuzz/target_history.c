#include "fuzz/laws.h"

#include <mm/strategy.h>

#include "support/lab.h"
#include "support/scratch.h"
#include "support/second_replay.h"

#define RAM_BYTES   (UINT64_C(20) << 20)
#define EVENTS_MOST 20000u
#define MOMENTS     8u

/* What is read is in the file: no list is longer. */
static void law_read(const char *path, size_t bytes)
{
    FILE *file = fopen(path, "r");
    struct history history;

    assert_non_null(file);
    if (history_read(&history, file)) {
        const struct history_counts *counts = &history.counts;
        uint64_t all = sizeof *counts + counts->samples * sizeof history.samples[0] +
                       counts->spans * sizeof history.spans[0] + counts->kinds_bytes +
                       counts->owner_bytes + counts->owners * sizeof history.owner[0] +
                       counts->marks * sizeof history.marks[0];
        assert_true(all <= bytes);
        history_free(&history);
    }
    fclose(file);
}

/* The strategy and the owners are the trace's: the same each time that it is run. */
static void choose(struct history_request *request, const struct trace *trace)
{
    static const enum history_owners owners[] = {HISTORY_OWNERS_EACH, HISTORY_OWNERS_ALIKE};
    uint32_t count = 0;

    while (mm_strategies[count] != NULL)
        count++;
    request->trace = trace;
    request->strategy = mm_strategies[trace->header.crc % count];
    request->owners = owners[trace->header.crc / count % 2u];
}

/* A recorded history is read back, and is that of another replay. */
static void law_recorded(struct history_request *request)
{
    struct history_outcome outcome;
    struct history history;

    request->file = tmpfile();
    assert_non_null(request->file);
    history_record(&outcome, request);
    if (outcome.status == RUN_DONE) { /* else there was no room for metadata */
        assert_true(history_read(&history, request->file));
        assert_history_is_true(request, &history);
        history_free(&history);
    }
    fclose(request->file);
}

void fuzz_history(const char *name, const uint8_t *data, size_t bytes)
{
    const char *path = scratch_bytes("in", data, bytes);
    const struct memmap map = lab_map(RAM_BYTES);
    struct history_moments moments;
    struct history_request request = {.map = &map, .moments = &moments};
    struct sim_error error;
    struct trace trace;

    (void)name;
    law_read(path, bytes);
    if (!trace_open(&trace, path, &error))
        return;
    if (trace.header.events <= EVENTS_MOST && trace_verify(&trace, &error)) {
        choose(&request, &trace);
        history_moments_choose(&moments, trace.header.events, MOMENTS, NULL, 0);
        law_recorded(&request);
        history_moments_free(&moments);
    }
    trace_close(&trace);
}
