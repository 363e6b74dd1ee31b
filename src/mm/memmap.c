#include <mm/memmap.h>

/* Returns the frames of a range of bytes: those that lie wholly inside a usable range, or all that
   any other range touches. */
static struct frame_range range_frames(const struct memmap_range *range)
{
    uint64_t first = range->first;
    uint64_t last = range->last;

    if (first > last || first >> 32 != 0)
        return (struct frame_range){pfn(0), pfn(0)};
    uint32_t end = last >> 32 != 0 ? FRAMES_MAX : (uint32_t)(last >> PAGE_SHIFT) + 1u;
    uint32_t start = (uint32_t)(first >> PAGE_SHIFT);
    if (range->usable) {
        start += (first & PAGE_OFFSET_MASK) != 0;
        if (last >> 32 == 0 && (last & PAGE_OFFSET_MASK) != PAGE_OFFSET_MASK)
            end--;
    }
    if (start > end)
        start = end;
    return (struct frame_range){pfn(start), pfn(end)};
}

/* Returns the lowest frame above `from` at which a range starts or ends, or a zone ends. All frames
   between are usable, or none is. */
static uint32_t next_edge(const struct memmap_range *ranges, uint32_t count, uint32_t from)
{
    uint32_t edge = zone_end(zone_of(pfn(from))).value;

    for (uint32_t i = 0; i < count; i++) {
        struct frame_range range = range_frames(&ranges[i]);
        if (range.start.value > from && range.start.value < edge)
            edge = range.start.value;
        if (range.end.value > from && range.end.value < edge)
            edge = range.end.value;
    }
    return edge;
}

static bool frame_usable(const struct memmap_range *ranges, uint32_t count, uint32_t frame)
{
    bool usable = false;

    for (uint32_t i = 0; i < count; i++) {
        struct frame_range range = range_frames(&ranges[i]);
        if (frame < range.start.value || frame >= range.end.value)
            continue;
        if (!ranges[i].usable)
            return false;
        usable = true;
    }
    return usable;
}

/* Appends [start, end), or extends the range before if they touch inside one zone. Returns false if
   the map is full. */
static bool memmap_append(struct memmap *map, uint32_t start, uint32_t end)
{
    struct frame_range *before = map->count != 0 ? &map->range[map->count - 1u] : NULL;

    if (before != NULL && before->end.value == start &&
        zone_of(before->start) == zone_of(pfn(start))) {
        before->end = pfn(end);
        return true;
    }
    if (map->count == MEMMAP_RANGES_MAX)
        return false;
    map->range[map->count++] = (struct frame_range){pfn(start), pfn(end)};
    return true;
}

bool memmap_build(struct memmap *map, const struct memmap_range *ranges, uint32_t count)
{
    map->count = 0;
    for (uint32_t start = RESERVED_END_PFN; start < FRAMES_MAX;) {
        uint32_t end = next_edge(ranges, count, start);
        if (frame_usable(ranges, count, start) && !memmap_append(map, start, end)) {
            map->count = 0;
            return false;
        }
        start = end;
    }
    return true;
}

/* Returns the lowest byte above `from` where a range starts, or which follows the last byte of a
   range. Returns UINT64_MAX if there is none. */
static uint64_t next_byte_edge(const struct memmap_range *ranges, uint32_t count, uint64_t from)
{
    uint64_t edge = UINT64_MAX;

    for (uint32_t i = 0; i < count; i++) {
        if (ranges[i].first > from && ranges[i].first < edge)
            edge = ranges[i].first;
        if (ranges[i].last >= from && ranges[i].last < edge)
            edge = ranges[i].last + 1u;
    }
    return edge;
}

static bool byte_usable(const struct memmap_range *ranges, uint32_t count, uint64_t byte)
{
    bool usable = false;

    for (uint32_t i = 0; i < count; i++) {
        if (byte < ranges[i].first || byte > ranges[i].last)
            continue;
        if (!ranges[i].usable)
            return false;
        usable = true;
    }
    return usable;
}

