#include "trace/files.h"

#include "trace/convert.h"
#include "trace/stream_in.h"
#include "trace/trace_file.h"
#include "trace/trace_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char small[] = "mmtrace 1\n"
                            "kmalloc 1 64 @alloc_inode\n"
                            "pages 2 3 user @comm:cc1\n"
                            "kmalloc 3 100 dma @alloc_inode\n"
                            "kfree 1\n"
                            "mark half\n"
                            "vmalloc 9 70000\n"
                            "free_pages 2\n"
                            "krealloc 3 1000\n"
                            "process 1\n"
                            "map 1 0x08048000 4096 r\n"
                            "exit 1\n";

static void convert(const char *in, const char *out)
{
    struct sim_error error = {.text = ""};

    if (!trace_convert(in, out, &error))
        fail_msg("%s", error.text);
}

static void make_small(const char *name)
{
    file_put_text("small.mmt", small);
    convert("small.mmt", name);
}

/* Read all of it. false: error says why. */
static bool is_accepted(const char *name, struct sim_error *error)
{
    struct trace trace;
    bool ok;

    if (!trace_open(&trace, name, error))
        return false;
    ok = trace_verify(&trace, error);
    trace_close(&trace);
    return ok;
}

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
    char other[sizeof small];

    (void)state;
    file_put_text("small.mmt", small);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        convert("small.mmt", names[i]);
        assert_int_equal(content_of(names[i]), content_of("small.mmt"));
    }
    strcpy(other, small);
    *strstr(other, "9 70000") = '8';
    file_put_text("other.mmt", other);
    assert_int_equal(content_of("other.mmt") >> 32, content_of("small.mmt") >> 32);
    assert_int_not_equal(content_of("other.mmt"), content_of("small.mmt"));
}

static void test_every_form_and_compression(void **state)
{
    static const char *const names[] = {"a.mmt", "a.mmt.zst", "a.mmt.xz",
                                        "a.mmb", "a.mmb.zst", "a.mmb.xz"};

    (void)state;
    file_put_text("small.mmt", small);
    convert("small.mmt", "small.mmb");
    for (size_t i = 0; i < 6; i++) {
        convert("small.mmb", names[i]);
        for (size_t j = 0; j < 6; j++) {
            convert(names[i], names[j]);
            convert(names[j], "b.mmt");
            assert_file_text("b.mmt", small);
            convert(names[j], "b.mmb");
            assert_files_equal("b.mmb", "small.mmb");
        }
    }
}

/* What is compressed shows in the content, not in the name. */
static void test_names_do_not_matter_for_reading(void **state)
{
    (void)state;
    make_small("a.mmb.zst");
    assert_int_equal(rename("a.mmb.zst", "plain"), 0);
    convert("plain", "b.mmt");
    assert_file_text("b.mmt", small);
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

static void test_standard_input(void **state)
{
    static const char *const names[] = {"a.mmt", "a.mmb", "a.mmb.xz", "a.mmt.zst"};
    int saved = dup(STDIN_FILENO);

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        char command[64];
        FILE *pipe_end;

        make_small(names[i]);
        snprintf(command, sizeof(command), "cat %s", names[i]);
        pipe_end = popen(command, "r");
        assert_non_null(pipe_end);
        assert_true(dup2(fileno(pipe_end), STDIN_FILENO) == STDIN_FILENO);
        convert("-", "b.mmt");
        assert_file_text("b.mmt", small);
        assert_int_equal(pclose(pipe_end), 0);
    }
    assert_true(dup2(saved, STDIN_FILENO) == STDIN_FILENO);
    close(saved);
}

static void test_standard_output_is_text(void **state)
{
    int saved = dup(STDOUT_FILENO);
    int fd = open("stdout.txt", O_CREAT | O_WRONLY, 0600);

    (void)state;
    make_small("a.mmb");
    fflush(stdout);
    assert_true(dup2(fd, STDOUT_FILENO) == STDOUT_FILENO);
    convert("a.mmb", "-");
    assert_true(dup2(saved, STDOUT_FILENO) == STDOUT_FILENO);
    close(saved);
    close(fd);
    assert_file_text("stdout.txt", small);
}

static void assert_open_fails(const char *name, const char *expected)
{
    struct sim_error error = {.text = ""};

    assert_false(is_accepted(name, &error));
    assert_string_equal(error.text, expected);
}

