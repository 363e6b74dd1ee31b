#include "machine/tlb_shape.h"

#include <stddef.h>

static bool is_power_of_two(uint32_t value)
{
    return value != 0 && (value & (value - 1u)) == 0;
}

static const char *array_check(uint32_t entries, uint32_t ways)
{
    if (!is_power_of_two(entries) || entries > TLB_ENTRIES_MAX)
        return "the number of entries of a TLB is a power of two from 1 to 65536";
    if (!is_power_of_two(ways) || ways > TLB_WAYS_MAX)
        return "the number of ways of a TLB is a power of two from 1 to 64";
    if (ways > entries)
        return "a TLB has at least as many entries as ways";
    return NULL;
}

_Static_assert(TLB_ENTRIES_MAX == 65536 && TLB_WAYS_MAX == 64, "as the messages say");

static uint32_t value_or(uint32_t value, uint32_t otherwise)
{
    return value != 0 ? value : otherwise;
}

struct tlb_shape tlb_shape_complete(const struct tlb_shape *shape)
{
    return (struct tlb_shape){
        .entries = value_or(shape->entries, TLB_ENTRIES_DEFAULT),
        .ways = value_or(shape->ways, TLB_WAYS_DEFAULT),
        .large_entries = value_or(shape->large_entries, TLB_LARGE_ENTRIES_DEFAULT),
        .large_ways = value_or(shape->large_ways, TLB_LARGE_WAYS_DEFAULT),
    };
}

const char *tlb_shape_check(const struct tlb_shape *asked)
{
    struct tlb_shape shape = tlb_shape_complete(asked);
    const char *wrong = array_check(shape.entries, shape.ways);

    return wrong ? wrong : array_check(shape.large_entries, shape.large_ways);
}

/* Decimal digits; a number that is too large stays so. */
static bool number_parse(const char **text, uint32_t *number)
{
    const char *first = *text;

    *number = 0;
    for (; **text >= '0' && **text <= '9'; (*text)++)
        if (*number <= TLB_ENTRIES_MAX)
            *number = *number * 10u + (uint32_t)(**text - '0');
    return *text != first && *number != 0;
}

static bool array_parse(const char **text, uint32_t *entries, uint32_t *ways)
{
    if (!number_parse(text, entries) || **text != 'x')
        return false;
    (*text)++;
    return number_parse(text, ways);
}

bool tlb_shape_parse(const char *text, struct tlb_shape *shape, const char **reason)
{
    struct tlb_shape parsed = {.entries = 0};
    bool read = array_parse(&text, &parsed.entries, &parsed.ways);

    if (read && *text == ',') {
        text++;
        read = array_parse(&text, &parsed.large_entries, &parsed.large_ways);
    }
    *reason = "a TLB is written ENTRIESxWAYS or ENTRIESxWAYS,LARGE_ENTRIESxWAYS, such as 64x4,8x4";
    if (!read || *text != '\0')
        return false;
    *reason = tlb_shape_check(&parsed);
    if (*reason)
        return false;
    *shape = parsed;
    return true;
}
