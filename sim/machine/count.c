#include "machine/count.h"

#include <string.h>

/* The digits at *text, which is moved behind them. false: they do not fit 64 bits. */
static bool digits_parse(const char **text, uint64_t *number)
{
    *number = 0;
    for (; **text >= '0' && **text <= '9'; (*text)++)
        if (__builtin_mul_overflow(*number, 10u, number) ||
            __builtin_add_overflow(*number, (uint64_t)(**text - '0'), number))
            return false;
    return true;
}

/* The power of ten that follows the digits; false: something else follows them. */
static bool power_parse(const char *text, uint64_t *power)
{
    static const char units[] = "kmg";
    char lower = (char)(*text >= 'A' && *text <= 'Z' ? *text - 'A' + 'a' : *text);

    *power = 0;
    if (*text == '\0')
        return true;
    if (lower == 'e' && text[1] >= '0' && text[1] <= '9') {
        text++;
        return digits_parse(&text, power) && *text == '\0';
    }
    const char *unit = strchr(units, lower);
    if (unit == NULL || text[1] != '\0')
        return false;
    *power = 3u * (uint64_t)(unit - units + 1);
    return true;
}

bool count_parse(const char *text, uint64_t *count, const char **reason)
{
    const char *at = text;
    uint64_t number;
    uint64_t power = 0;
    bool fits = digits_parse(&at, &number);

    if (*text < '0' || *text > '9' || (fits && !power_parse(at, &power))) {
        *reason = "not a count, such as 500, 64k, 2M or 1e6";
        return false;
    }
    for (; fits && number != 0 && power != 0; power--)
        fits = !__builtin_mul_overflow(number, 10u, &number);
    if (!fits) {
        *reason = "the count does not fit 64 bits";
        return false;
    }
    *count = number;
    return true;
}
