/* Imports files of the malloc lab, each with one difficulty. */
#include "trace/importing.h"

#define REQUESTS                                                                                   \
    "kmalloc 1 512\nkmalloc 2 128\nkrealloc 1 640\nkmalloc 3 16\nkfree 2\nkmalloc 4 24\n"          \
    "kfree 3\nkfree 1\nkfree 4\n"

/* The header of ids and operations. */
#define HEADER(ids, operations) "20000\n" ids "\n" operations "\n1\n"

static void both_orders_of_the_header_are_read(void **state)
{
    (void)state;
    assert_import_of_data("heap_old.rep", REQUESTS);
    assert_true(import_counts.lines == 14 && import_counts.events == 9);
    assert_true(count_of("free of NULL") == 1 && count_of_all() == 1);
    assert_import_of_data("heap_new.rep", REQUESTS);
    assert_true(import_counts.lines == 16 && import_counts.events == 9);
    assert_true(count_of("free of NULL") == 1 && count_of_all() == 1);
}

static void blanks_and_comments_are_ignored(void **state)
{
    (void)state;
    assert_import("1 1 2 20000\r\na\t0  7\r\n\r\n  # a comment\r\nf 0 # too\r\n",
                  "kmalloc 1 7\nkfree 1\n");
    assert_import(HEADER("0", "0"), "");
}

static void blocks_of_no_bytes_or_4_gib_are_left_out(void **state)
{
    (void)state;
    assert_import(HEADER("2", "7") "a 0 0\nr 0 5\nr 0 0\na 1 4294967296\nr 1 4294967295\n"
                                   "r 1 99999999999\nf 1\n",
                  "kmalloc 1 5\nkfree 1\nkmalloc 2 4294967295\nkfree 2\n");
    assert_true(count_of("block of 0 bytes: left out") == 1);
    assert_true(count_of("block of 4 GiB or more: left out") == 2);
    assert_true(count_of_all() == 3);
}

static void an_id_allocated_again_is_freed_first(void **state)
{
    (void)state;
    assert_import(HEADER("1", "4") "a 0 5\na 0 6\nf 0\na 0 7\n",
                  "kmalloc 1 5\nkfree 1\nkmalloc 2 6\nkfree 2\nkmalloc 3 7\n");
    assert_true(count_of("address allocated again without a free: freed first") == 1);
    assert_true(count_of_all() == 1);
}

static void bad_lines_are_refused(void **state)
{
    (void)state;
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
    assert_bad_line(HEADER("1", "2") "a 0 5\nf 0",
                    "in.txt:6: cut short: the last line does not end in a newline",
                    "kmalloc 1 5\n");
}

static void a_header_that_does_not_fit_the_rest_is_refused(void **state)
{
    (void)state;
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
                        "in.txt:3: 'a' in the header: expected a number: the number of operations");
    import_options.lenient = true;
    assert_import_fails("a 0 5\n", "in.txt:1: the file ends in its header");
    import_options.lenient = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_orders_of_the_header_are_read),
        cmocka_unit_test(blanks_and_comments_are_ignored),
        cmocka_unit_test(blocks_of_no_bytes_or_4_gib_are_left_out),
        cmocka_unit_test(an_id_allocated_again_is_freed_first),
        cmocka_unit_test(bad_lines_are_refused),
        cmocka_unit_test(a_header_that_does_not_fit_the_rest_is_refused),
    };

    import_format = "mdriver";
    return cmocka_run_group_tests(tests, importing_setup, files_teardown);
}