static void test_not_a_trace(void **state)
{
    (void)state;
    assert_open_fails("absent", "absent: cannot open: No such file or directory");
    file_put_text("empty", "");
    assert_open_fails("empty", "empty: empty: expected a trace, text ('mmtrace 1') or binary");
    assert_open_fails(".", ".: offset 0: cannot read: Is a directory");
    file_put_text("short", "mmt");
    assert_open_fails("short", "short:1: cut short: the last line does not end in a newline");
    file_put("magic", "mmtrace", 8);
    assert_open_fails("magic", "magic: offset 8: cut short: inside the header");
}

static void test_output_names(void **state)
{
    struct sim_error error;

    (void)state;
    make_small("a.mmb");
    assert_false(trace_convert("a.mmb", "a.txt", &error));
    assert_string_equal(error.text, "a.txt: the name must end in .mmt (text) or .mmb (binary), and "
                                    ".zst or .xz may follow");
    assert_false(trace_convert("a.mmb", ".mmb", &error));
    assert_false(trace_convert("a.mmb", "mmb.zst", &error));
    assert_false(trace_convert("a.mmb", "no/such/place.mmb", &error));
    assert_string_equal(error.text, "no/such/place.mmb: cannot create: No such file or directory");
}

/* A device is written to, not replaced. */
static void test_output_to_a_device(void **state)
{
    struct stat status;
    struct sim_error error;

    (void)state;
    make_small("a.mmb");
    assert_int_equal(symlink("/dev/null", "null.mmb"), 0);
    assert_true(trace_convert("a.mmb", "null.mmb", &error));
    assert_int_equal(lstat("null.mmb", &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    if (access("/dev/full", W_OK) == 0) {
        assert_int_equal(symlink("/dev/full", "full.mmb"), 0);
        assert_false(trace_convert("a.mmb", "full.mmb", &error));
        assert_string_equal(error.text, "full.mmb: cannot write: No space left on device");
    }
}

/* A bad trace leaves what was there as it was, and no temporary file. */
static void test_output_whole_or_not_at_all(void **state)
{
    struct sim_error error;

    (void)state;
    file_put_text("bad.mmt", "mmtrace 1\nkmalloc 1 1\nkfree 2\n");
    file_put_text("out.mmb", "as before");
    assert_false(trace_convert("bad.mmt", "out.mmb", &error));
    assert_file_text("out.mmb", "as before");
    make_small("cut.mmb");
    assert_int_equal(truncate("cut.mmb", 100), 0);
    file_put_text("out.mmt", "as before");
    assert_false(trace_convert("cut.mmb", "out.mmt", &error));
    assert_file_text("out.mmt", "as before");
    assert_int_equal(system("ls out.mm?.* 2>/dev/null | grep -q ."), 256);
}

static void test_convert_onto_itself(void **state)
{
    (void)state;
    make_small("a.mmb");
    convert("a.mmb", "a.mmb");
    convert("a.mmb", "b.mmt");
    assert_file_text("b.mmt", small);
}

static void test_no_temporary_directory(void **state)
{
    struct sim_error error;

    (void)state;
    file_put_text("small.mmt", small);
    setenv("TMPDIR", "/no/such/directory", 1);
    assert_false(is_accepted("small.mmt", &error));
    assert_string_equal(error.text,
                        "no temporary file in /no/such/directory: No such file or directory; set "
                        "TMPDIR to a directory with room");
    unsetenv("TMPDIR");
}

#define LINES 12000u /* two blocks of the binary form, and more */

static void make_long(const char *name, uint32_t lines)
{
    FILE *file = fopen(name, "w");

    assert_non_null(file);
    fputs("mmtrace 1\n", file);
    for (uint32_t i = 1; i <= lines; i++)
        fprintf(file, "kmalloc %u %u @site_%u\n", i * 7, i, i % 5000);
    fclose(file);
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
    make_long("long.mmt", LINES);
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
    make_long("long.mmt", LINES);
    convert("long.mmt", "long.mmb");
    assert_true(trace_open(&trace, "long.mmb", &error));
    trace_read(&trace, &reader);
    pid_t pid = fork();
    if (pid == 0)
        _exit(!trace_verify(&trace, &error));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    for (uint32_t e = 1; e <= LINES; e++) {
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
    make_long("long.mmt", LINES);
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

/* Every cut and every flip of a file is an error that names the file and where. With `harmless` a
   flip may also change nothing: zstd's frame header has bits that nobody reads. */
static void damage(const char *name, const char *place, bool harmless)
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
                convert("damaged", "healed.mmt");
                assert_file_text("healed.mmt", small);
            }
            data[at] ^= (char)(1u << bit);
        }
    }
    free(data);
}

static void test_damaged_binary(void **state)
{
    (void)state;
    make_small("a.mmb");
    damage("a.mmb", "damaged:", false);
}

