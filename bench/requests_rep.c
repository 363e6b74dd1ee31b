/* The importer reads the file into a trace in a temporary file, from which the sequence is made. */
#include "harness.h"
#include "requests.h"

#include "trace/import/import.h"
#include "trace/trace_file.h"

#include <stdio.h>
#include <stdlib.h>

static bool import(struct trace_writer *writer, const char *path, struct sim_error *error)
{
    const struct import_options options = {.lenient = false};
    struct import_counts counts = {0};
    struct stream_in in;

    if (!stream_in_open(&in, path, error))
        return false;
    bool good = import_mdriver(&in, writer, &options, &counts, error);
    stream_in_close(&in);
    return good;
}

/* Accepts every event, because an import makes only these three kinds. */
static const char *add_event(void *context, const struct event *event)
{
    static const enum request_kind kinds[EVENT_KIND_COUNT] = {
        [EVENT_KMALLOC] = REQUEST_ALLOC,
        [EVENT_KREALLOC] = REQUEST_RESIZE,
        [EVENT_KFREE] = REQUEST_FREE,
    };
    uint32_t bytes = event->kind == EVENT_KFREE ? 0 : event->bytes;

    requests_add(context, kinds[event->kind], event->slot, bytes);
    return NULL;
}

static bool read_rep(struct requests *requests, const char *path, struct sim_error *error)
{
    struct trace trace;
    struct trace_writer *writer = trace_writer_open(error);

    if (writer == NULL)
        return false;
    bool good = import(writer, path, error) && trace_open_written(&trace, writer, error);
    if (good) {
        good = trace_walk(&trace, add_event, requests, error);
        trace_close(&trace);
    }
    trace_writer_close(writer);
    return good;
}

void requests_read_rep(struct requests *requests, const char *path)
{
    struct sim_error error;

    if (!read_rep(requests, path, &error)) {
        fprintf(stderr, "bench: %s\n", error.text);
        exit(1);
    }
    requests_finish(requests);
}
