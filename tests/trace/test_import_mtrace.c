/* Imports logs of glibc's mtrace, each with one difficulty. */
#include "support/test.h"
#include "trace/importing.h"

#define OLD_REALLOC "realloc of a block older than the log: an allocation"
#define INTERRUPTED "realloc with another thread between its lines: a free and an allocation"

TEST(a_real_log_is_imported)
{
    assert_import_of_data("heap.mtrace",
                          "kmalloc 1 21 @main\nkmalloc 2 24 @resize\nkrealloc 2 5000\n"
                          "kmalloc 3 24 @resize\nkrealloc 2 48\nkfree 2\nkmalloc 4 10 @align\n"
                          "kfree 4\nkmalloc 5 128 @align\nkfree 5\nkmalloc 6 20 @align\nkfree 6\n"
                          "kmalloc 7 24 @align\nkmalloc 8 288 @ld-linux-x86-64.so.2:[0x10cb3]\n"
                          "kmalloc 9 100 @half\nkfree 9\nkmalloc 10 200 @half\nkfree 10\n");
    assert_true(import_counts.lines == 25 && import_counts.events == 18);
    assert_true(count_of("block of 0 bytes: left out") == 1);
    assert_true(count_of("failed realloc: the block stays as it was") == 1);
    assert_true(count_of_all() == 2);
}

/* These are all forms in which glibc prints a caller. Some paths have blanks and brackets. */
TEST(callers_become_sites)
{
    assert_import("+ 0x10 0x1\n"
                  "@ [0x8048209] + 0x20 0x2\n"
                  "@ ./program:[0x8048209] + 0x30 0x3\n"
                  "@ /opt/my dir/a program:(main+0x12)[0x1139] + 0x40 0x4\n"
                  "@ /opt/[1] (old)/a program:[0x1139] + 0x50 0x5\n"
                  "@ program:(_ZN3FooC1Ev-8)[0x1] + 0x60 0x6\n"
                  "@ program:(+0x12)[0x1] + 0x70 0x7\n"
                  "@ main.c:12 + 0x80 0x8\n",
                  "kmalloc 1 1\nkmalloc 2 2 @[0x8048209]\nkmalloc 3 3 @program:[0x8048209]\n"
                  "kmalloc 4 4 @main\nkmalloc 5 5 @a_program:[0x1139]\nkmalloc 6 6 @_ZN3FooC1Ev\n"
                  "kmalloc 7 7\nkmalloc 8 8 @main.c:12\n");
    assert_true(count_of_all() == 0);
}

TEST(a_log_may_lack_the_at_signs)
{
    assert_import("= Start\n[0x8048100] + 0x9000008 0x20\n./a b:(f+0x1)[0x1] + 0x9000030 0x40\n"
                  "[0x8048300] - 0x9000008\n[0x8048300] < 0x9000030\n[0x8048300] > 0x9000008 0x8\n"
                  "= End\n",
                  "kmalloc 1 32 @[0x8048100]\nkmalloc 2 64 @f\nkfree 1\nkrealloc 2 8\n");
}

TEST(the_report_of_mtrace_is_named)
{
    import_options.lenient = true;
    assert_import_fails("Memory not freed:\n-----------------\n   Address     Size     Caller\n"
                        "0x09000030     0x40  at 0x8048200\n",
                        "in.txt: this is the report of mtrace(1), not a log of glibc's mtrace");
    import_options.lenient = false;
}

TEST(a_log_may_start_and_end_several_times)
{
    assert_import("= Start\n+ 0x10 0x8\n= End\n= Start\r\n- 0x10\r\n= End\r\n",
                  "kmalloc 1 8\nkfree 1\n");
    assert_import("= Start\n= End\n", "");
}

TEST(failed_calls_and_null_are_counted)
{
    assert_import("+ (nil) 0xffffffffffffffff\n! (nil) 0x7\n- (nil)\n+ 0x10 0x8\n! 0x10 0x9\n"
                  "! 0x20 0x9\n! 0x10 0\n- 0x10\n",
                  "kmalloc 1 8\nkfree 1\n");
    assert_true(count_of("failed allocation") == 2);
    assert_true(count_of("failed realloc: the block stays as it was") == 2);
    assert_true(count_of("free of NULL") == 1);
    assert_true(count_of("free of a block older than the log") == 1);
    assert_true(count_of_all() == 6);
}