static void test_damaged_zstd(void **state)
{
    (void)state;
    make_small("a.mmb.zst");
    damage("a.mmb.zst", "damaged:", true);
}

static void test_damaged_xz(void **state)
{
    (void)state;
    make_small("a.mmb.xz");
    damage("a.mmb.xz", "damaged:", false);
}

/* A whole trace, but its events make no sense: a writer that checked nothing made it. */
static void test_senseless_binary(void **state)
{
    struct sim_error error;
    struct trace_writer *writer = trace_writer_open(&error);
    struct event event = {.kind = EVENT_KMALLOC, .bytes = 1, .id = 1};

    (void)state;
    assert_non_null(writer);
    assert_null(trace_writer_event(writer, &event));
    assert_string_equal(trace_writer_event(writer, &event), "the ID is in use");
    event.kind = EVENT_KFREE;
    assert_null(trace_writer_event(writer, &event));
    assert_string_equal(trace_writer_event(writer, &event), "no live allocation with this ID");
    event.kind = EVENT_EXIT;
    assert_string_equal(trace_writer_event(writer, &event), "no process with this PID");
    event.kind = EVENT_KFREE;
    writer->live.allocations.slots[0].id = 1; /* now it lets the second kfree pass */
    writer->live.allocations.live = 1;
    assert_null(trace_writer_event(writer, &event));
    assert_true(trace_writer_finish(writer, &error));
    assert_true(trace_writer_save(writer, "senseless.mmb", &error));
    trace_writer_close(writer);
    assert_open_fails("senseless.mmb",
                      "senseless.mmb: offset 79: event 3: no live allocation with this ID");
    assert_false(trace_convert("senseless.mmb", "out.mmt", &error));
    assert_false(trace_convert("senseless.mmb", "out.mmb", &error));
}

/* What the binary form can hold and a line of text cannot. */
static void test_texts_that_no_line_holds(void **state)
{
    static const struct {
        const char *mark;
        const char *site;
    } texts[] = {{"two\nlines", "site"}, {"mark", "a site"}, {"mark", "site\n"}};
    struct sim_error error;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct trace_writer *writer = trace_writer_open(&error);
        struct event mark = {.kind = EVENT_MARK,
                             .text = texts[i].mark,
                             .text_bytes = (uint32_t)strlen(texts[i].mark)};
        struct event event = {.kind = EVENT_VMALLOC, .bytes = 1, .id = 1};

        assert_non_null(writer);
        event.site = trace_writer_site(writer, texts[i].site, strlen(texts[i].site));
        assert_null(trace_writer_event(writer, &mark));
        assert_null(trace_writer_event(writer, &event));
        assert_true(trace_writer_finish(writer, &error));
        assert_true(trace_writer_save(writer, "odd.mmb", &error));
        trace_writer_close(writer);
        assert_true(is_accepted("odd.mmb", &error));
        assert_false(trace_convert("odd.mmb", "odd.mmt", &error));
        assert_non_null(strstr(error.text, "which the text form cannot hold"));
    }
}

/* Longer than every buffer on the way. */
static void test_long_trace(void **state)
{
    (void)state;
    make_long("long.mmt", 40000);
    convert("long.mmt", "long.mmb.xz");
    convert("long.mmb.xz", "long.mmb.zst");
    convert("long.mmb.zst", "back.mmt");
    assert_files_equal("long.mmt", "back.mmt");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_content_tells_traces_apart),
        cmocka_unit_test(test_every_form_and_compression),
        cmocka_unit_test(test_names_do_not_matter_for_reading),
        cmocka_unit_test(test_header_and_sites),
        cmocka_unit_test(test_standard_input),
        cmocka_unit_test(test_standard_output_is_text),
        cmocka_unit_test(test_not_a_trace),
        cmocka_unit_test(test_output_names),
        cmocka_unit_test(test_output_to_a_device),
        cmocka_unit_test(test_output_whole_or_not_at_all),
        cmocka_unit_test(test_convert_onto_itself),
        cmocka_unit_test(test_no_temporary_directory),
        cmocka_unit_test(test_many_readers),
        cmocka_unit_test(test_reader_in_a_child),
        cmocka_unit_test(test_file_changes_while_it_is_read),
        cmocka_unit_test(test_damaged_binary),
        cmocka_unit_test(test_damaged_zstd),
        cmocka_unit_test(test_damaged_xz),
        cmocka_unit_test(test_senseless_binary),
        cmocka_unit_test(test_texts_that_no_line_holds),
        cmocka_unit_test(test_long_trace),
    };

    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
