/* Pages wrap long lines, turn marks into colour or nothing, and replace control characters. */
#include "report/page.h"
#include "report/terminal.h"
#include "support/printing.h"
#include "support/program.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Returns the text as a page of so many columns shows it. The caller frees it. */
static char *page_of(const char *columns, const char *text)
{
    struct printing printing;

    setenv("COLUMNS", columns, 1);
    FILE *page = page_open(printing_start(&printing));
    fputs(text, page);
    fclose(page);
    return printing_end(&printing);
}

static void assert_page(const char *columns, const char *text, const char *expected)
{
    char *printed = page_of(columns, text);

    assert_string_equal(printed, expected);
    free(printed);
}

TEST(a_line_that_fits_is_not_changed)
{
    assert_page("40", "", "");
    assert_page("40", "\n\n", "\n\n");
    assert_page("40", "no newline", "no newline");
    assert_page("40", "  two  blanks  and some behind  \n", "  two  blanks  and some behind  \n");
    assert_page("40", "0123456789012345678901234567890123456789\n",
                "0123456789012345678901234567890123456789\n");
}

TEST(a_long_line_continues_below_its_second_column)
{
    assert_page("40", "window   digest 0123456789abcdef and a word more\nnext\n",
                "window   digest 0123456789abcdef and a\n"
                "         word more\n"
                "next\n");
    assert_page("40", "    in the way: frame 0x1400, held since event 1,000\n",
                "    in the way: frame 0x1400, held since\n"
                "      event 1,000\n");
    assert_page("40", "many words of one length and a gap too far  right of it\n",
                "many words of one length and a gap too\n"
                "  far  right of it\n");
}

TEST(a_long_word_has_a_line_to_itself)
{
    assert_page("40", "see /a/path/that/is/longer/than/any/line/can/be for more\n",
                "see\n"
                "  /a/path/that/is/longer/than/any/line/can/be\n"
                "  for more\n");
}

TEST(a_character_of_several_bytes_takes_one_column)
{
    assert_page("40", "\xc3\xa4\xc3\xb6\xc3\xbc 5678901234567890123456789012345678901234567\n",
                "\xc3\xa4\xc3\xb6\xc3\xbc\n  5678901234567890123456789012345678901234567\n");
    assert_page("40", "\xc3\xa4\xc3\xb6\xc3\xbc 567890123456789012345678901234567890\n",
                "\xc3\xa4\xc3\xb6\xc3\xbc 567890123456789012345678901234567890\n");
    assert_int_equal(page_columns("\xc3\xa4" PAGE_WORST "b" PAGE_PLAIN), 2);
}

TEST(marks_take_no_column_and_vanish_in_a_file)
{
    assert_page("40", PAGE_FAILURE "0123456789012345678901234567890123456789" PAGE_PLAIN "\n",
                "0123456789012345678901234567890123456789\n");
    assert_page("40", "cut short " PAGE_MARK "\n", "cut short ?\n");
}

/* Names come from traces, and must not control the terminal. */
TEST(control_characters_are_shown_as_question_marks)
{
    assert_page("40", "a\033[2Jb\a\t\177\r\n", "a?[2Jb????\n");
}

/* ---- the width ---- */

static void assert_width(const char *columns, uint32_t width)
{
    if (columns != NULL)
        setenv("COLUMNS", columns, 1);
    else
        unsetenv("COLUMNS");
    assert_int_equal(terminal_width(), width);
}

TEST(the_width_is_that_of_COLUMNS)
{
    assert_width("100", 100);
    assert_width("9999", 9999);
    assert_width("1", TERMINAL_WIDTH_MIN);
}

/* The standard output is a file during this test. */
TEST(without_a_valid_COLUMNS_a_file_has_80_columns)
{
    static const char *const numbers[] = {NULL, "", "0", "-1", "80x", "99999", "123456"};
    int terminal = dup(STDOUT_FILENO);
    FILE *file = tmpfile();

    fflush(stdout);
    dup2(fileno(file), STDOUT_FILENO);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        assert_width(numbers[i], TERMINAL_WIDTH_DEFAULT);
    assert_int_equal(terminal_width_of(STDOUT_FILENO), 0);
    dup2(terminal, STDOUT_FILENO);
    close(terminal);
    fclose(file);
}
