/* Escapes text from files, so that a terminal can show it. */
#include "support/test.h"
#include "trace/printable.h"

#include <string.h>

static void assert_printed(const char *text, const char *expected)
{
    assert_string_equal(printable(text).text, expected);
}

TEST(control_characters_are_escaped)
{
    assert_printed("\x1b[31mred\x07\x7f\r\n\t", "\\x1b[31mred\\x07\\x7f\\x0d\\x0a\\x09");
    assert_printed("\xc2\x80\xc2\x9b\xc2\x9f", "\\xc2\\x80\\xc2\\x9b\\xc2\\x9f");
    assert_printed("\x9b", "\\x9b");
}

TEST(invalid_utf8_is_escaped)
{
    assert_printed("a\xff\xc3", "a\\xff\\xc3");
    assert_printed("\xc0\xaf\xed\xa0\x80", "\\xc0\\xaf\\xed\\xa0\\x80");
}

TEST(other_text_is_not_changed)
{
    assert_printed("", "");
    assert_printed(" ~'\"\\x$`", " ~'\"\\x$`");
    assert_printed("\xc2\xa0\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xa7",
                   "\xc2\xa0\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xa7");
}

TEST(text_is_not_cut_inside_a_character_or_an_escape)
{
    assert_string_equal(printable_within("ab\xc3\xa9z", 3).text, "ab");
    assert_string_equal(printable_within("ab\xc3\xa9z", 4).text, "ab\xc3\xa9");
    assert_string_equal(printable_within("ab\x1bz", 5).text, "ab");
    assert_string_equal(printable_within("ab\x1bz", 6).text, "ab\\x1b");
    assert_string_equal(printable_within("ab", 0).text, "");
    assert_string_equal(printable_part("ab\x1bz", 3).text, "ab\\x1b");
}

TEST(a_long_text_is_cut)
{
    char text[2 * PRINTABLE_BYTES];

    memset(text, 0x01, sizeof text - 1u);
    text[sizeof text - 1u] = '\0';
    size_t length = strlen(printable(text).text);
    assert_true(length < PRINTABLE_BYTES && length >= PRINTABLE_BYTES - 4u);
    assert_int_equal(length % 4u, 0);
}
