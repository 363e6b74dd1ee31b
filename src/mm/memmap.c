#include <mm/memmap.h>

/* The frames of [first, last] as [*start, *end):
 * whole frames inside for RAM, every frame touched otherwise. */
static struct frame_run range_frames(const struct memmap_range *range)
{
    uint64_t first = range->first;
    uint64_t last = range->last;

    if (first > last || first >> 32 != 0)
        return (struct frame_run){pfn(0), pfn(0)};
    uint32_t end = last >> 32 != 0 ? FRAMES_MAX : (uint32_t)(last >> PAGE_SHIFT) + 1u;
    uint32_t start = (uint32_t)(first >> PAGE_SHIFT);
    if (range->usable) {
        start += (first & PAGE_OFFSET_MASK) != 0;
        if (last >> 32 == 0 && (last & PAGE_OFFSET_MASK) != PAGE_OFFSET_MASK)
            end--;
    }
    if (start > end)
        start = end;
    return (struct frame_run){pfn(start), pfn(end)};
}

/* Where the frame lies that decides how far usability can last: the next edge above `from`. */
static uint32_t next_edge(const struct memmap_range *ranges, uint32_t count, uint32_t from)
{
    uint32_t edge = zone_end(zone_of(pfn(from))).value;

    for (uint32_t i = 0; i < count; i++) {
        struct frame_run run = range_frames(&ranges[i]);
        if (run.start.value > from && run.start.value < edge)
            edge = run.start.value;
        if (run.end.value > from && run.end.value < edge)
            edge = run.end.value;
    }
    return edge;
}

static bool frame_usable(const struct memmap_range *ranges, uint32_t count, uint32_t frame)
{
    bool usable = false;

    for (uint32_t i = 0; i < count; i++) {
        struct frame_run run = range_frames(&ranges[i]);
        if (frame < run.start.value || frame >= run.end.value)
            continue;
        if (!ranges[i].usable)
            return false;
        usable = true;
    }
    return usable;
}

/* Append [start, end), joining it to the run before when they touch inside one zone. */
static bool memmap_append(struct memmap *map, uint32_t start, uint32_t end)
{
    struct frame_run *before = map->count != 0 ? &map->run[map->count - 1u] : NULL;

    if (before != NULL && before->end.value == start &&
        zone_of(before->start) == zone_of(pfn(start))) {
        before->end = pfn(end);
        return true;
    }
    if (map->count == MEMMAP_RUNS_MAX)
        return false;
    map->run[map->count++] = (struct frame_run){pfn(start), pfn(end)};
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

uint32_t memmap_frames(const struct memmap *map)
{
    uint32_t frames = 0;

    for (uint32_t i = 0; i < map->count; i++)
        frames += map->run[i].end.value - map->run[i].start.value;
    return frames;
}

pfn_t memmap_end(const struct memmap *map)
{
    return map->count != 0 ? map->run[map->count - 1u].end : pfn(0);
}

/*   | run i            |   ->   | run i | ...... | run i + 1 |     from start to end leaves it */
static void run_cut(struct memmap *map, uint32_t i, uint32_t start, uint32_t end)
{
    for (uint32_t k = map->count++; k > i; k--)
        map->run[k] = map->run[k - 1u];
    map->run[i].end = pfn(start);
    map->run[i + 1u].start = pfn(end);
}

/* From the runs that start in [from, end), below the end. */
static pfn_t carve_between(struct memmap *map, uint32_t from, uint32_t end, uint32_t frames)
{
    for (uint32_t i = map->count; i-- > 0;) {
        struct frame_run *run = &map->run[i];
        bool goes_on = run->end.value > end;
        uint32_t top = goes_on ? end : run->end.value;
        /* A run keeps one frame at least: an empty one would break the map's rules. */
        if (run->start.value < from || run->start.value >= end || top - run->start.value <= frames)
            continue;
        if (goes_on && map->count == MEMMAP_RUNS_MAX)
            continue;
        if (goes_on)
            run_cut(map, i, top - frames, top);
        else
            run->end = pfn(top - frames);
        return pfn(top - frames);
    }
    return PFN_NONE;
}

pfn_t memmap_carve(struct memmap *map, pfn_t low_end, uint32_t frames)
{
    pfn_t start = carve_between(map, DMA_END_PFN, low_end.value, frames);

    return pfn_is_none(start) ? carve_between(map, 0, DMA_END_PFN, frames) : start;
}

static struct frame_run larger_run(struct frame_run a, struct frame_run b)
{
    return b.end.value - b.start.value > a.end.value - a.start.value ? b : a;
}

struct frame_run memmap_largest_run(const struct memmap *map, enum zone zone)
{
    struct frame_run largest = {pfn(0), pfn(0)};

    for (uint32_t i = 0; i < map->count; i++)
        if (zone_of(map->run[i].start) == zone)
            largest = larger_run(largest, map->run[i]);
    return largest;
}

struct frame_run memmap_largest_low_run(const struct memmap *map)
{
    struct frame_run largest = {pfn(0), pfn(0)};
    struct frame_run joined = largest;

    for (uint32_t i = 0; i < map->count && zone_of(map->run[i].start) != ZONE_HIGH; i++) {
        if (map->run[i].start.value != joined.end.value)
            joined.start = map->run[i].start;
        joined.end = map->run[i].end;
        largest = larger_run(largest, joined);
    }
    return largest;
}

const char *memmap_check(const struct memmap *map)
{
    uint32_t above = RESERVED_END_PFN;

    if (map->count > MEMMAP_RUNS_MAX)
        return "memmap: more runs than there is room for";
    for (uint32_t i = 0; i < map->count; i++) {
        struct frame_run run = map->run[i];
        if (run.start.value >= run.end.value)
            return "memmap: a run is empty";
        if (run.start.value < above)
            return "memmap: a run starts below the end of the one before";
        if (i != 0 && run.start.value == above && zone_of(run.start) == zone_of(pfn(above - 1u)))
            return "memmap: two runs of a zone touch";
        if (run.end.value > FRAMES_MAX)
            return "memmap: a run ends beyond 4 GiB";
        if (zone_of(run.start) != zone_of(pfn(run.end.value - 1u)))
            return "memmap: a run crosses the end of a zone";
        above = run.end.value;
    }
    return NULL;
}
