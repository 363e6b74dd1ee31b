/* JSON strings of bytes that are UTF-8, and of such that are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "replay/run_json.h"

static char text[256];
static size_t used;

static void put(void *context, const char *piece, size_t bytes)
{
    (void)context;
    assert_true(used + bytes < sizeof text);
    memcpy(text + used, piece, bytes);
    used += bytes;
    text[used] = '\0';
}

/* What becomes of the bytes, without the quotes around it. */
static const char *quoted(const char *bytes, size_t count)
{
    const struct text_out out = {put, NULL};

    used = 0;
    text_put_json_string(&out, bytes, count);
    assert_true(used >= 2 && text[0] == '"' && text[used - 1] == '"');
    text[used - 1] = '\0';
    return text + 1;
}

static void utf8_stays_as_it_is(void **state)
{
    /* The first and the last of each form of RFC 3629. */
    static const char *const valid[] = {
        "\xc2\x80",         "\xdf\xbf",         "\xe0\xa0\x80",     "\xe0\xbf\xbf",
        "\xe1\x80\x80",     "\xec\xbf\xbf",     "\xed\x80\x80",     "\xed\x9f\xbf",
        "\xee\x80\x80",     "\xef\xbf\xbf",     "\xf0\x90\x80\x80", "\xf0\xbf\xbf\xbf",
        "\xf1\x80\x80\x80", "\xf3\xbf\xbf\xbf", "\xf4\x80\x80\x80", "\xf4\x8f\xbf\xbf",
    };

    (void)state;
    for (size_t i = 0; i < sizeof valid / sizeof valid[0]; i++)
        assert_string_equal(quoted(valid[i], strlen(valid[i])), valid[i]);
}

static void what_is_not_utf8_is_escaped(void **state)
{
    static const struct {
        const char *bytes;
        const char *escaped;
    } table[] = {
        {"\x80", "\\u0080"},                                  /* goes on from nothing */
        {"\xff", "\\u00ff"},                                  /* never occurs */
        {"\xc1\x80", "\\u00c1\\u0080"},                       /* too long for what it says */
        {"\xe0\x9f\xbf", "\\u00e0\\u009f\\u00bf"},            /* likewise */
        {"\xed\xa0\x80", "\\u00ed\\u00a0\\u0080"},            /* half a surrogate pair */
        {"\xf4\x90\x80\x80", "\\u00f4\\u0090\\u0080\\u0080"}, /* beyond U+10FFFF */
        {"\xe1\x80z", "\\u00e1\\u0080z"},                     /* breaks off */
        {"\xe1\x80\xc0", "\\u00e1\\u0080\\u00c0"},            /* breaks off */
        {"a\xc3", "a\\u00c3"},                                /* the text ends */
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_string_equal(quoted(table[i].bytes, strlen(table[i].bytes)), table[i].escaped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_stays_as_it_is),
        cmocka_unit_test(what_is_not_utf8_is_escaped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
