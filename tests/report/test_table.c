/* The text of tables, compared exactly. */
#include "report/page.h"
#include "report/table.h"
#include "support/printing.h"
#include "support/program.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

/* Returns the text of the table. The caller frees it. */
static char *printed(const struct table *table)
{
    struct printing printing;

    FILE *page = page_open(printing_start(&printing));
    table_print(table, page);
    fclose(page);
    return printing_end(&printing);
}

static void assert_prints(const struct table *table, const char *expected)
{
    char *text = printed(table);

    assert_string_equal(text, expected);
    free(text);
}

TEST(columns_are_as_wide_as_they_need)
{
    static struct table table;

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

TEST(headings_do_not_widen_columns)
{
    static struct table table;

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

TEST(an_empty_table_prints_nothing)
{
    static struct table table;

    table_init(&table, 3);
    assert_prints(&table, "");
}

TEST(table_init_forgets_the_old_rows)
{
    static struct table table;

    table_init(&table, 1);
    table_row(&table, "a very long label of long ago");
    table_cell(&table, 0, "and its cell");
    table_init(&table, 1);
    table_row(&table, "x");
    assert_prints(&table, "x  \n");
}

TEST(long_text_is_cut)
{
    static struct table table;
    char text[200];

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    table_init(&table, 1);
    table_row(&table, text);
    table_cell(&table, 0, text);
    char *line = printed(&table);
    assert_int_equal(strlen(line), TABLE_LABEL_BYTES - 1 + 2 + TABLE_CELL_BYTES - 1 + 1);
    free(line);
}

/* ---- widths ---- */

static void fill_wide(struct table *table)
{
    static const char *const names[] = {"window", "primary", "brk",    "zoned",
                                        "kseg0",  "jump",    "migrate"};

    table_init(table, 7);
    table_row(table, "");
    for (uint32_t column = 0; column < 7; column++)
        table_cell(table, column, names[column]);
    table_heading(table, "of all");
    table_row(table, "  free");
    for (uint32_t column = 0; column < 7; column++)
        table_cell(table, column, "100.0 %");
}

/* Where six of seven columns would fit, the groups are of four and three. */
TEST(columns_that_do_not_fit_are_printed_in_groups)
{
    static struct table table;

    fill_wide(&table);
    setenv("COLUMNS", "69", 1);
    assert_prints(&table,
                  "         window  primary      brk    zoned    kseg0     jump  migrate\n"
                  "of all\n"
                  "  free  100.0 %  100.0 %  100.0 %  100.0 %  100.0 %  100.0 %  100.0 %\n");
    setenv("COLUMNS", "68", 1);
    assert_prints(&table, "         window  primary      brk    zoned\n"
                          "of all\n"
                          "  free  100.0 %  100.0 %  100.0 %  100.0 %\n"
                          "\n"
                          "          kseg0     jump  migrate\n"
                          "of all\n"
                          "  free  100.0 %  100.0 %  100.0 %\n");
    setenv("COLUMNS", "80", 1);
}

TEST(every_group_fits_or_has_one_column)
{
    static struct table table;

    fill_wide(&table);
    for (unsigned width = 40; width < 80; width++) {
        char columns[8];
        snprintf(columns, sizeof columns, "%u", width);
        setenv("COLUMNS", columns, 1);
        char *text = printed(&table);
        assert_true(text_columns(text) <= width);
        free(text);
    }
    setenv("COLUMNS", "80", 1);
}

TEST(marks_of_a_cell_enclose_its_text_without_blanks)
{
    static struct table table;
    struct printing printing;

    table_init(&table, 2);
    table_row(&table, "x");
    table_cell(&table, 0, "12");
    table_mean(&table, 0, TABLE_WORST);
    table_cell(&table, 1, "3");
    table_print(&table, printing_start(&printing));
    char *text = printing_end(&printing);
    assert_string_equal(text, "x  " PAGE_WORST "12" PAGE_PLAIN "  3\n");
    free(text);
    assert_prints(&table, "x  12  3\n");
}
