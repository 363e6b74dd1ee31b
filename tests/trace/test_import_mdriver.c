/* Imports files of the malloc lab, each with one difficulty. */
#include "support/test.h"
#include "trace/importing.h"

#define REQUESTS                                                                                   \
    "kmalloc 1 512\nkmalloc 2 128\nkrealloc 1 640\nkmalloc 3 16\nkfree 2\nkmalloc 4 24\n"          \
    "kfree 3\nkfree 1\nkfree 4\n"

/* The header of ids and operations. */
#define HEADER(ids, operations) "20000\n" ids "\n" operations "\n1\n"

TEST(both_orders_of_the_header_are_read)
{
    assert_import_of_data("heap_old.rep", REQUESTS);
    assert_true(import_counts.lines == 14 && import_counts.events == 9);
    assert_true(count_of("free of NULL") == 1 && count_of_all() == 1);
    assert_import_of_data("heap_new.rep", REQUESTS);
    assert_true(import_counts.lines == 16 && import_counts.events == 9);
    assert_true(count_of("free of NULL") == 1 && count_of_all() == 1);
}

TEST(a_header_may_have_two_or_three_numbers)
{
    assert_import("1\n2\na 0 5\nf 0\n", "kmalloc 1 5\nkfree 1\n");
    assert_import("20000\n1\n2\na 0 5\nf 0\n", "kmalloc 1 5\nkfree 1\n");
    assert_import("1\n2\n9\na 0 5\nf 0\n", "kmalloc 1 5\nkfree 1\n");
}

TEST(the_last_line_may_lack_its_newline)
{
    assert_import(HEADER("1", "2") "a 0 5\nf 0", "kmalloc 1 5\nkfree 1\n");
}

TEST(blanks_and_comments_are_ignored)
{
    assert_import("// a comment\n1 1 2 20000\na 0 7 // too\nf 0\n", "kmalloc 1 7\nkfree 1\n");
    assert_import("20000 /* bytes */\n1\n2\n1\na 0 7 /* slot 0 */\nf 0\n",
                  "kmalloc 1 7\nkfree 1\n");
    assert_import("1 1 2 20000\r\na\t0  7\r\n\r\n  # a comment\r\nf 0 # too\r\n",
                  "kmalloc 1 7\nkfree 1\n");
    assert_import(HEADER("0", "0"), "");
}

TEST(blocks_of_no_bytes_or_4_gib_are_left_out)
{
    assert_import(HEADER("2", "7") "a 0 0\nr 0 5\nr 0 0\na 1 4294967296\nr 1 4294967295\n"
                                   "r 1 99999999999\nf 1\n",
                  "kmalloc 1 5\nkfree 1\nkmalloc 2 4294967295\nkfree 2\n");
    assert_true(count_of("block of 0 bytes: left out") == 1);
    assert_true(count_of("block of 4 GiB or more: left out") == 2);
    assert_true(count_of_all() == 3);
}

TEST(an_id_allocated_again_is_freed_first)
{
    assert_import(HEADER("1", "4") "a 0 5\na 0 6\nf 0\na 0 7\n",
                  "kmalloc 1 5\nkfree 1\nkmalloc 2 6\nkfree 2\nkmalloc 3 7\n");
    assert_true(count_of("address allocated again without a free: freed first") == 1);
    assert_true(count_of_all() == 1);
}

TEST(bad_lines_are_refused)
{
#define USAGE "'a ID BYTES', 'r ID BYTES' or 'f ID'"
    assert_bad_line(HEADER("1", "2") "a 0 5\nx 1\n",
                    "in.txt:6: unknown operation 'x': expected " USAGE, "kmalloc 1 5\n");
    assert_bad_line(HEADER("1", "2") "a 0 5\na\n",
                    "in.txt:6: ID is '': expected a number, in " USAGE, "kmalloc 1 5\n");
    assert_bad_line(HEADER("1", "2") "a 0 5\na 0 five\n",
                    "in.txt:6: BYTES is 'five': expected a number, in " USAGE, "kmalloc 1 5\n");
    assert_bad_line(HEADER("1", "2") "a 0 5\nr 0 -1\n", "in.txt:6: BYTES is '-1'", "kmalloc 1 5\n");
    assert_bad_line(HEADER("1", "2") "a 0 5\nf -2\n", "in.txt:6: ID is '-2'", "kmalloc 1 5\n");
    assert_bad_line(HEADER("1", "2") "a 0 5\nf 0 5\n", "in.txt:6: unexpected '5'", "kmalloc 1 5\n");
    assert_bad_line(HEADER("1", "2") "a 0 5\na 1 5\n",
                    "in.txt:6: ID 1: the header, in line 2, has 1 IDs, counted from 0",
                    "kmalloc 1 5\n");
    assert_bad_line(HEADER("2", "3") "a 1 5\nf 0\nf 1\n", "in.txt:6: ID 0 is not live",
                    "kmalloc 1 5\nkfree 1\n");
    assert_bad_line(HEADER("1", "3") "a 0 5\nf 0\nf 0\n", "in.txt:7: ID 0 is not live",
                    "kmalloc 1 5\nkfree 1\n");
}

TEST(a_header_that_does_not_fit_the_rest_is_refused)
{
    assert_bad_line(HEADER("1", "3") "a 0 5\nf 0\n",
                    "in.txt:3: the header announces 3 operations, but 2 follow",
                    "kmalloc 1 5\nkfree 1\n");
    assert_bad_line(HEADER("1", "1") "a 0 5\nf 0\n",
                    "in.txt:3: the header announces 1 operations, but 2 follow",
                    "kmalloc 1 5\nkfree 1\n");
    assert_bad_line(HEADER("2", "2") "a 0 5\nf 0\n",
                    "in.txt:2: the header announces 2 IDs, but 1 follow", "kmalloc 1 5\nkfree 1\n");
    assert_import_fails("", "in.txt: the file is empty: expected a .rep file of the malloc lab");
    assert_import_fails("1\n2\n3\n", "in.txt:3: the file ends in its header");
    assert_import_fails("1\n2\na 0 5\n",
                        "in.txt:2: the header announces 2 operations, but 1 follow");
    assert_import_fails("1\na 0 5\n", "in.txt:2: 'a' in the header: expected a number");
    assert_import_fails("7\n1\n3\na 0 5\nf 0",
                        "in.txt:3: the header announces 3 operations, but 2 follow");
    import_options.lenient = true;
    assert_import_fails("a 0 5\n", "in.txt:1: the file ends in its header");
    import_options.lenient = false;
}

int main(void)
{
    import_format = "mdriver";
    return tests_run(importing_setup, files_teardown);
}
