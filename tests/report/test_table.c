/* The text of a table, to the blank. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/table.h"
#include "support/printing.h"

#include <stdlib.h>
#include <string.h>

/* The caller frees it. */
static char *printed(const struct table *table)
{
    struct printing printing;

    table_print(table, printing_start(&printing));
    return printing_end(&printing);
}

static void assert_prints(const struct table *table, const char *expected)
{
    char *text = printed(table);

    assert_string_equal(text, expected);
    free(text);
}

static void columns_are_as_wide_as_they_need(void **state)
{
    static struct table table;

    (void)state;
    table_init(&table, 2);
    table_row(&table, "");
    table_cell(&table, 0, "window");
    table_cell(&table, 1, "brk");
    table_row(&table, "failed");
    table_cell(&table, 0, "1");
    table_cell(&table, 1, "12,345");
    table_row(&table, "  of them late");
    table_cell(&table, 1, "-");
    assert_prints(&table, "                window     brk\n"
                          "failed               1  12,345\n"
                          "  of them late               -\n");
}

static void headings_widen_no_column(void **state)
{
    static struct table table;

    (void)state;
    table_init(&table, 1);
    table_heading(&table, "Much longer than any of the labels under it");
    table_row(&table, "  of them late");
    table_cell(&table, 0, "7");
    assert_prints(&table, "Much longer than any of the labels under it\n"
                          "  of them late  7\n");
    table_init(&table, 1);
    table_row(&table, "late");
    table_cell(&table, 0, "7");
    assert_prints(&table, "late  7\n");
}

static void an_empty_table_prints_nothing(void **state)
{
    static struct table table;

    (void)state;
    table_init(&table, 3);
    assert_prints(&table, "");
}

static void a_table_starts_anew(void **state)
{
    static struct table table;

    (void)state;
    table_init(&table, 1);
    table_row(&table, "a very long label of long ago");
    table_cell(&table, 0, "and its cell");
    table_init(&table, 1);
    table_row(&table, "x");
    assert_prints(&table, "x  \n");
}

static void long_text_is_cut(void **state)
{
    static struct table table;
    char text[200];

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    table_init(&table, 1);
    table_row(&table, text);
    table_cell(&table, 0, text);
    char *line = printed(&table);
    assert_int_equal(strlen(line), TABLE_LABEL_BYTES - 1 + 2 + TABLE_CELL_BYTES - 1 + 1);
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_as_wide_as_they_need),
        cmocka_unit_test(headings_widen_no_column),
        cmocka_unit_test(an_empty_table_prints_nothing),
        cmocka_unit_test(a_table_starts_anew),
        cmocka_unit_test(long_text_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
