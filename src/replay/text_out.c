#include "run_json.h"

void text_put(const struct text_out *out, const char *text)
{
    size_t bytes = 0;

    while (text[bytes] != '\0')
        bytes++;
    out->put(out->context, text, bytes);
}

#define DIGITS_U64 20u

/* Decimal digits by subtraction: i386 has no 64-bit division to offer. Returns the index of the
 * first. */
static uint32_t u64_digits(uint64_t value, char digits[DIGITS_U64])
{
    uint64_t power = 10000000000000000000u;
    uint32_t first = DIGITS_U64 - 1u;

    for (uint32_t i = 0; i < DIGITS_U64; i++) {
        digits[i] = '0';
        for (; value >= power; value -= power)
            digits[i]++;
        if (digits[i] != '0' && first > i)
            first = i;
        /* power / 10, exact, as 32-bit steps: 10^19 has 64 bits */
        uint32_t high = (uint32_t)(power >> 32);
        uint32_t low = (uint32_t)power;
        uint32_t middle = high % 10u << 16 | low >> 16;
        uint32_t rest = middle % 10u << 16 | (low & 0xffffu);
        power = (uint64_t)(high / 10u) << 32 | (middle / 10u) << 16 | rest / 10u;
    }
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

void text_put_i32(const struct text_out *out, int32_t value)
{
    if (value < 0)
        text_put(out, "-");
    text_put_u64(out, value < 0 ? 0u - (uint32_t)value : (uint32_t)value);
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

void text_put_json_string(const struct text_out *out, const char *text, size_t bytes)
{
    text_put(out, "\"");
    for (size_t i = 0; i < bytes; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte < 0x20u) {
            text_put(out, "\\u");
            text_put_hex(out, byte, 4);
            continue;
        }
        if (byte == '"' || byte == '\\')
            text_put(out, "\\");
        out->put(out->context, &text[i], 1);
    }
    text_put(out, "\"");
}

uint32_t ratio_permille(uint64_t a, uint64_t b)
{
    while (((a | b) >> 22) != 0) {
        a >>= 1;
        b >>= 1;
    }
    return b != 0 ? (uint32_t)a * 1000u / (uint32_t)b : 0;
}
