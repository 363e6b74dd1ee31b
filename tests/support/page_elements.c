#include "support/page_elements.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_ZLIB
#include <zlib.h>
#endif

char *page_element(const char *page, const char *id)
{
    char begin[64];
    char *text = NULL;

    snprintf(begin, sizeof begin, " id=\"%s\">", id);
    const char *at = strstr(page, begin);
    if (at == NULL)
        return NULL;
    at += strlen(begin);
    const char *end = strstr(at, "</script>");
    assert_non_null(end);
    assert_null(strstr(end, begin));
    text = strndup(at, (size_t)(end - at));
    assert_non_null(text);
    return text;
}

#ifdef HAVE_ZLIB

static uint32_t digit_value(char digit)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = digit != '\0' ? strchr(digits, digit) : NULL;

    if (at == NULL)
        fail_msg("%c is no digit of base64", digit);
    return (uint32_t)(at - digits);
}

/* Decodes in place. Bits that stand for nothing must be 0. */
static size_t decode_base64(char *text)
{
    size_t digits = strcspn(text, "=");
    size_t length = strlen(text);
    uint32_t bits = 0;
    size_t bytes = 0;

    assert_int_equal(length % 4, 0);
    assert_true(length - digits <= 2 && strspn(text + digits, "=") == length - digits);
    for (size_t i = 0; i < digits; i++) {
        bits = bits << 6 | digit_value(text[i]);
        if (i % 4 != 0)
            text[bytes++] = (char)(bits >> (6 - i % 4 * 2));
    }
    assert_int_equal(bits & ((1u << digits * 6 % 8) - 1u), 0);
    return bytes;
}

static uint8_t *inflate_all(const char *packed, size_t packed_bytes, size_t *bytes)
{
    for (size_t room = 4096;; room *= 4) {
        uint8_t *data = malloc(room + 1u);
        uLongf size = room;
        uLong used = packed_bytes;
        assert_non_null(data);
        int status = uncompress2(data, &size, (const Bytef *)packed, &used);
        if (status == Z_OK) {
            assert_int_equal(used, packed_bytes);
            data[size] = 0;
            *bytes = size;
            return data;
        }
        free(data);
        assert_int_equal(status, Z_BUF_ERROR);
    }
}

uint8_t *page_data(const char *page, const char *id, size_t *bytes)
{
    char *text = page_element(page, id);

    if (text == NULL)
        return NULL;
    uint8_t *data = inflate_all(text, decode_base64(text), bytes);
    free(text);
    return data;
}

#else

uint8_t *page_data(const char *page, const char *id, size_t *bytes)
{
    (void)page;
    (void)id;
    (void)bytes;
    skip();
    return NULL;
}

#endif
