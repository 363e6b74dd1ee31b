/* The table of a trace's events against its reader. */
#include "support/test.h"
#include "trace/trace_files.h"

#include "trace/event_table.h"

#define TRACE                                                                                      \
    SMALL_TRACE "process 5000000001\n"                                                             \
                "map 5000000001 0xbffff000 4096 rw\n"                                              \
                "touch 5000000001 0xbffff00c w\n"                                                  \
                "setbrk 5000000001 0x08050000\n"                                                   \
                "unmap 5000000001 0xbffff000 4096\n"

static void open_text(struct trace *trace, const char *text)
{
    struct sim_error error;

    file_put_text("events.mmt", text);
    convert("events.mmt", "events.mmb");
    if (!trace_open(trace, "events.mmb", &error))
        fail_msg("%s", error.text);
}

/* All that a replay uses. */
static void assert_same(const struct event *got, const struct event *expected)
{
    assert_int_equal(got->kind, expected->kind);
    assert_int_equal(got->page_class, expected->page_class);
    assert_int_equal(got->order, expected->order);
    assert_int_equal(got->write, expected->write);
    assert_int_equal(got->slot, expected->slot);
    assert_int_equal(got->bytes, expected->bytes);
    assert_int_equal(got->site, expected->site);
    assert_int_equal(got->address, expected->address);
    assert_int_equal(got->id, expected->kind == EVENT_PROCESS ? expected->id : 0);
}

TEST(a_table_has_the_events_of_the_reader)
{
    struct trace trace;
    struct trace_reader reader;
    struct event_table table;
    struct event got;
    struct event expected;

    open_text(&trace, TRACE);
    assert_true(event_table_load(&table, &trace));
    assert_int_equal(table.count, trace.header.events);
    trace_read(&trace, &reader);
    for (uint64_t i = 0; i < table.count; i++) {
        assert_int_equal(trace_reader_next(&reader, &expected), TRACE_EVENT);
        event_table_get(&table, i, &got);
        assert_same(&got, &expected);
    }
    trace_read_end(&trace, &reader);
    event_table_free(&table);
    trace_close(&trace);
}

static void assert_no_table(const struct trace *trace)
{
    struct event_table table;

    assert_false(event_table_load(&table, trace));
    assert_null(table.event);
    assert_int_equal(table.count, 0);
    event_table_free(&table);
}

TEST(a_trace_without_events_has_no_table)
{
    struct trace trace;

    open_text(&trace, "mmtrace 1\n");
    assert_no_table(&trace);
    trace_close(&trace);
}

TEST(a_damaged_trace_has_no_table)
{
    struct trace trace;
    struct sim_error error;
    size_t bytes;

    open_text(&trace, TRACE);
    trace_close(&trace);
    char *data = file_get("events.mmb", &bytes);
    data[bytes - 20] ^= 1;
    file_put("events.mmb", data, bytes);
    free(data);
    assert_true(trace_open(&trace, "events.mmb", &error));
    assert_no_table(&trace);
    trace_close(&trace);
}

TEST(a_header_that_announces_too_many_events_has_no_table)
{
    const uint64_t event_bytes = sizeof(struct packed_event);
    struct trace trace;

    open_text(&trace, TRACE);
    trace.header.events = UINT64_MAX / event_bytes + 1;
    assert_true(event_table_bytes(&trace) == UINT64_MAX);
    assert_no_table(&trace);
    trace_close(&trace);
}

TEST(a_trace_with_more_events_than_its_header_announces_has_no_table)
{
    struct trace trace;

    open_text(&trace, TRACE);
    trace.header.events--;
    assert_no_table(&trace);
    trace_close(&trace);
}
