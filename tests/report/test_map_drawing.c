/* The map of a moment as SVG; tests/cli/test_map.c has PNG. */
#include "report/frame_colours.h"
#include "report/map_drawing.h"
#include "report/numbers.h"
#include "support/lab.h"
#include "support/test.h"

#include <mm/strategy.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB UINT64_C(0x100000)

/* ---- drawing into memory ---- */

static char *drawn;
static size_t drawn_bytes;
static size_t drawn_room;

static void put(void *context, const char *text, size_t bytes)
{
    (void)context;
    while (drawn_bytes + bytes >= drawn_room)
        drawn = realloc(drawn, drawn_room = 2u * drawn_room + 4096u);
    memcpy(drawn + drawn_bytes, text, bytes);
    drawn_bytes += bytes;
    drawn[drawn_bytes] = '\0';
}

static const struct text_out to_memory = {put, NULL};

static struct memory_map map;
static struct trace trace;
static struct map_report report;

static void draw(enum map_form form)
{
    struct sim_error error;

    free(drawn);
    drawn = NULL;
    drawn_bytes = drawn_room = 0;
    if (!map_draw(&report, form, &to_memory, &error))
        fail_msg("%s", error.text);
}

static void open_map(const char *strategy, const char *events, uint64_t ram_bytes)
{
    struct memmap machine = lab_map(ram_bytes);
    char reason[RUN_REASON_BYTES];

    trace = lab_trace_text(events);
    const struct map_request request = {&trace, mm_strategy_find(strategy), &machine,
                                        MAP_AT_FIRST_FAILURE, 0};
    assert_int_equal(memory_map_take(&map, &request, reason), RUN_DONE);
    report = (struct map_report){.map = &map,
                                 .trace = &trace,
                                 .strategy = request.strategy,
                                 .ram_bytes = ram_bytes,
                                 .ram_source = "test"};
}

static void close_map(void)
{
    memory_map_release(&map);
    trace_close(&trace);
    free(drawn);
    drawn = NULL;
}

/* ---- areas ---- */

#define STEPS_OF_FRAME 3.0 /* pixels */

/* The sum of the areas of the boxes in the path of a kind, which its title names. The
   legend has such a path, too, which is one small box; the map's path is the second. */
static double area_of(uint32_t kind)
{
    char title[64];
    double area = 0.0;
    double x, y, width, height;

    snprintf(title, sizeof title, "\"><title>%s %s<", frame_looks[kind].label,
             number_size((uint64_t)map.kind_frames[kind] << PAGE_SHIFT).text);
    const char *end = strstr(drawn, title);
    end = end != NULL ? strstr(end + 1, title) : NULL;
    if (end == NULL)
        return 0.0;
    const char *at = end;
    while (strncmp(at, "d=\"", 3) != 0)
        at--;
    for (at += 3; at < end; at = strchr(at, 'z') + 1) {
        assert_int_equal(sscanf(at, "M%lf %lfh%lfv%lfh-", &x, &y, &width, &height), 4);
        area += width * height;
    }
    return area;
}

/* With a cell for each frame, the area of a kind is that of its frames. */
static void assert_areas_are_those_of_the_frames(void)
{
    double frame = (area_of(FRAME_RESERVED)) / map.kind_frames[FRAME_RESERVED];

    assert_true(frame >= STEPS_OF_FRAME * 3.0);
    for (uint32_t kind = 0; kind < FRAME_STATE_COUNT; kind++)
        if (area_of(kind) != frame * map.kind_frames[kind])
            fail_msg("%s: area %g, frames %u", frame_looks[kind].label, area_of(kind),
                     map.kind_frames[kind]);
}

TEST(each_kind_has_the_area_of_its_frames)
{
    static const char *const strategies[] = {"window", "primary", "brk", "zoned", "migrate"};

    for (size_t i = 0; i < sizeof strategies / sizeof strategies[0]; i++) {
        open_map(strategies[i],
                 "kmalloc 1 3000000\nkmalloc 2 100\npages 3 3 user\npages 4 0\nvmalloc 5 9000\n"
                 "kfree 1\nkmalloc 6 50000\n",
                 32 * MIB);
        draw(MAP_SVG);
        assert_areas_are_those_of_the_frames();
        close_map();
    }
}

/* ---- words ---- */

#define BLOCKED                                                                                    \
    "pages 1 10 @low\npages 2 10 @<&\xff\npages 3 10 @high\nfree_pages 1\nfree_pages 3\n"          \
    "kmalloc 4 17000000 @asker\n"

TEST(a_failure_is_told_and_ringed)
{
    open_map("brk", BLOCKED, 32 * MIB);
    draw(MAP_SVG);
    assert_true(map.failed);
    assert_non_null(strstr(drawn, ">kmalloc of 16.2 MiB by asker fails: "));
    assert_non_null(strstr(drawn, ">in the way: "));
    assert_non_null(strstr(drawn, "<title>lab under brk, RAM 32.0 MiB</title>"));
    assert_non_null(strstr(drawn, "@media(prefers-color-scheme:dark)"));
    close_map();
}

TEST(names_of_sites_are_no_markup)
{
    open_map("brk", BLOCKED, 32 * MIB);
    draw(MAP_SVG);
    assert_non_null(strstr(drawn, ">in the way: &lt;&amp;\\xff, 4 events old<"));
    for (size_t i = 0; i < drawn_bytes; i++)
        assert_true((unsigned char)drawn[i] >= 0x20 || drawn[i] == '\n');
    close_map();
}

/* ---- size ---- */

/* Each second frame is used: no cell is like its neighbour's neighbour. */
TEST(the_worst_map_of_4_gib_stays_small)
{
    open_map("brk", "", 16 * MIB);
    free(map.kinds);
    map.end = 1u << 20;
    map.kinds = malloc(map.end);
    uint32_t random = 1;
    for (uint32_t frame = 0; frame < map.end; frame++) {
        random = random * 1664525u + 1013904223u;
        map.kinds[frame] = (uint8_t)((random >> 24) % FRAME_STATE_COUNT);
    }
    for (uint32_t kind = 0; kind < FRAME_STATE_COUNT; kind++)
        map.kind_frames[kind] = 1;
    draw(MAP_SVG);
    assert_true(drawn_bytes < 4u << 20);
    close_map();
}