TEST(numbers_may_lack_0x_and_may_be_large)
{
    assert_import("+ 804a008 14\n- 804a008\n+ 0xffffffffffffffff 0xffffffff\n"
                  "+ 0x10 0x100000000\n- 0x10\n",
                  "kmalloc 1 20\nkfree 1\nkmalloc 2 4294967295\n");
    assert_true(count_of("block of 4 GiB or more: left out") == 1);
    assert_true(count_of_all() == 1);
}

TEST(blocks_and_frees_missing_in_the_log_are_counted)
{
    assert_import("- 0x10\n< 0x20\n> 0x30 0x8\n+ 0x30 0x9\n< 0x30\n> 0x40 0x10\n+ 0x50 0x1\n"
                  "< 0x50\n> 0x40 0x2\n",
                  "kmalloc 1 8\nkfree 1\nkmalloc 2 9\nkrealloc 2 16\nkmalloc 3 1\nkfree 2\n"
                  "krealloc 3 2\n");
    assert_true(count_of("free of a block older than the log") == 1);
    assert_true(count_of(OLD_REALLOC) == 1);
    assert_true(count_of("address allocated again without a free: freed first") == 2);
    assert_true(count_of_all() == 4);
}

/* Old versions of glibc do not lock the log between the two lines of a realloc. */
TEST(reallocs_of_several_threads_are_matched)
{
    assert_import("+ 0x10 0x8\n+ 0x20 0x9\n< 0x10\n+ 0x30 0x7\n> 0x10 0x18\n"
                  "< 0x10\n< 0x20\n> 0x40 0x11\n> 0x50 0x12\n< 0x30\n",
                  "kmalloc 1 8\nkmalloc 2 9\nkmalloc 3 7\nkrealloc 1 24\nkfree 1\n"
                  "krealloc 2 17\nkmalloc 4 18\nkfree 3\n");
    assert_true(count_of(INTERRUPTED) == 3);
    assert_true(count_of_all() == 3);
}

TEST(a_block_resized_to_0_or_4_gib_is_left_out)
{
    assert_import("+ 0x10 0\n< 0x10\n> 0x20 0x8\n< 0x20\n> 0x30 0x100000000\n< 0x30\n> 0x30 0x9\n"
                  "< 0x30\n> 0x30 0\n- 0x30\n",
                  "kmalloc 1 8\nkfree 1\nkmalloc 2 9\nkfree 2\n");
    assert_true(count_of("block of 0 bytes: left out") == 2);
    assert_true(count_of("block of 4 GiB or more: left out") == 1);
    assert_true(count_of_all() == 3);
}

TEST(bad_lines_are_refused)
{
#define FIRST "+ 0x10 0x8\n"
    assert_bad_line(FIRST "hello\n", "in.txt:2: not a line of mtrace: 'hello'", "kmalloc 1 8\n");
    assert_bad_line(FIRST "\n", "in.txt:2: not a line of mtrace: ''", "kmalloc 1 8\n");
    assert_bad_line(FIRST "= Pause\n", "in.txt:2: not a line of mtrace: '= Pause'",
                    "kmalloc 1 8\n");
    assert_bad_line(FIRST "@ program:[0x1] ? 0x10\n", "in.txt:2: not a line of mtrace",
                    "kmalloc 1 8\n");
    assert_bad_line(FIRST "@ program\n", "in.txt:2: not a line of mtrace", "kmalloc 1 8\n");
    assert_bad_line(FIRST "- 0xg\n", "in.txt:2: ADDRESS is '0xg': expected a hexadecimal number",
                    "kmalloc 1 8\n");
    assert_bad_line(FIRST "-\n", "in.txt:2: ADDRESS is '': expected", "kmalloc 1 8\n");
    assert_bad_line(FIRST "> 0x10\n", "in.txt:2: BYTES is '': expected", "kmalloc 1 8\n");
    assert_bad_line(FIRST "+ 0x20 0x10000000000000000\n", "in.txt:2: BYTES is '0x1000",
                    "kmalloc 1 8\n");
    assert_bad_line(FIRST "- 0x10 0x8\n", "in.txt:2: unexpected '0x8' after the operation",
                    "kmalloc 1 8\n");
    assert_bad_line(FIRST "- 0x1", "in.txt:2: cut short: the last line does not end in a newline",
                    "kmalloc 1 8\n");
    assert_import_fails("", "in.txt: the file is empty: expected a log of glibc's mtrace");
    import_options.lenient = true;
    assert_import_fails("hello\n", "in.txt: the file has no line of mtrace");
    import_options.lenient = false;
}

int main(void)
{
    import_format = "mtrace";
    return tests_run(importing_setup, files_teardown);
}
