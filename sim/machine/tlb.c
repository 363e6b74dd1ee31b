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

#define ALIGNMENT 64u

static bool array_create(struct tlb_array *array, uint32_t page_shift, uint32_t entries,
                         uint32_t ways)
{
    uint32_t way_bytes = entries / ways << TLB_WAY_SHIFT;
    uint32_t bytes = entries << TLB_WAY_SHIFT;

    *array = (struct tlb_array){
        .ways = aligned_alloc(ALIGNMENT, align_up(bytes, ALIGNMENT)),
        .mask = way_bytes - (uint32_t)sizeof(struct tlb_way),
        .way_bytes = way_bytes,
        .bytes = bytes,
        .page_shift = page_shift,
    };
    if (array->ways)
        memset(array->ways, 0, bytes);
    return array->ways != NULL;
}

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
    free(tlb->small.ways);
    free(tlb->large.ways);
    *tlb = (struct tlb){.hits = 0};
}

/* ---- entries ---- */

/* Returns the way to replace: an empty one; if there is none, the least recently used. It is not
   the first, unless that is the only one. */
static struct tlb_way *set_victim(const struct tlb_array *array, struct tlb_way *first)
{
    uint32_t stride = array->way_bytes >> TLB_WAY_SHIFT;
    struct tlb_way *end = first + tlb_array_count(array);
    struct tlb_way *victim = first;

    for (struct tlb_way *way = first + stride; way < end; way += stride) {
        if (way->entry.tag == 0)
            return way;
        if (victim == first || way->displaced < victim->displaced)
            victim = way;
    }
    return victim;
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
    uint32_t page_mask = large ? TLB_LARGE_PAGE_MASK : TLB_PAGE_MASK;
    struct tlb_way *first = tlb_set(array, array->page_shift, va);
    struct tlb_way *old = tlb_search(array, array->page_shift, va, valid_bit(tlb));

    if (!old && first->entry.tag != 0)
        old = set_victim(array, first);
    if (old && old != first)
        tlb_displace(tlb, first, old);
    first->entry = (struct tlb_entry){
        .tag = (va.value & page_mask) | (large ? TLB_LARGE : 0) | (walk->global ? TLB_GLOBAL : 0) |
               walk->allows << tlb->watch_shift,
        .flip = va.value ^ walk->pa.value,
        .host = (uintptr_t)tlb->memory + walk->pa.value - va.value,
        .directory_entry = walk->directory_entry,
        .table_entry = walk->table_entry,
    };
    tlb->has_local |= !walk->global;
    if (tlb->mapped)
        mapped_frames_add_page(tlb->mapped, vaddr(va.value & page_mask),
                               paddr(walk->pa.value & page_mask), walk->page_bytes);
}

static void array_drop(const struct tlb_array *array, vaddr_t va, uint32_t bit)
{
    struct tlb_way *way = tlb_search(array, array->page_shift, va, bit);

    if (way)
        way->entry.tag = 0;
}

void tlb_drop(struct tlb *tlb, vaddr_t va)
{
    array_drop(&tlb->small, va, valid_bit(tlb));
    array_drop(&tlb->large, va, valid_bit(tlb));
}

static void array_flush(const struct tlb_array *array, bool keep_global)
{
    struct tlb_way *way = (struct tlb_way *)(void *)array->ways;
    struct tlb_way *end = way + tlb_array_count(array);

    for (; way < end; way++)
        if (!keep_global || !(way->entry.tag & TLB_GLOBAL))
            way->entry.tag = 0;
}

void tlb_flush(struct tlb *tlb, bool keep_global)
{
    if (keep_global && !tlb->has_local)
        return;
    array_flush(&tlb->small, keep_global);
    array_flush(&tlb->large, keep_global);
    tlb->has_local = false;
}
