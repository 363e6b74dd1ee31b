/*
 * Compares `zoned` with a real Linux. Each bundled trace is replayed with those frames free that
 * Linux had free when the trace began. The free blocks at the end are compared with Linux's.
 * bench/traces/README.md describes the files, and explains the differences that remain.
 */
#include "support/lab.h"
#include "support/on_machine.h"
#include "support/test.h"

#include "machine/pc_memmap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES 256u

/* The files to compare, and the largest differences that are allowed. */
struct comparison {
    const char *linux_path;
    const char *trace_path;
    const char *end;               /* the line with Linux's blocks at the end */
    uint32_t growth_permille;      /* difference of the frames that the trace holds at its end */
    uint32_t unusable_permille;    /* difference of the index, at any order */
    uint32_t other_order_permille; /* free frames that are in blocks of another order */
};

/* Reads the numbers of the line "linux-free WHAT N ..." of a file, at most one for each order. */
static void linux_numbers(uint32_t numbers[ORDER_COUNT], const char *path, const char *what)
{
    FILE *file = fopen(path, "r");
    char line[LINE_BYTES];
    char start[LINE_BYTES];
    size_t length = (size_t)snprintf(start, sizeof start, "linux-free %s ", what);
    bool found = false;

    assert_non_null(file);
    while (!found && fgets(line, sizeof line, file))
        found = strncmp(line, start, length) == 0;
    fclose(file);
    assert_true(found);
    char *at = line + length;
    for (uint32_t i = 0; i < ORDER_COUNT; i++)
        numbers[i] = (uint32_t)strtoul(at, &at, 10);
}

static struct free_blocks linux_blocks(const char *path, const char *what)
{
    struct free_blocks blocks = {0};

    linux_numbers(blocks.count, path, what);
    for (uint32_t order = 0; order <= ORDER_MAX; order++)
        blocks.frames += blocks.count[order] << order;
    return blocks;
}

static uint32_t linux_per_cpu_frames(const char *path)
{
    uint32_t numbers[ORDER_COUNT];

    linux_numbers(numbers, path, "per-cpu");
    return numbers[0];
}

static struct memmap linux_map(const char *path)
{
    struct pc_memmap ranges;
    struct memmap map;
    char error[256];

    if (!pc_memmap_load(&ranges, path, error, sizeof error))
        fail_msg("%s", error);
    assert_true(memmap_build(&map, ranges.range, ranges.count));
    return map;
}

/* The frames that Linux had free hold none of its metadata. Our metadata therefore gets additional
   frames above them, if LOW has room there. */
static void add_metadata(struct memmap *map)
{
    uint32_t start = align_up(memmap_end(map).value, 1u << ORDER_MAX);
    struct memmap with_metadata = *map;
    struct mm mm;

    if (start >= LOW_END_PFN || map->count == MEMMAP_RANGES_MAX)
        return;
    with_metadata.range[with_metadata.count++] = (struct frame_range){pfn(start), pfn(LOW_END_PFN)};
    assert_true(mm_init(&mm, mm_strategy_find("zoned"), &with_metadata));
    mm_exit(&mm);
    with_metadata.range[map->count].end = pfn(start + mm.metadata_frames);
    assert_true(mm_init(&mm, mm_strategy_find("zoned"), &with_metadata));
    mm_exit(&mm);
    map->range[map->count++] = (struct frame_range){pfn(start), pfn(start + mm.metadata_frames)};
}

/* Replays the trace on this map. Stores the blocks that are free at the end, and returns the number
   of frames that the trace holds then. */
static uint32_t replay_whole(struct free_blocks *end, const char *path, const struct memmap *map)
{
    struct trace trace = lab_trace(path);
    struct replay_slot *slots = calloc(1, replay_slots_bytes(&trace.header));
    struct trace_reader reader;
    struct replay replay;
    struct mm mm;
    const char *error;
    size_t offset;

    assert_non_null(slots);
    assert_true(mm_init(&mm, mm_strategy_find("zoned"), map));
    trace_read(&trace, &reader);
    replay_init(&replay, &mm, slots, &trace.header);
    assert_true(replay_run(&replay, &reader, &error, &offset));
    assert_int_equal(replay_first_failure(&replay.result)->event, 0);
    mm_free_blocks(&mm, end);
    assert_int_equal(end->frames, mm.frames_total - mm.counters.frames_used);
    mm_exit(&mm);
    free(slots);
    trace_close(&trace);
    return mm.counters.frames_used - mm.metadata_frames;
}

