#include "text_out.h"

void text_put(const struct text_out *out, const char *text)
{
    size_t bytes = 0;

    while (text[bytes] != '\0')
        bytes++;
    out->put(out->context, text, bytes);
}

#define DIGITS_U64 20u
#define DIGITS_U32 9u /* that a number of 32 bits always has room for */

/* Makes decimal digits, the upper ones by subtraction, because i386 has no 64-bit division. Returns
   the index of the first digit that is not a leading zero. */
static uint32_t u64_digits(uint64_t value, char digits[DIGITS_U64])
{
    static const uint64_t powers[DIGITS_U64 - DIGITS_U32] = {
        UINT64_C(10000000000000000000), UINT64_C(1000000000000000000), UINT64_C(100000000000000000),
        UINT64_C(10000000000000000),    UINT64_C(1000000000000000),    UINT64_C(100000000000000),
        UINT64_C(10000000000000),       UINT64_C(1000000000000),       UINT64_C(100000000000),
        UINT64_C(10000000000),          UINT64_C(1000000000),
    };
    uint32_t first = 0;

    for (uint32_t i = 0; i < DIGITS_U64 - DIGITS_U32; i++) {
        digits[i] = '0';
        for (; value >= powers[i]; value -= powers[i])
            digits[i]++;
    }
    uint32_t rest = (uint32_t)value;
    for (uint32_t i = DIGITS_U64; i-- > DIGITS_U64 - DIGITS_U32; rest /= 10u)
        digits[i] = (char)('0' + rest % 10u);
    while (first < DIGITS_U64 - 1u && digits[first] == '0')
        first++;
    return first;
}

void text_put_u64(const struct text_out *out, uint64_t value)
{
    char digits[DIGITS_U64];
    uint32_t first = u64_digits(value, digits);

    out->put(out->context, &digits[first], DIGITS_U64 - first);
}

void text_put_millionths(const struct text_out *out, uint64_t value)
{
    char digits[DIGITS_U64];
    uint32_t first = u64_digits(value, digits);
    uint32_t point = DIGITS_U64 - 6u;

    if (first >= point)
        first = point - 1u;
    out->put(out->context, &digits[first], point - first);
    text_put(out, ".");
    out->put(out->context, &digits[point], 6);
}

void text_put_i64(const struct text_out *out, int64_t value)
{
    if (value < 0)
        text_put(out, "-");
    text_put_u64(out, value < 0 ? 0u - (uint64_t)value : (uint64_t)value);
}

void text_put_hex(const struct text_out *out, uint64_t value, uint32_t digits)
{
    while (digits-- > 0)
        out->put(out->context, &"0123456789abcdef"[value >> (4u * digits) & 0xfu], 1);
}

void text_put_permille(const struct text_out *out, uint32_t value)
{
    char digits[] = {'.', (char)('0' + value / 100u % 10u), (char)('0' + value / 10u % 10u),
                     (char)('0' + value % 10u)};

    text_put_u64(out, value / 1000u);
    out->put(out->context, digits, sizeof digits);
}

size_t text_utf8_sequence(const char *sequence, size_t bytes)
{
    static const struct {
        unsigned char first, last; /* of the first byte */
        unsigned char second_first, second_last;
        uint32_t length;
    } forms[] = {
        {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
        {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    const unsigned char *text = (const unsigned char *)sequence;
    size_t form = 0;

    if (text[0] < 0x80u)
        return 1;
    while (form < sizeof forms / sizeof forms[0] &&
           (text[0] < forms[form].first || text[0] > forms[form].last))
        form++;
    if (form == sizeof forms / sizeof forms[0] || forms[form].length > bytes ||
        text[1] < forms[form].second_first || text[1] > forms[form].second_last)
        return 0;
    for (uint32_t i = 2; i < forms[form].length; i++)
        if (text[i] >> 6 != 2u)
            return 0;
    return forms[form].length;
}

static void put_json_escape(const struct text_out *out, unsigned char byte)
{
    static const char letters[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                   ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};

    if (byte < sizeof letters && letters[byte] != '\0') {
        const char escape[] = {'\\', letters[byte]};
        out->put(out->context, escape, sizeof escape);
        return;
    }
    text_put(out, "\\u");
    text_put_hex(out, byte, 4);
}

void text_put_json_string(const struct text_out *out, const char *text, size_t bytes)
{
    text_put(out, "\"");
    for (size_t i = 0; i < bytes;) {
        const unsigned char *at = (const unsigned char *)&text[i];
        size_t length = text_utf8_sequence(&text[i], bytes - i);
        if (length == 0 || *at < 0x20u || *at == 0x7fu || *at == '"' || *at == '\\') {
            put_json_escape(out, *at);
            i++;
            continue;
        }
        if (*at == 0xc2u && at[1] < 0xa0u) { /* a C1 control, U+0080 to U+009F */
            put_json_escape(out, at[1]);
            i += 2;
            continue;
        }
        out->put(out->context, &text[i], length);
        i += length;
    }
    text_put(out, "\"");
}
