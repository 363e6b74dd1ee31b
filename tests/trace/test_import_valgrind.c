/* Imports logs of Valgrind's --trace-malloc=yes, each with one difficulty. */
#include "support/test.h"
#include "trace/importing.h"

#define NO_RESULT "call that did not return"
#define OTHER     "line of another kind"
#define P         "--77-- "

TEST(the_zones_of_macos_are_passed_over)
{
    assert_import("--7-- zone_malloc(0x7fff5000, 24) = 0x10\n"
                  "--7-- malloc_zone_calloc(0x7fff5000, 2,8) = 0x20\n"
                  "--7-- zone_memalign(0x7fff5000, al 64, size 100) = 0x40\n"
                  "--7-- zone_realloc(0x7fff5000,0x10,48) = 0x80\n"
                  "--7-- zone_free(0x7fff5000, 0x80)\n"
                  "--7-- zone_free_definite_size(0x7fff5000, 0x20, 16)\n",
                  "kmalloc 1 24 @malloc\nkmalloc 2 16 @calloc\nkmalloc 3 100 @memalign\n"
                  "krealloc 1 48\nkfree 1\nkfree 2\n");
}

TEST(a_real_log_is_imported)
{
    assert_import_of_data(
        "heap.valgrind",
        "kmalloc 1 21 @calloc\nkmalloc 2 24 @malloc\nkrealloc 2 5000\nkmalloc 3 24 @malloc\n"
        "krealloc 2 48\nkfree 2\nkmalloc 4 10 @memalign\nkfree 4\nkmalloc 5 128 @memalign\n"
        "kfree 5\nkmalloc 6 20 @memalign\nkfree 6\nkmalloc 7 24 @malloc\nkmalloc 8 272 @calloc\n"
        "kmalloc 9 100 @malloc\nkfree 9\nkmalloc 10 200 @malloc\nkfree 10\nkfree 7\nkfree 8\n");
    assert_true(import_counts.lines == 248 && import_counts.events == 20);
    assert_true(count_of("failed allocation") == 1);
    assert_true(count_of(OTHER) == 35);
    assert_true(count_of("free of NULL") == 186);
    assert_true(count_of("block of 0 bytes: left out") == 1);
    assert_true(count_of("failed realloc: the block stays as it was") == 1);
    assert_true(count_of("free of a block older than the log") == 2);
    assert_true(count_of_all() == 226);
}

TEST(a_real_log_of_cplusplus_is_imported)
{
    assert_import_of_data("heap++.valgrind",
                          "kmalloc 1 72704 @malloc\nkmalloc 2 4 @new\nkmalloc 3 100 @new[]\n"
                          "kmalloc 4 64 @new\nkmalloc 5 128 @new[]\nkfree 2\nkfree 3\nkfree 4\n"
                          "kfree 5\nkmalloc 6 4 @new\nkfree 6\nkfree 1\n");
    assert_true(count_of_all() == 0);
}

/* Versions of Valgrind print these calls in different forms. */
TEST(every_function_is_recognised)
{
    static const struct {
        const char *call;
        const char *event;
    } allocations[] = {
        {"malloc(5)", "5 @malloc"},
        {"calloc(3,4)", "12 @calloc"},
        {"memalign(64, 7)", "7 @memalign"},
        {"memalign(al 64, size 7)", "7 @memalign"},
        {"posix_memalign(0x1ffefff7a8, 64, 8)", "8 @posix_memalign"},
        {"aligned_alloc(64, 9)", "9 @aligned_alloc"},
        {"reallocarray(0x0,2,5)", "10 @reallocarray"},
        {"realloc(0x0,11)", "11 @realloc"},
        {"_Znwj(12)", "12 @new"},
        {"_ZnwmSt11align_val_tRKSt9nothrow_t(13, 64)", "13 @new"},
        {"_ZnamSt11align_val_t(size 14, al 64)", "14 @new[]"},
        {"__builtin_new(15)", "15 @new"},
        {"__builtin_vec_new(16)", "16 @new[]"},
        {"calloc(4294967296,4294967296)malloc(17)", "17 @malloc"},
    };
    static const char *const frees[] = {
        "free(0x10)",
        "cfree(0x10)",
        "free_sized(0x10, 5)",
        "free_aligned_sized(0x10, 5, 8)",
        "_ZdlPv(0x10)",
        "_ZdlPvmSt11align_val_t(0x10, 64, 64)",
        "_ZdaPvRKSt9nothrow_t(0x10)",
        "__builtin_delete(0x10)",
        "__builtin_vec_delete(0x10)",
        "malloc_usable_size(0x0)free(0x10)",
        "realloc(0x10,0)free(0x10)\n" P " = 0",
        "realloc(0x10,0) = 0x0",
    };
    char text[256];
    char expected[128];

    for (size_t i = 0; i < sizeof(allocations) / sizeof(allocations[0]); i++) {
        snprintf(text, sizeof(text), P "%s = 0x10\n", allocations[i].call);
        snprintf(expected, sizeof(expected), "kmalloc 1 %s\n", allocations[i].event);
        assert_import(text, expected);
    }
    for (size_t i = 0; i < sizeof(frees) / sizeof(frees[0]); i++) {
        snprintf(text, sizeof(text), P "malloc(5) = 0x10\n" P "%s\n", frees[i]);
        assert_import(text, "kmalloc 1 5 @malloc\nkfree 1\n");
        assert_true(count_of_all() == 0);
    }
}