/* Between two edges, all bytes are usable, or none is. */
uint64_t memmap_ram_bytes(const struct memmap_range *ranges, uint32_t count)
{
    uint64_t bytes = 0;
    uint64_t edge;

    for (uint64_t from = 0; from != UINT64_MAX; from = edge) {
        edge = next_byte_edge(ranges, count, from);
        if (byte_usable(ranges, count, from))
            bytes += edge - from;
    }
    return bytes;
}

uint32_t memmap_frames(const struct memmap *map)
{
    uint32_t frames = 0;

    for (uint32_t i = 0; i < map->count; i++)
        frames += map->range[i].end.value - map->range[i].start.value;
    return frames;
}

pfn_t memmap_end(const struct memmap *map)
{
    return map->count != 0 ? map->range[map->count - 1u].end : pfn(0);
}

/*
 * Removes [start, end) from the middle of a range:
 *
 *                | range i                         |
 *     becomes    | range i | removed | range i + 1 |
 */
static void range_cut(struct memmap *map, uint32_t i, uint32_t start, uint32_t end)
{
    for (uint32_t k = map->count++; k > i; k--)
        map->range[k] = map->range[k - 1u];
    map->range[i].end = pfn(start);
    map->range[i + 1u].start = pfn(end);
}

/* Carves frames as high below `end` as possible, from a range that starts in [from, end). Returns
   the first of them, or PFN_NONE if no range has enough. */
static pfn_t carve_between(struct memmap *map, uint32_t from, uint32_t end, uint32_t frames)
{
    for (uint32_t i = map->count; i-- > 0;) {
        struct frame_range *range = &map->range[i];
        bool goes_on = range->end.value > end;
        uint32_t top = goes_on ? end : range->end.value;
        /* A range keeps at least one frame, because a map has no empty ranges. */
        if (range->start.value < from || range->start.value >= end ||
            top - range->start.value <= frames)
            continue;
        if (goes_on && map->count == MEMMAP_RANGES_MAX)
            continue;
        if (goes_on)
            range_cut(map, i, top - frames, top);
        else
            range->end = pfn(top - frames);
        return pfn(top - frames);
    }
    return PFN_NONE;
}

pfn_t memmap_carve(struct memmap *map, pfn_t low_end, uint32_t frames)
{
    pfn_t start = carve_between(map, DMA_END_PFN, low_end.value, frames);

    return pfn_is_none(start) ? carve_between(map, 0, DMA_END_PFN, frames) : start;
}

static struct frame_range larger_range(struct frame_range a, struct frame_range b)
{
    return b.end.value - b.start.value > a.end.value - a.start.value ? b : a;
}

struct frame_range memmap_largest_range(const struct memmap *map, enum zone zone)
{
    struct frame_range largest = {pfn(0), pfn(0)};

    for (uint32_t i = 0; i < map->count; i++)
        if (zone_of(map->range[i].start) == zone)
            largest = larger_range(largest, map->range[i]);
    return largest;
}

struct frame_range memmap_largest_low_range(const struct memmap *map)
{
    struct frame_range largest = {pfn(0), pfn(0)};
    struct frame_range joined = largest;

    for (uint32_t i = 0; i < map->count && zone_of(map->range[i].start) != ZONE_HIGH; i++) {
        if (map->range[i].start.value != joined.end.value)
            joined.start = map->range[i].start;
        joined.end = map->range[i].end;
        largest = larger_range(largest, joined);
    }
    return largest;
}

const char *memmap_check(const struct memmap *map)
{
    uint32_t above = RESERVED_END_PFN;

    if (map->count > MEMMAP_RANGES_MAX)
        return "memmap: more ranges than there is room for";
    for (uint32_t i = 0; i < map->count; i++) {
        struct frame_range range = map->range[i];
        if (range.start.value >= range.end.value)
            return "memmap: a range is empty";
        if (range.start.value < above)
            return "memmap: a range starts below the end of the one before";
        if (i != 0 && range.start.value == above &&
            zone_of(range.start) == zone_of(pfn(above - 1u)))
            return "memmap: two ranges of a zone touch";
        if (range.end.value > FRAMES_MAX)
            return "memmap: a range ends beyond 4 GiB";
        if (zone_of(range.start) != zone_of(pfn(range.end.value - 1u)))
            return "memmap: a range crosses the end of a zone";
        above = range.end.value;
    }
    return NULL;
}
