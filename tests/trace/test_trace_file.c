/* Open traces: their headers, several readers at a time, and files that change while they are read.
   test_convert.c tests conversion, and test_damage.c tests damaged files. */
#include "support/test.h"
#include "trace/trace_files.h"

#include <sys/wait.h>
#include <unistd.h>

static uint64_t content_of(const char *name)
{
    struct sim_error error;
    struct trace trace;

    if (!trace_open(&trace, name, &error))
        fail_msg("%s", error.text);
    uint64_t content = trace_content(&trace);
    trace_close(&trace);
    return content;
}

/* The content number is the same in every form, and differs if one number of the trace differs. */
TEST(the_content_number_identifies_a_trace)
{
    static const char *const names[] = {"c.mmb", "c.mmb.zst", "c.mmb.xz", "c.mmt.zst"};
    char other[sizeof SMALL_TRACE];

    file_put_text("small.mmt", SMALL_TRACE);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        convert("small.mmt", names[i]);
        assert_int_equal(content_of(names[i]), content_of("small.mmt"));
    }
    strcpy(other, SMALL_TRACE);
    *strstr(other, "9 70000") = '8';
    file_put_text("other.mmt", other);
    assert_int_equal(content_of("other.mmt") >> 32, content_of("small.mmt") >> 32);
    assert_int_not_equal(content_of("other.mmt"), content_of("small.mmt"));
}

TEST(the_header_and_the_sites_are_read)
{
    struct sim_error error;
    struct trace trace;

    make_small("a.mmb");
    assert_true(trace_open(&trace, "a.mmb", &error));
    assert_true(trace.header.events == 11);
    assert_int_equal(trace.header.slots, 3);
    assert_int_equal(trace.header.processes, 1);
    assert_int_equal(trace.header.sites, 2);
    /* pages of 32768 bytes, and blocks of 100 and 70000 */
    assert_true(trace.header.peak_live_bytes == 32768 + 100 + 70000);
    assert_string_equal(trace_site_name(&trace, 1), "alloc_inode");
    assert_string_equal(trace_site_name(&trace, 2), "comm:cc1");
    assert_null(trace_site_name(&trace, 0));
    assert_null(trace_site_name(&trace, 3));
    trace_close(&trace);
}

TEST(a_missing_temporary_directory_is_reported)
{
    struct sim_error error;

    file_put_text("small.mmt", SMALL_TRACE);
    setenv("TMPDIR", "/no/such/directory", 1);
    assert_false(is_accepted("small.mmt", &error));
    assert_string_equal(error.text,
                        "no temporary file in /no/such/directory: No such file or directory; set "
                        "TMPDIR to a directory with room");
    unsetenv("TMPDIR");
}

/* The trace also knows the name of a site that no reader has reached. */
TEST(several_readers_are_independent)
{
    static const char *const names[] = {"long.mmt", "long.mmb", "long.mmb.xz"};
    struct sim_error error;
    struct trace trace;
    struct trace_reader readers[3];
    struct event event;

    make_long("long.mmt", LONG_LINES);
    for (size_t i = 0; i < 3; i++) {
        convert("long.mmt", names[i]);
        assert_true(trace_open(&trace, names[i], &error));
        for (uint32_t r = 0; r < 3; r++)
            trace_read(&trace, &readers[r]);
        for (uint32_t e = 1; e <= 8000; e++) {
            for (uint32_t r = 0; r < 3; r++) {
                assert_int_equal(trace_reader_next(&readers[r], &event), TRACE_EVENT);
                assert_int_equal(event.bytes, e);
            }
            if (e == 100)
                assert_string_equal(trace_site_name(&trace, 3000), "site_3000");
        }
        trace_read_end(&trace, &readers[1]);
        assert_int_equal(trace_reader_next(&readers[2], &event), TRACE_EVENT);
        assert_int_equal(event.bytes, 8001);
        trace_close(&trace);
    }
}

/* A child reads the whole trace, which must not move the reader of its parent. */
TEST(a_child_does_not_move_the_reader_of_its_parent)
{
    struct sim_error error;
    struct trace trace;
    struct trace_reader reader;
    struct event event;
    int status;

    make_long("long.mmt", LONG_LINES);
    convert("long.mmt", "long.mmb");
    assert_true(trace_open(&trace, "long.mmb", &error));
    trace_read(&trace, &reader);
    pid_t pid = fork();
    if (pid == 0)
        _exit(!trace_verify(&trace, &error));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    for (uint32_t e = 1; e <= LONG_LINES; e++) {
        assert_int_equal(trace_reader_next(&reader, &event), TRACE_EVENT);
        assert_int_equal(event.bytes, e);
    }
    assert_int_equal(trace_reader_next(&reader, &event), TRACE_END);
    trace_close(&trace);
}

static void assert_cannot_read(const struct trace *trace, const char *expected)
{
    struct sim_error error;

    assert_false(trace_verify(trace, &error));
    assert_string_equal(error.text, expected);
}

/* The change must give an error, not a crash or the events of another trace. */
TEST(a_file_that_changes_is_refused)
{
    struct sim_error error;
    struct trace trace;
    size_t bytes;

    make_long("long.mmt", LONG_LINES);
    convert("long.mmt", "long.mmb");
    make_small("a.mmb");
    char *small_data = file_get("a.mmb", &bytes);
    assert_true(trace_open(&trace, "long.mmb", &error));
    assert_true(trace_verify(&trace, &error));
    file_put("long.mmb", small_data, bytes);
    free(small_data);
    assert_cannot_read(&trace, "long.mmb: offset 0: the file has changed since it was opened");
    assert_int_equal(truncate("long.mmb", 40), 0);
    assert_cannot_read(&trace, "long.mmb: offset 40: cut short: inside the header");
    trace_close(&trace);
    convert("long.mmt", "long.mmb");
    assert_true(trace_open(&trace, "long.mmb", &error));
    assert_int_equal(truncate("long.mmb", 80000), 0);
    assert_false(trace_verify(&trace, &error));
    assert_non_null(strstr(error.text, ": cut short: inside a block"));
    trace_close(&trace);
}

int main(void)
{
    return tests_run(files_setup, files_teardown);
}