static uint32_t distance(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

static void assert_blocks_near(const struct free_blocks *ours, const struct free_blocks *theirs,
                               const struct comparison *bound)
{
    uint32_t moved = 0;

    for (uint32_t order = 0; order <= ORDER_MAX; order++) {
        int32_t index = fragmentation_unusable_index(ours, order);
        int32_t their_index = fragmentation_unusable_index(theirs, order);
        assert_in_range(distance((uint32_t)index, (uint32_t)their_index), 0,
                        bound->unusable_permille);
        moved += distance(ours->count[order], theirs->count[order]) << order;
    }
    assert_in_range(moved / 2u * 1000u / theirs->frames, 0, bound->other_order_permille);
}

static void report(const char *name, uint32_t held_frames, const struct free_blocks *end)
{
    print_message("%-6s holds %6u frames more; free blocks of orders 0-10:", name, held_frames);
    for (uint32_t order = 0; order <= ORDER_MAX; order++)
        print_message(" %u", end->count[order]);
    print_message("; unusable for orders 3, 6, 10, thousandths: %d %d %d\n",
                  fragmentation_unusable_index(end, 3), fragmentation_unusable_index(end, 6),
                  fragmentation_unusable_index(end, ORDER_MAX));
}

static void compare(const struct comparison *with)
{
    struct memmap map = linux_map(with->linux_path);
    struct free_blocks linux_start = linux_blocks(with->linux_path, "start");
    struct free_blocks linux_end = linux_blocks(with->linux_path, with->end);
    struct free_blocks start = {0};
    struct free_blocks end = {0};

    for (uint32_t i = 0; i < map.count; i++)
        free_blocks_add_range(&start, map.range[i].start, map.range[i].end);
    assert_memory_equal(&start, &linux_start, sizeof start);
    add_metadata(&map);
    uint32_t held_frames = replay_whole(&end, with->trace_path, &map);
    uint32_t linux_held_frames =
        linux_start.frames - linux_end.frames + linux_per_cpu_frames(with->linux_path);
    report("Linux", linux_held_frames, &linux_end);
    report("zoned", held_frames, &end);
    assert_in_range(distance(held_frames, linux_held_frames) * 1000u / linux_held_frames, 0,
                    with->growth_permille);
    assert_blocks_near(&end, &linux_end, with);
}

/* This file has Linux's /proc/buddyinfo, read just after the last event. */
MACHINE_TEST(gcc_ends_as_in_linux)
{
    compare(&(struct comparison){"bench/traces/gcc_512.linux", "bench/traces/gcc_512.mmb.zst",
                                 "buddyinfo", 10, 40, 40});
}

MACHINE_TEST(fs_ends_as_in_linux)
{
    compare(&(struct comparison){"bench/traces/fs_2048.linux", "bench/traces/fs_2048.mmb.zst",
                                 "end", 12, 4, 5});
}

MACHINE_TEST(fork_ends_as_in_linux)
{
    compare(&(struct comparison){"bench/traces/fork_1024.linux", "bench/traces/fork_1024.mmb.zst",
                                 "end", 12, 12, 12});
}

/* The line `end` is computed from the events, the line `buddyinfo` was read from the kernel. They
   nearly agree, so `end` may be used where no buddyinfo was read at the end. */
TEST(free_blocks_computed_from_events_are_near_buddyinfo)
{
    static const char path[] = "bench/traces/gcc_512.linux";
    struct free_blocks computed = linux_blocks(path, "end");
    struct free_blocks buddyinfo_blocks = linux_blocks(path, "buddyinfo");

    assert_blocks_near(&computed, &buddyinfo_blocks,
                       &(struct comparison){.unusable_permille = 2, .other_order_permille = 2});
}
