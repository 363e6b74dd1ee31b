#include "report/numbers.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct number_text number_grouped(uint64_t value)
{
    struct number_text plain;
    struct number_text grouped;
    size_t digits = (size_t)snprintf(plain.text, sizeof plain.text, "%" PRIu64, value);
    size_t to = 0;

    for (size_t from = 0; from < digits; from++) {
        if (from != 0 && (digits - from) % 3u == 0)
            grouped.text[to++] = ',';
        grouped.text[to++] = plain.text[from];
    }
    grouped.text[to] = '\0';
    return grouped;
}

static struct number_text size_text(uint64_t bytes, bool brief)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    struct number_text size;
    double value = (double)bytes;
    size_t unit = 0;

    /* from 1023.95 on, one digit behind the point would round to 1024.0 */
    while (value >= 1023.95 && unit + 1u < sizeof units / sizeof units[0]) {
        value /= 1024.0;
        unit++;
    }
    bool whole = unit == 0 || (brief && value >= 99.95);
    snprintf(size.text, sizeof size.text, whole ? "%.0f %s" : "%.1f %s", value, units[unit]);
    return size;
}

struct number_text number_size(uint64_t bytes)
{
    return size_text(bytes, false);
}

struct number_text number_size_short(uint64_t bytes)
{
    return size_text(bytes, true);
}

struct number_text number_permille(uint32_t permille)
{
    struct number_text percent;

    snprintf(percent.text, sizeof percent.text, "%u.%u %%", permille / 10u, permille % 10u);
    return percent;
}

static struct number_text share_text(uint64_t part, uint64_t whole, int digits, double unit)
{
    struct number_text share;
    double percent = whole != 0 ? 100.0 * (double)part / (double)whole : 0.0;

    if (whole == 0)
        strcpy(share.text, "-");
    else if (part == 0)
        strcpy(share.text, "0");
    else if (percent < unit)
        snprintf(share.text, sizeof share.text, "< %.*f %%", digits, unit);
    else if (percent >= 100.0 - unit / 2.0 && part < whole)
        snprintf(share.text, sizeof share.text, "> %.*f %%", digits, 100.0 - unit);
    else
        snprintf(share.text, sizeof share.text, "%.*f %%", digits, percent);
    return share;
}

struct number_text number_share(uint64_t part, uint64_t whole)
{
    return share_text(part, whole, 1, 0.1);
}

struct number_text number_share_fine(uint64_t part, uint64_t whole)
{
    return share_text(part, whole, 2, 0.01);
}