TEST(reallocs_resize_allocate_or_free)
{
    assert_import(P "realloc(0x0,7)malloc(7) = 0x10\n" P "realloc(0x10,9) = 0x10\n" P
                    "realloc(0x10,10) = 0x20\n" P "realloc(0x20,18446744073709551615) = 0x0\n" P
                    "realloc(0x20,0) = 0x30\n" P "realloc(0x30,3) = 0x40\n" P
                    "realloc(0x50,4) = 0x60\n" P "realloc(0x40,0)free(0x40)\n" P " = 0\n" P
                    "reallocarray(0x60,4611686018427387904,8) = 0\n" P
                    "reallocarray(0x60,4,8) = 0x60\n",
                  "kmalloc 1 7 @malloc\nkrealloc 1 9\nkrealloc 1 10\nkfree 1\n"
                  "kmalloc 2 3 @realloc\nkmalloc 3 4 @realloc\nkfree 2\nkrealloc 3 32\n");
    assert_true(count_of("failed realloc: the block stays as it was") == 2);
    assert_true(count_of("block of 0 bytes: left out") == 1);
    assert_true(count_of("realloc of a block older than the log: an allocation") == 1);
    assert_true(count_of_all() == 4);
}

/* Other lines may come between a call and its result. */
TEST(results_may_come_later)
{
    assert_import(P "malloc(18446744073709551615)Argument 'size' of function malloc has a fishy\n"
                    "==77==    at 0x48417B4: malloc (in vgpreload_memcheck-amd64-linux.so)\n"
                    "==77== \n" P " = 0x0\n" P "malloc(5)free(0x20)\n" P " = 0x10\n" P
                    "calloc(9223372036854775807,8)malloc(8) = 0x50\n",
                  "kmalloc 1 5 @malloc\nkmalloc 2 8 @malloc\n");
    assert_true(count_of("failed allocation") == 2);
    assert_true(count_of("free of a block older than the log") == 1);
    assert_true(count_of(OTHER) == 2);
    assert_true(count_of_all() == 5);
}

/* A thread is interrupted in its call, and other threads call meanwhile. */
TEST(calls_of_several_threads_are_matched)
{
    assert_import(P "malloc(5)malloc(6) = 0x10\n" P "realloc(0x10,0)free(0x10)\n" P
                    "malloc(7)calloc(2,4) = 0x20\n" P " = 0x30\n" P "free(0x30)\n" P " = 0\n" P
                    " = 0x40\n" P " = 0x50\n" P "malloc(1)malloc_usable_size(0x40)malloc(2)\n",
                  "kmalloc 1 6 @malloc\nkfree 1\nkmalloc 2 8 @calloc\nkmalloc 3 5 @malloc\n"
                  "kfree 3\nkmalloc 4 7 @malloc\n");
    assert_true(count_of("result without its call: left out") == 1);
    assert_true(count_of(NO_RESULT) == 2);
    assert_true(count_of_all() == 3);
}

TEST(output_of_the_program_is_ignored)
{
    assert_import("usage: -- --8-- malloc -- -\n\n== 5 ==\n--help--" P "malloc(5) = 0x10\n"
                  "100%--0-- --" P "free(0x10)\n--77-- REDIR: 0x40 (ld.so:strlen) redirected\n"
                  "**77** a message of the program's own\n--77--\nmalloc(7) = 0x20\n"
                  "--77-- mallinfo()\n--77-- \n--77-- mallocs(5) = 0x10\ndone--",
                  "kmalloc 1 5 @malloc\nkfree 1\n");
    assert_true(count_of(OTHER) == 11);
    assert_true(count_of_all() == 11);
}

