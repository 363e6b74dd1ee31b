/* Tests numbers and strings as text. */
#include "replay/run_json.h"
#include "support/test.h"

#include "support/on_machine.h"
#include "support/text_sink.h"

#include <string.h>

/* ---- numbers ---- */

TEST(decimals_are_written)
{
    static const struct {
        uint64_t value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {9, "9"},
        {10, "10"},
        {99, "99"},
        {100, "100"},
        {UINT32_MAX, "4294967295"},
        {UINT32_MAX + 1ull, "4294967296"},
        {999999999999999999u, "999999999999999999"},
        {10000000000000000000u, "10000000000000000000"},
        {UINT64_MAX, "18446744073709551615"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        text_put_u64(sink_fresh(), cases[i].value);
        assert_string_equal(sink_text, cases[i].text);
    }
    for (uint64_t power = 1, digits = 1; digits < 20; power *= 10, digits++) {
        text_put_u64(sink_fresh(), power);
        assert_int_equal(sink_bytes, digits);
        text_put_u64(sink_fresh(), power - 1);
        assert_int_equal(sink_bytes, digits == 1 ? 1 : digits - 1);
    }
}

TEST(signed_decimals_are_written)
{
    text_put_i64(sink_fresh(), 0);
    text_put_i64(&sink, -1);
    text_put_i64(&sink, 1000);
    text_put_i64(&sink, INT32_MAX);
    text_put_i64(&sink, INT32_MIN);
    assert_string_equal(sink_text, "0-110002147483647-2147483648");
}

TEST(hexadecimals_are_written)
{
    text_put_hex(sink_fresh(), 0, 1);
    text_put_hex(&sink, 0xab, 4);
    text_put_hex(&sink, UINT64_MAX, 16);
    text_put_hex(&sink, 0x0123456789abcdef, 16);
    assert_string_equal(sink_text, "000abffffffffffffffff0123456789abcdef");
}

TEST(fractions_are_written)
{
    text_put_permille(sink_fresh(), 0);
    assert_string_equal(sink_text, "0.000");
    text_put_permille(sink_fresh(), 345);
    assert_string_equal(sink_text, "0.345");
    text_put_permille(sink_fresh(), 1000);
    assert_string_equal(sink_text, "1.000");
    text_put_permille(sink_fresh(), 4294967295u);
    assert_string_equal(sink_text, "4294967.295");
    text_put_millionths(sink_fresh(), 0);
    assert_string_equal(sink_text, "0.000000");
    text_put_millionths(sink_fresh(), 42);
    assert_string_equal(sink_text, "0.000042");
    text_put_millionths(sink_fresh(), 1234567);
    assert_string_equal(sink_text, "1.234567");
    text_put_millionths(sink_fresh(), UINT64_MAX);
    assert_string_equal(sink_text, "18446744073709.551615");
}

TEST(ratios_are_rounded_down_to_permille)
{
    assert_int_equal(ratio_permille(0, 0), 0);
    assert_int_equal(ratio_permille(5, 0), 0);
    assert_int_equal(ratio_permille(0, 5), 0);
    assert_int_equal(ratio_permille(1, 3), 333);
    assert_int_equal(ratio_permille(2, 3), 666);
    assert_int_equal(ratio_permille(7, 7), 1000);
    assert_int_equal(ratio_permille(UINT32_MAX, UINT32_MAX), 1000);
    assert_int_equal(ratio_permille(UINT64_MAX / 2, UINT64_MAX), 499); /* 2^21 - 1 of 2^22 - 1 */
    assert_int_equal(ratio_permille(3ull << 40, 1ull << 42), 750);
}

/* ---- strings ---- */

TEST(json_strings_are_quoted_and_escaped)
{
    static const char tricky[] = "a\"b\\c/\b\t\n\v\f\r\x01\x1f\x7f\xc3\xa9";

    text_put_json_string(sink_fresh(), tricky, sizeof tricky - 1);
    assert_string_equal(sink_text,
                        "\"a\\\"b\\\\c/\\b\\t\\n\\u000b\\f\\r\\u0001\\u001f\\u007f\xc3\xa9\"");
    text_put_json_string(sink_fresh(), "cut here", 3); /* the string need not be terminated */
    assert_string_equal(sink_text, "\"cut\"");
    text_put_json_string(sink_fresh(), "", 0);
    assert_string_equal(sink_text, "\"\"");
    text_put_json_string(sink_fresh(), "\0", 1);
    assert_string_equal(sink_text, "\"\\u0000\"");
}

/* Fails the test unless the string is written as `expected` between the quotes. */
static void assert_quoted(const char *bytes, const char *expected)
{
    size_t count = strlen(expected);

    text_put_json_string(sink_fresh(), bytes, strlen(bytes));
    assert_int_equal(strlen(sink_text), count + 2);
    assert_true(sink_text[0] == '"' && sink_text[count + 1] == '"');
    assert_memory_equal(sink_text + 1, expected, count);
}

/* A terminal may take these characters for commands, too. */
TEST(controls_of_two_bytes_are_escaped)
{
    assert_quoted("\xc2\x80\xc2\x9f\xc2\xa0", "\\u0080\\u009f\xc2\xa0");
}

TEST(valid_utf8_is_not_changed)
{
    /* The first and the last character of each form of RFC 3629, without control characters. */
    static const char *const valid[] = {
        "\xc2\xa0",         "\xdf\xbf",         "\xe0\xa0\x80",     "\xe0\xbf\xbf",
        "\xe1\x80\x80",     "\xec\xbf\xbf",     "\xed\x80\x80",     "\xed\x9f\xbf",
        "\xee\x80\x80",     "\xef\xbf\xbf",     "\xf0\x90\x80\x80", "\xf0\xbf\xbf\xbf",
        "\xf1\x80\x80\x80", "\xf3\xbf\xbf\xbf", "\xf4\x80\x80\x80", "\xf4\x8f\xbf\xbf",
    };

    for (size_t i = 0; i < sizeof valid / sizeof valid[0]; i++)
        assert_quoted(valid[i], valid[i]);
}

TEST(invalid_utf8_is_escaped)
{
    static const struct {
        const char *bytes;
        const char *escaped;
    } table[] = {
        {"\x80", "\\u0080"},                                  /* continues nothing */
        {"\xff", "\\u00ff"},                                  /* never occurs in UTF-8 */
        {"\xc1\x80", "\\u00c1\\u0080"},                       /* longer than needed */
        {"\xe0\x9f\xbf", "\\u00e0\\u009f\\u00bf"},            /* longer than needed */
        {"\xed\xa0\x80", "\\u00ed\\u00a0\\u0080"},            /* half a surrogate pair */
        {"\xf4\x90\x80\x80", "\\u00f4\\u0090\\u0080\\u0080"}, /* beyond U+10FFFF */
        {"\xe1\x80z", "\\u00e1\\u0080z"},                     /* breaks off */
        {"\xe1\x80\xc0", "\\u00e1\\u0080\\u00c0"},            /* breaks off */
        {"a\xc3", "a\\u00c3"},                                /* the text ends */
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_quoted(table[i].bytes, table[i].escaped);
}
