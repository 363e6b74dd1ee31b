/* Traces that are open: what they say of themselves, readers of any number, files that change. How
   they are converted is in test_convert.c, what is wrong with them in test_damage.c. */
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

/* In every form it is the same, and it is not that of a trace that differs in one number. */
static void test_content_tells_traces_apart(void **state)
{
    static const char *const names[] = {"c.mmb", "c.mmb.zst", "c.mmb.xz", "c.mmt.zst"};
    char other[sizeof SMALL_TRACE];

    (void)state;
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

static void test_header_and_sites(void **state)
{
    struct sim_error error;
    struct trace trace;

    (void)state;
    make_small("a.mmb");
    assert_true(trace_open(&trace, "a.mmb", &error));
    assert_true(trace.header.events == 11);
    assert_int_equal(trace.header.slots, 3);
    assert_int_equal(trace.header.processes, 1);
    assert_int_equal(trace.header.sites, 2);
    /* 32768 pages, 100 and 70000 */
    assert_true(trace.header.peak_live_bytes == 32768 + 100 + 70000);
    assert_string_equal(trace_site_name(&trace, 1), "alloc_inode");
    assert_string_equal(trace_site_name(&trace, 2), "comm:cc1");
    assert_null(trace_site_name(&trace, 0));
    assert_null(trace_site_name(&trace, 3));
    trace_close(&trace);
}

static void test_no_temporary_directory(void **state)
{
    struct sim_error error;

    (void)state;
    file_put_text("small.mmt", SMALL_TRACE);
    setenv("TMPDIR", "/no/such/directory", 1);
    assert_false(is_accepted("small.mmt", &error));
    assert_string_equal(error.text,
                        "no temporary file in /no/such/directory: No such file or directory; set "
                        "TMPDIR to a directory with room");
    unsetenv("TMPDIR");
}

/* Any number of readers at a time, each where it is; a name of a site that none of them met. */
static void test_many_readers(void **state)
{
    static const char *const names[] = {"long.mmt", "long.mmb", "long.mmb.xz"};
    struct sim_error error;
    struct trace trace;
    struct trace_reader readers[3];
    struct event event;

    (void)state;
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

/* A child reads on where the parent is, and the parent is not moved. */
static void test_reader_in_a_child(void **state)
{
    struct sim_error error;
    struct trace trace;
    struct trace_reader reader;
    struct event event;
    int status;

    (void)state;
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

/* No crash, and no other trace taken for this one. */
static void test_file_changes_while_it_is_read(void **state)
{
    struct sim_error error;
    struct trace trace;
    size_t bytes;

    (void)state;
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_content_tells_traces_apart),
        cmocka_unit_test(test_header_and_sites),
        cmocka_unit_test(test_no_temporary_directory),
        cmocka_unit_test(test_many_readers),
        cmocka_unit_test(test_reader_in_a_child),
        cmocka_unit_test(test_file_changes_while_it_is_read),
    };

    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
