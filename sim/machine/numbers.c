#include "machine/numbers.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Read the digits at *text, and move *text behind them. Returns false when they do not fit in 64
   bits. */
static bool digits_parse(const char **text, uint64_t *number)
{
    *number = 0;
    for (; **text >= '0' && **text <= '9'; (*text)++)
        if (__builtin_mul_overflow(*number, 10u, number) ||
            __builtin_add_overflow(*number, (uint64_t)(**text - '0'), number))
            return false;
    return true;
}

/* ---- counts ---- */

/* Read the power of ten that follows the digits. Returns false when other text follows them. */
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

/* ---- sizes ---- */

/* Returns the exponent of two of a unit; -1 for an unknown unit. */
static int unit_shift(const char *unit)
{
    static const char letters[] = "KMGT";
    char upper = (char)(*unit >= 'a' && *unit <= 'z' ? *unit - 'a' + 'A' : *unit);

    if (*unit == '\0' || strcasecmp(unit, "B") == 0)
        return 0;
    const char *letter = strchr(letters, upper);
    const char *tail = unit + 1;
    if (!letter || (*tail && strcasecmp(tail, "B") != 0 && strcasecmp(tail, "iB") != 0))
        return -1;
    return 10 * (int)(letter - letters + 1);
}

bool size_parse(const char *text, uint64_t *bytes, const char **reason)
{
    const char *unit = text;
    uint64_t number;

    if (*text < '0' || *text > '9') {
        *reason = "a size begins with a digit, such as 512M";
        return false;
    }
    bool fits = digits_parse(&unit, &number);
    int shift = fits ? unit_shift(unit) : 0;
    if (shift < 0) {
        *reason = "the unit of a size is K, M, G or T (powers of 1024); without one, the size is "
                  "in bytes";
        return false;
    }
    if (!fits || number > UINT64_MAX >> shift) {
        *reason = "the size does not fit 64 bits";
        return false;
    }
    *bytes = number << shift;
    return true;
}

struct size_text size_text(uint64_t bytes)
{
    static const char *const units[] = {"", "K", "M", "G", "T"};
    struct size_text size;
    uint32_t unit = 0;

    for (; bytes != 0 && bytes % 1024u == 0 && unit < 4u; unit++)
        bytes /= 1024u;
    snprintf(size.text, sizeof size.text, "%" PRIu64 "%s", bytes, units[unit]);
    return size;
}

/* ---- shares ---- */

bool share_parse(const char *text, uint32_t *millionths, const char **reason)
{
    size_t whole = strspn(text, "0123456789");
    const char *point = text + whole;
    size_t digits = *point == '.' ? strspn(point + 1, "0123456789") : 0;
    uint64_t number = strtoull(text, NULL, 10);
    uint64_t unit = 1000000;
    uint64_t value = number > 1 ? UINT64_MAX : number * unit;

    if (whole + digits == 0 || point[*point == '.' ? 1 + digits : 0] != '\0' || text[0] == '-') {
        *reason = "expected a number from 0 to 1, such as 0.25";
        return false;
    }
    for (size_t i = 1; i <= digits && value <= 1000000; i++) {
        uint64_t digit = (uint64_t)(point[i] - '0');

        unit /= 10;
        value += unit > 0 ? digit * unit : digit != 0 && value == 1000000;
    }
    if (value > 1000000) {
        *reason = "the number is above 1";
        return false;
    }
    *millionths = (uint32_t)value;
    return true;
}

/* ---- addresses and registers ---- */

/* Reads a number up to `most`. Returns false with the reason: `too_large` where it is larger. */
static bool number_parse(const char *text, uint64_t most, const char *too_large, uint64_t *number,
                         const char **reason)
{
    bool hexadecimal = strncasecmp(text, "0x", 2) == 0;
    const char *digits = hexadecimal ? text + 2 : text;
    size_t length = strspn(digits, hexadecimal ? "0123456789abcdefABCDEF" : "0123456789");

    if (length == 0 || digits[length] != '\0') {
        *reason = "expected a number such as 0xc0101000 or 3222278144";
        return false;
    }
    errno = 0;
    unsigned long long value = strtoull(digits, NULL, hexadecimal ? 16 : 10);
    if (errno == ERANGE || value > most) {
        *reason = too_large;
        return false;
    }
    *number = value;
    return true;
}

bool number32_parse(const char *text, uint32_t *number, const char **reason)
{
    uint64_t wide;

    if (!number_parse(text, UINT32_MAX, "the number does not fit 32 bits", &wide, reason))
        return false;
    *number = (uint32_t)wide;
    return true;
}

bool number64_parse(const char *text, uint64_t *number, const char **reason)
{
    return number_parse(text, UINT64_MAX, "the number does not fit 64 bits", number, reason);
}
