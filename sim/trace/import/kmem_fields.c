#include "kmem_fields.h"
#include "trace/eight_bytes.h"

#include <string.h>

static struct word value_at(const char *at, const char *end)
{
    const char *stop = at < end && *at == '"' ? memchr(at + 1, '"', (size_t)(end - at - 1)) : NULL;

    if (stop != NULL)
        return (struct word){at + 1, (size_t)(stop - at - 1)};
    return (struct word){at, (size_t)(line_skip_word(at, end) - at)};
}

bool kmem_take_field(struct line_rest *rest, struct word key, struct word *value)
{
    const char *at = rest->at;

    for (;;) {
        at = line_skip_blanks(at, rest->end);
        if ((size_t)(rest->end - at) < key.bytes)
            return false;
        if (*at == *key.text && memcmp(at, key.text, key.bytes) == 0)
            break;
        at = line_skip_word(at, rest->end);
    }
    /* "%p" of old kernels pads a null pointer with blanks */
    *value = value_at(line_skip_blanks(at + key.bytes, rest->end), rest->end);
    rest->at = value->text + value->bytes;
    return true;
}

static uint32_t hex_digit(char c)
{
    if (line_is_digit(c))
        return (uint32_t)(c - '0');
    return c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10u : 16u;
}

bool kmem_pointer(struct word value, uint64_t *pointer)
{
    size_t i = kmem_number_is_hexadecimal(value) ? 2 : 0;

    *pointer = 0;
    if (word_is(value, "(null)") || word_is(value, "(nil)"))
        return true;
    if (value.bytes == 0 || value.bytes - i > 16)
        return false;
    for (uint32_t eight; value.bytes - i >= 8; i += 8) {
        if (!eight_hexadecimal(eight_load(value.text + i), &eight))
            return false;
        *pointer = *pointer << 32 | eight;
    }
    for (; i < value.bytes; i++) {
        uint32_t digit = hex_digit(value.text[i]);

        if (digit > 15)
            return false;
        *pointer = *pointer << 4 | digit;
    }
    return true;
}

/* Of decimal numbers, in 64 bits. */
#define DIGITS_THAT_FIT 19u

bool kmem_number(struct word value, uint64_t *number)
{
    if (kmem_number_is_hexadecimal(value))
        return kmem_pointer(value, number);
    if (value.bytes > DIGITS_THAT_FIT)
        return word_number(value, 0, UINT64_MAX, number) == NUMBER_OK;
    return line_take_number(value.text, value.text + value.bytes, number) ==
           value.text + value.bytes;
}
