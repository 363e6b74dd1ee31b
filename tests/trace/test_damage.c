/* Damaged traces: every cut and every flipped bit gives an error with its place. */
#include "support/test.h"
#include "trace/trace_files.h"

#include "trace/trace_writer.h"

TEST(files_that_are_no_traces_are_refused)
{
    assert_open_fails("absent", "absent: cannot open: No such file or directory");
    file_put_text("empty", "");
    assert_open_fails("empty",
                      "empty: the file is empty: a trace begins with 'mmtrace 1', or is binary");
    assert_open_fails(".", ".: this is a directory, not a file");
    file_put_text("short", "mmt");
    assert_open_fails("short", "short:1: cut short: the last line does not end in a newline");
    file_put("magic", "mmtrace", 8);
    assert_open_fails("magic", "magic: offset 8: cut short: inside the header");
}

/* Every cut and every flipped bit must give an error with the file and the place. With `harmless` a
   flip may also change nothing, because the frame header of zstd has unused bits. */
static void assert_damage_is_found(const char *name, const char *place, bool harmless)
{
    size_t bytes;
    char *data = file_get(name, &bytes);
    struct sim_error error;

    for (size_t cut = 1; cut < bytes; cut++) {
        file_put("damaged", data, cut);
        assert_false(is_accepted("damaged", &error));
        assert_int_equal(strncmp(error.text, place, strlen(place)), 0);
    }
    for (size_t at = 8; at < bytes; at++) {
        for (uint32_t bit = 0; bit < 8; bit++) {
            data[at] ^= (char)(1u << bit);
            file_put("damaged", data, bytes);
            if (!is_accepted("damaged", &error)) {
                assert_int_equal(strncmp(error.text, "damaged: offset ", 16), 0);
            } else {
                assert_true(harmless);
                convert("damaged", "unchanged.mmt");
                assert_file_text("unchanged.mmt", SMALL_TRACE);
            }
            data[at] ^= (char)(1u << bit);
        }
    }
    free(data);
}

TEST(damage_of_a_binary_trace_is_found)
{
    make_small("a.mmb");
    assert_damage_is_found("a.mmb", "damaged:", false);
}

TEST(damage_of_a_zstd_trace_is_found)
{
    make_small("a.mmb.zst");
    assert_damage_is_found("a.mmb.zst", "damaged:", true);
}

TEST(damage_of_an_xz_trace_is_found)
{
    make_small("a.mmb.xz");
    assert_damage_is_found("a.mmb.xz", "damaged:", false);
}

/* The test manipulates the writer's live set, so that the writer accepts an impossible event. */
TEST(an_impossible_event_is_found)
{
    struct sim_error error;
    struct trace_writer *writer = trace_writer_open(&error);
    struct event event = {.kind = EVENT_KMALLOC, .bytes = 1, .id = 1};

    assert_non_null(writer);
    assert_null(trace_writer_event(writer, &event));
    assert_string_equal(trace_writer_event(writer, &event), "the ID is in use");
    event.kind = EVENT_KFREE;
    assert_null(trace_writer_event(writer, &event));
    assert_string_equal(trace_writer_event(writer, &event), "no live allocation with this ID");
    event.kind = EVENT_EXIT;
    assert_string_equal(trace_writer_event(writer, &event), "no process with this PID");
    event.kind = EVENT_KFREE;
    writer->live.allocations.slots[0].id = 1; /* the writer now accepts the second kfree */
    writer->live.allocations.live = 1;
    assert_null(trace_writer_event(writer, &event));
    assert_true(trace_writer_finish(writer, &error));
    assert_true(trace_writer_save(writer, "impossible.mmb", &error));
    trace_writer_close(writer);
    assert_open_fails("impossible.mmb",
                      "impossible.mmb: offset 79: event 3: no live allocation with this ID");
    assert_false(trace_convert("impossible.mmb", "out.mmt", &error));
    assert_false(trace_convert("impossible.mmb", "out.mmb", &error));
}

int main(void)
{
    return tests_run(files_setup, files_teardown);
}
