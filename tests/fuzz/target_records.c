#include "fuzz/laws.h"

#include "replay/trace_reader.h"
#include "support/raw_trace.h"
#include "support/scratch.h"

/* Few enough for a random slot to be live now and then. */
#define SLOTS     40u
#define PROCESSES 6u

static uint8_t raw[RAW_TRACE_BYTES(TRACE_BLOCK_MAX)];

/* As many events and sites as the payload has, up to the first record that is none; slots are at
   most as many as events. */
static void count_records(struct trace_header *header, size_t raw_bytes)
{
    struct trace_reader reader;
    struct event event;

    assert_true(trace_reader_init(&reader, raw, raw_bytes));
    while (trace_reader_next(&reader, &event) == TRACE_EVENT)
        continue;
    header->events = reader.events;
    header->sites = reader.sites;
    if (header->slots > reader.events)
        header->slots = (uint32_t)reader.events;
    if (header->processes > reader.events)
        header->processes = (uint32_t)reader.events;
}

void fuzz_records(const char *name, const uint8_t *data, size_t bytes)
{
    uint32_t payload_bytes = (uint32_t)bytes;
    struct trace_header header = {
        .slots = SLOTS, .processes = PROCESSES, .sites = payload_bytes, .events = payload_bytes};

    (void)name;
    if (bytes < SLOTS || bytes > TRACE_BLOCK_MAX)
        return;
    count_records(&header, raw_trace_make(raw, header, data, payload_bytes));
    law_trace(scratch_bytes("in", raw, raw_trace_make(raw, header, data, payload_bytes)));
}
