#include "support/prose_checks.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#define TEXT_BYTES 65536u

static char text[TEXT_BYTES];

const char *prose_paragraph_text(const struct prose *prose, uint32_t paragraph)
{
    size_t bytes = 0;

    for (size_t i = 0; i < prose->span_count; i++) {
        const struct prose_span *span = &prose->spans[i];
        if (span->paragraph != paragraph)
            continue;
        assert_true(bytes + span->bytes < TEXT_BYTES);
        memcpy(text + bytes, prose->text + span->start, span->bytes);
        bytes += span->bytes;
    }
    text[bytes] = '\0';
    return text;
}

const char *prose_whole_text(const struct prose *prose)
{
    static char whole[TEXT_BYTES];
    size_t bytes = 0;

    for (uint32_t paragraph = 0; paragraph < prose->paragraphs; paragraph++) {
        const char *next = prose_paragraph_text(prose, paragraph);
        size_t length = strlen(next);
        assert_true(bytes + length + 1u < TEXT_BYTES);
        memcpy(whole + bytes, next, length);
        bytes += length;
        whole[bytes++] = '\n';
    }
    whole[bytes] = '\0';
    return whole;
}

/* Whether the text has `part` where no digit stands before it: "1 requests", but not "21 requests".
 */
static bool has_number(const char *in, const char *part)
{
    for (const char *at = in; (at = strstr(at, part)) != NULL; at++)
        if (at == in || (!isdigit((unsigned char)at[-1]) && at[-1] != ',' && at[-1] != '.'))
            return true;
    return false;
}

static void assert_sound(const char *of)
{
    static const char *const never[] = {"  ",  " ,",  " .",     " ;", "..", ",.",  "nan",
                                        "inf", "-1 ", "(null)", "%%", "()", ": .", "::"};
    static const char *const plurals[] = {"1 requests", "1 failures", "1 blocks", "1 events",
                                          "1 pages",    "one pages",  "1 owners", "1 strategies"};

    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        if (strstr(of, never[i]) != NULL)
            fail_msg("\"%s\" in: %s", never[i], of);
    for (size_t i = 0; i < sizeof plurals / sizeof plurals[0]; i++)
        if (has_number(of, plurals[i]))
            fail_msg("\"%s\" in: %s", plurals[i], of);
    for (const char *c = of; *c != '\0'; c++)
        if ((unsigned char)*c < ' ')
            fail_msg("a control character in: %s", of);
}

void assert_prose_is_well_formed(const struct prose *prose, bool sentences)
{
    assert_true(prose->span_count != 0);
    for (size_t i = 0; i < prose->span_count; i++)
        assert_true(prose->spans[i].bytes != 0);
    for (uint32_t i = 0; i <= prose->spans[prose->span_count - 1u].paragraph; i++) {
        const char *of = prose_paragraph_text(prose, i);
        size_t bytes = strlen(of);
        if (bytes == 0 || of[0] == ' ' || (of[bytes - 1u] == '.') != sentences)
            fail_msg("not a paragraph: '%s'", of);
        assert_sound(of);
    }
}
