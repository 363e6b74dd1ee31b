#include "machine/tlb.h"

#include "machine/mapped_frames.h"
#include "machine/mmu.h"

#include <stdlib.h>
#include <string.h>

/* ---- shapes ---- */

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

_Static_assert(TLB_ENTRIES_MAX == 65536 && TLB_WAYS_MAX == 64, "the messages name these limits");

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

/* Read decimal digits. A number that is too large stays too large. */
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

/* ---- the TLB ---- */

#define SET_ALIGNMENT 64u

static bool array_create(struct tlb_array *array, uint32_t page_shift, uint32_t entries,
                         uint32_t ways)
{
    uint32_t set_bytes = ways * (uint32_t)sizeof(struct tlb_entry);
    uint32_t bytes = entries * (uint32_t)sizeof(struct tlb_entry);

    *array = (struct tlb_array){
        .sets = aligned_alloc(SET_ALIGNMENT, align_up(bytes, SET_ALIGNMENT)),
        .shift = page_shift - (uint32_t)__builtin_ctz(set_bytes),
        .mask = bytes - set_bytes,
        .page_mask = UINT32_MAX << page_shift,
        .ways = ways,
        .entries = entries,
    };
    if (array->sets)
        memset(array->sets, 0, bytes);
    return array->sets != NULL;
}

_Static_assert(TLB_WAYS_MAX * sizeof(struct tlb_entry) <= PAGE_SIZE,
               "a set is not larger than a page");

bool tlb_create(struct tlb *tlb, const struct tlb_shape *asked, bool watched)
{
    struct tlb_shape shape = tlb_shape_complete(asked);

    *tlb = (struct tlb){.watch_shift = watched ? ACCESS_BITS : 0};
    if (array_create(&tlb->small, PAGE_SHIFT, shape.entries, shape.ways) &&
        array_create(&tlb->large, LARGE_PAGE_SHIFT, shape.large_entries, shape.large_ways))
        return true;
    tlb_destroy(tlb);
    return false;
}

void tlb_destroy(struct tlb *tlb)
{
    free(tlb->small.sets);
    free(tlb->large.sets);
    *tlb = (struct tlb){.hits = 0};
}

/* ---- a set ---- */

/* Returns the way that serves an access to va; array->ways when none does. */
static uint32_t way_of(const struct tlb_array *array, const struct tlb_entry *set, vaddr_t va,
                       uint32_t bit)
{
    uint32_t way = 0;

    while (way < array->ways && !tlb_tag_serves(set[way].tag, array->page_mask, va, bit))
        way++;
    return way;
}

/*  0 .. way-1 | way | rest   becomes   entry | 0 .. way-1 | rest  */
static void put_first(struct tlb_entry *set, uint32_t way, struct tlb_entry entry)
{
    while (way-- > 0) /* a loop is faster than a call of memmove() for a few ways */
        set[way + 1u] = set[way];
    set[0] = entry;
}

/*  .. | way | rest   becomes   .. | rest | empty  */
static void take_out(const struct tlb_array *array, struct tlb_entry *set, uint32_t way)
{
    for (; way + 1u < array->ways; way++)
        set[way] = set[way + 1u];
    set[array->ways - 1u] = (struct tlb_entry){.tag = 0};
}

/* ---- both arrays ---- */

static struct tlb_entry *array_find(const struct tlb_array *array, vaddr_t va, uint32_t bit)
{
    struct tlb_entry *set = tlb_set(array, va);
    uint32_t way = way_of(array, set, va, bit);

    if (way == array->ways)
        return NULL;
    if (way != 0)
        put_first(set, way, set[way]);
    return set;
}

const struct tlb_entry *tlb_find(struct tlb *tlb, vaddr_t va, uint32_t access)
{
    uint32_t bit = ACCESS_BIT(access) << tlb->watch_shift;
    const struct tlb_entry *entry = array_find(&tlb->small, va, bit);

    if (!entry)
        entry = array_find(&tlb->large, va, bit);
    if (entry)
        tlb->hits++;
    else
        tlb->misses++;
    return entry;
}

/* Returns the bit that every valid entry has. */
static uint32_t valid_bit(const struct tlb *tlb)
{
    return ACCESS_BIT(MMU_SUPERVISOR | MMU_READ) << tlb->watch_shift;
}

void tlb_fill(struct tlb *tlb, vaddr_t va, const struct mmu_walk *walk)
{
    bool large = walk->page_bytes == LARGE_PAGE_SIZE;
    const struct tlb_array *array = large ? &tlb->large : &tlb->small;
    struct tlb_entry *set = tlb_set(array, va);
    uint32_t way = way_of(array, set, va, valid_bit(tlb));
    struct tlb_entry entry = {
        .tag = (va.value & array->page_mask) | (large ? TLB_LARGE : 0) |
               (walk->global ? TLB_GLOBAL : 0) | walk->allows << tlb->watch_shift,
        .flip = va.value ^ walk->pa.value,
        .directory_entry = walk->directory_entry,
        .table_entry = walk->table_entry,
    };

    put_first(set, way < array->ways ? way : array->ways - 1u, entry);
    tlb->has_local |= !walk->global;
    if (tlb->mapped)
        mapped_frames_add_page(tlb->mapped, vaddr(va.value & array->page_mask),
                               paddr(walk->pa.value & array->page_mask), walk->page_bytes);
}

static void array_drop(const struct tlb_array *array, vaddr_t va, uint32_t bit)
{
    struct tlb_entry *set = tlb_set(array, va);
    uint32_t way = way_of(array, set, va, bit);

    if (way < array->ways)
        take_out(array, set, way);
}

void tlb_drop(struct tlb *tlb, vaddr_t va)
{
    array_drop(&tlb->small, va, valid_bit(tlb));
    array_drop(&tlb->large, va, valid_bit(tlb));
}

/* The remaining entries of a set move up and keep their order. */
static void set_keep_global(const struct tlb_array *array, struct tlb_entry *set)
{
    uint32_t kept = 0;

    for (uint32_t way = 0; way < array->ways; way++)
        if (set[way].tag & TLB_GLOBAL)
            set[kept++] = set[way];
    memset(set + kept, 0, (array->ways - kept) * sizeof *set);
}

static void array_flush(const struct tlb_array *array, bool keep_global)
{
    struct tlb_entry *entry = (struct tlb_entry *)(void *)array->sets;

    if (!keep_global)
        memset(entry, 0, array->entries * sizeof *entry);
    for (uint32_t i = 0; keep_global && i < array->entries; i += array->ways)
        set_keep_global(array, entry + i);
}

void tlb_flush(struct tlb *tlb, bool keep_global)
{
    if (keep_global && !tlb->has_local)
        return;
    array_flush(&tlb->small, keep_global);
    array_flush(&tlb->large, keep_global);
    tlb->has_local = false;
}