TEST(lines_may_have_time_stamps)
{
    assert_import("==00:00:00:00.000 77== Command: ls\n--00:00:00:00.472 77-- malloc(5) = 0x10\n"
                  "--00:00:00:01.234 78-- free(0x10)\n--00:00:00:01.235 77-- free(0x10)\n",
                  "kmalloc 1 5 @malloc\nkfree 1\n");
    assert_true(count_of("free of a block older than the log") == 1);
}

/* Each process has its own addresses, and loses its blocks when it executes another program. */
TEST(processes_have_addresses_of_their_own)
{
    assert_import(P "malloc(5) = 0x10\n--78-- malloc(6) = 0x10\n" P "malloc(8)\n"
                    "--78-- free(0x10)\n" P " = 0x20\n--79-- malloc(7) = 0x10\n"
                    "==77== Command: /bin/true\n" P "malloc(9) = 0x10\n" P "calloc(9,9)\n"
                    "--79-- free(0x10)\n==77== Command: /bin/false\n",
                  "kmalloc 1 5 @malloc\nkmalloc 2 6 @malloc\nkfree 2\nkmalloc 3 8 @malloc\n"
                  "kmalloc 4 7 @malloc\nkfree 1\nkfree 3\nkmalloc 5 9 @malloc\nkfree 4\nkfree 5\n");
    assert_true(count_of("block that was live when its process executed another program: freed") ==
                3);
    assert_true(count_of(NO_RESULT) == 1);
    assert_true(count_of(OTHER) == 2);
    assert_true(count_of_all() == 6);
}

TEST(blocks_of_4_gib_are_left_out)
{
    assert_import(P "malloc(4294967295) = 0x10\n" P "malloc(4294967296) = 0x20\n" P
                    "calloc(65536,65536) = 0x30\n" P "free(0x30)\n" P "free(0x20)\n",
                  "kmalloc 1 4294967295 @malloc\n");
    assert_true(count_of("block of 4 GiB or more: left out") == 2);
    assert_true(count_of_all() == 2);
}

TEST(bad_lines_are_refused)
{
#define FIRST P "malloc(8) = 0x10\n"
#define REST  "kmalloc 1 8 @malloc\n"
    assert_bad_line(FIRST P "malloc()\n", "in.txt:2: malloc: its arguments make no sense", REST);
    assert_bad_line(FIRST P "realloc(0x10)\n", "in.txt:2: realloc: its arguments make no", REST);
    assert_bad_line(FIRST P "malloc(5\n", "in.txt:2: malloc: its arguments make no sense", REST);
    assert_bad_line(FIRST P "malloc(18446744073709551616) = 0x0\n", "in.txt:2: malloc: its", REST);
    assert_bad_line(FIRST P "free(1,2,3,4,5,6)\n", "in.txt:2: free: its arguments make no", REST);
    assert_bad_line(FIRST P "malloc_usable_size(0x10) = x\n",
                    "in.txt:2: the result of a call is 'x': expected a number", REST);
    assert_bad_line(FIRST P "malloc_usable_size(0x10) = 8 bytes\n",
                    "in.txt:2: the result of a call is '8': expected", REST);
    assert_bad_line(FIRST P "free(0x1",
                    "in.txt:2: cut short: the last line does not end in a newline", REST);
    assert_import_fails("", "in.txt: the file is empty: expected a log of Valgrind");
    assert_import_fails("==77== Memcheck, a memory error detector\n",
                        "in.txt: this is a report of Valgrind without the calls of malloc");
    assert_import_fails("hello\n", "in.txt: the file has no call of malloc");
}

/* Every prefix of a line is accepted, or gives an error with the number of the line. */
TEST(a_cut_line_is_refused_or_read)
{
    static const char *const lines[] = {P "realloc(0x10,0)free(0x10)", "==77== Command: ls",
                                        "--00:00:00:00.472 77-- calloc(3,4) = 0x20",
                                        P "_ZnwmSt11align_val_t(size 64, al 64) = 0x30"};
    struct sim_error error;
    char text[128];

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        for (size_t bytes = 0; bytes <= strlen(lines[i]); bytes++) {
            snprintf(text, sizeof(text), "%s%.*s\n", FIRST, (int)bytes, lines[i]);
            file_put_text("in.txt", text);
            error.text[0] = '\0';
            if (!trace_import("valgrind", "in.txt", "out.mmb", &import_options, &import_counts,
                              &error))
                assert_int_equal(strncmp(error.text, "in.txt:2: ", 10), 0);
        }
}

int main(void)
{
    import_format = "valgrind";
    return tests_run(importing_setup, files_teardown);
}
