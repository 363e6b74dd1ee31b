#include "machine/size.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool digits_parse(const char **text, uint64_t *number)
{
    *number = 0;
    for (; **text >= '0' && **text <= '9'; (*text)++) {
        if (__builtin_mul_overflow(*number, 10u, number) ||
            __builtin_add_overflow(*number, (uint64_t)(**text - '0'), number))
            return false;
    }
    return true;
}

/* The power of two of a unit; -1: no such unit. */
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
