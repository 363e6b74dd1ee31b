/* Converts traces from one form to another, through files and standard input and output. Nothing is
   lost, and a file is written whole or not at all. */
#include "support/test.h"
#include "trace/trace_files.h"

#include "trace/trace_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

TEST(every_form_converts_to_every_form)
{
    static const char *const names[] = {"a.mmt", "a.mmt.zst", "a.mmt.xz",
                                        "a.mmb", "a.mmb.zst", "a.mmb.xz"};

    file_put_text("small.mmt", SMALL_TRACE);
    convert("small.mmt", "small.mmb");
    for (size_t i = 0; i < 6; i++) {
        convert("small.mmb", names[i]);
        for (size_t j = 0; j < 6; j++) {
            convert(names[i], names[j]);
            convert(names[j], "b.mmt");
            assert_file_text("b.mmt", SMALL_TRACE);
            convert(names[j], "b.mmb");
            assert_files_equal("b.mmb", "small.mmb");
        }
    }
}

/* The content shows whether a file is compressed; the name does not matter. */
TEST(names_do_not_matter_for_reading)
{
    make_small("a.mmb.zst");
    assert_int_equal(rename("a.mmb.zst", "plain"), 0);
    convert("plain", "b.mmt");
    assert_file_text("b.mmt", SMALL_TRACE);
}

TEST(standard_input_is_read_in_every_form)
{
    static const char *const names[] = {"a.mmt", "a.mmb", "a.mmb.xz", "a.mmt.zst"};
    int saved = dup(STDIN_FILENO);

    for (size_t i = 0; i < 4; i++) {
        char command[64];
        FILE *pipe_end;

        make_small(names[i]);
        snprintf(command, sizeof(command), "cat %s", names[i]);
        pipe_end = popen(command, "r");
        assert_non_null(pipe_end);
        assert_true(dup2(fileno(pipe_end), STDIN_FILENO) == STDIN_FILENO);
        convert("-", "b.mmt");
        assert_file_text("b.mmt", SMALL_TRACE);
        assert_int_equal(pclose(pipe_end), 0);
    }
    assert_true(dup2(saved, STDIN_FILENO) == STDIN_FILENO);
    close(saved);
}

TEST(standard_output_is_text)
{
    int saved = dup(STDOUT_FILENO);
    int fd = open("stdout.txt", O_CREAT | O_WRONLY, 0600);

    make_small("a.mmb");
    fflush(stdout);
    assert_true(dup2(fd, STDOUT_FILENO) == STDOUT_FILENO);
    convert("a.mmb", "-");
    assert_true(dup2(saved, STDOUT_FILENO) == STDOUT_FILENO);
    close(saved);
    close(fd);
    assert_file_text("stdout.txt", SMALL_TRACE);
}

TEST(the_name_of_the_output_must_show_its_form)
{
    struct sim_error error;

    make_small("a.mmb");
    assert_false(trace_convert("a.mmb", "a.txt", &error));
    assert_string_equal(error.text, "a.txt: the name must end in .mmt (text) or .mmb (binary), and "
                                    ".zst or .xz may follow");
    assert_false(trace_convert("a.mmb", ".mmb", &error));
    assert_false(trace_convert("a.mmb", "mmb.zst", &error));
    assert_false(trace_convert("a.mmb", "no/such/place.mmb", &error));
    assert_string_equal(error.text, "no/such/place.mmb: cannot create: No such file or directory");
}

TEST(a_device_is_written_and_not_replaced)
{
    struct stat status;
    struct sim_error error;

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

/* A bad trace leaves the old file unchanged, and no temporary file. */
TEST(a_bad_trace_leaves_the_output_unchanged)
{
    struct sim_error error;

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

TEST(a_trace_can_replace_itself)
{
    make_small("a.mmb");
    convert("a.mmb", "a.mmb");
    convert("a.mmb", "b.mmt");
    assert_file_text("b.mmt", SMALL_TRACE);
}

/* The binary form can hold these texts, but a line of the text form cannot. */
TEST(texts_that_do_not_fit_a_line_are_refused)
{
    static const struct {
        const char *mark;
        const char *site;
    } texts[] = {{"two\nlines", "site"}, {"mark", "a site"}, {"mark", "site\n"}};
    struct sim_error error;

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

/* The trace is longer than every buffer. */
TEST(a_long_trace_is_converted_without_loss)
{
    make_long("long.mmt", 40000);
    convert("long.mmt", "long.mmb.xz");
    convert("long.mmb.xz", "long.mmb.zst");
    convert("long.mmb.zst", "back.mmt");
    assert_files_equal("long.mmt", "back.mmt");
}

int main(void)
{
    return tests_run(files_setup, files_teardown);
}
