/* The maps of memory that `mmsim map` prints. */
#include "support/json.h"
#include "support/program.h"
#include "support/scratch.h"
#include "support/test.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_CAIRO
#include <cairo/cairo.h>
#endif

#define BLOCKED "tests/cli/data/brk_blocked.mmt"
#define ACCESS  "tests/cli/data/accesses.mmt"
#define MAP     "map", BLOCKED, "--strategy", "brk", "--ram", "64M"

static struct program program;
static struct program json;

/* ---- lines ---- */

#define FIELDS 8

/* A line of --frames, divided at its tabs. */
static void fields_of(char *line, const char *field[FIELDS])
{
    unsigned count = 0;

    for (char *part = line; part != NULL && count < FIELDS; count++) {
        field[count] = strsep(&part, "\t");
        assert_true(field[count][0] != '\0');
    }
    assert_int_equal(count, FIELDS);
}

static void assert_equals_json(unsigned i, const char *key, const char *field, bool quoted)
{
    char path[64];
    char value[128];

    snprintf(path, sizeof path, "ranges[%u].%s", i, key);
    if (strcmp(field, "-") == 0)
        snprintf(value, sizeof value, "null");
    else if (quoted)
        snprintf(value, sizeof value, "\"%s\"", field);
    else
        snprintf(value, sizeof value, "%lu", strtoul(field, NULL, 0));
    if (!json_equals(json.out, path, value))
        fail_msg("%s is not %s", path, value);
}

static void assert_line_is_in_json(char *line, unsigned i)
{
    static const char *const keys[FIELDS] = {"first_frame", "last_frame", "kind",        "call",
                                             "site",        "process",    "since_event", "others"};
    const char *field[FIELDS];

    fields_of(line, field);
    for (unsigned k = 0; k < FIELDS; k++)
        assert_equals_json(i, keys[k], field[k], k >= 2 && k <= 4);
}

static void assert_lines_are_the_ranges_of_json(void)
{
    unsigned lines = 0;
    char *rest = program.out;
    char path[32];

    assert_int_equal(program.status, 0);
    assert_int_equal(json.status, 0);
    assert_null(json_error(json.out));
    assert_string_equal(strsep(&rest, "\n"),
                        "first\tlast\tkind\tcall\tsite\tprocess\tsince_event\tothers");
    for (char *line; rest[0] != '\0'; lines++) {
        line = strsep(&rest, "\n");
        assert_line_is_in_json(line, lines);
    }
    snprintf(path, sizeof path, "ranges[%u]", lines);
    assert_true(lines > 3 && json_type(json.out, path) == 0);
}

TEST(the_lines_and_the_json_have_the_same_ranges)
{
    MMSIM(&program, MAP, "--frames");
    MMSIM(&json, MAP, "--json");
    assert_lines_are_the_ranges_of_json();
    MMSIM(&program, "map", ACCESS, "--strategy", "zoned", "--at", "6", "--frames");
    MMSIM(&json, "map", ACCESS, "--strategy", "zoned", "--at", "6", "--json");
    assert_lines_are_the_ranges_of_json();
}

TEST(the_failure_is_that_of_explain)
{
    static const char *const paths[] = {"failure.event", "failure.blocker.frame",
                                        "failure.blocker.since_event", "frames.heap",
                                        "frames.free"};
    static struct program explained;

    MMSIM(&explained, "explain", BLOCKED, "--strategy", "brk", "--ram", "64M", "--json");
    MMSIM(&json, MAP, "--json");
    assert_true(json_u64(json.out, "before_event") == json_u64(json.out, "failure.event"));
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        assert_true(json_u64(json.out, paths[i]) == json_u64(explained.out, paths[i]));
}

/* ---- the picture ---- */

TEST(the_picture_has_the_block_in_the_way)
{
    MMSIM(&program, MAP);
    assert_int_equal(program.status, 0);
    assert_output_has(&program, "failed   brk_blocked: kmalloc of ");
    assert_output_has(&program, "\nblocked  * frame 0x");
    assert_output_has(&program, "\n     0 RRRR");
    assert_output_has(&program, "R kernel image        4.0 MiB  1,024 frames\n");
    assert_non_null(strchr(strstr(program.out, "   MiB\n"), '*'));
}

TEST(a_map_of_4_gib_has_as_many_rows_as_one_of_64_mib)
{
    MMSIM(&program, "map", BLOCKED, "--strategy", "zoned", "--ram", "4G", "--at", "end");
    assert_int_equal(program.status, 0);
    assert_true(text_lines(program.out) < 50);
    assert_output_has(&program, " HIGH\n");
}

TEST(a_drawing_goes_to_a_file_or_to_standard_output)
{
    const char *path = scratch_path("map.svg");
    static char drawn[PROGRAM_OUT_BYTES];

    MMSIM(&program, MAP, "-o", path);
    assert_true(program.status == 0 && program.out_bytes == 0 && program.err_bytes == 0);
    size_t bytes = scratch_read(path, drawn, sizeof drawn - 1u);
    MMSIM(&program, MAP, "-o", "-");
    assert_true(program.out_bytes == bytes && memcmp(program.out, drawn, bytes) == 0);
    assert_output_has(&program, "<desc>Memory at event ");
}

/* ---- PNG ---- */

#ifdef HAVE_CAIRO

static uint32_t pixels_of(cairo_surface_t *surface, uint32_t colour)
{
    const unsigned char *data = cairo_image_surface_get_data(surface);
    uint32_t count = 0;

    for (int y = 0; y < cairo_image_surface_get_height(surface); y++)
        for (int x = 0; x < cairo_image_surface_get_width(surface); x++) {
            uint32_t pixel;
            memcpy(&pixel, data + y * cairo_image_surface_get_stride(surface) + 4 * x, 4);
            count += (pixel & 0xffffffu) == colour;
        }
    return count;
}

/* The colours of the heap and of free frames (sim/report/frame_colours.c). */
#define HEAP_COLOUR 0x5b8fd0u
#define FREE_COLOUR 0xf1ede4u

/* A frame of a machine with 64 MiB: 3 x 7 pixels, twice as dense. */
#define FRAME_PIXELS (3u * 7u * 4u)

/* The lines that are drawn over the map hide some pixels, and the legend adds some. */
static void assert_pixels(cairo_surface_t *surface, uint32_t colour, const char *key)
{
    double pixels = pixels_of(surface, colour);
    double expected = (double)json_u64(json.out, key) * FRAME_PIXELS;

    if (pixels < 0.9 * expected || pixels > 1.02 * expected)
        fail_msg("%s: %g pixels, not %g", key, pixels, expected);
}

TEST(a_png_has_the_pixels_of_the_frames)
{
    const char *path = scratch_path("map.png");

    MMSIM(&json, MAP, "--at", "end", "--json");
    MMSIM(&program, MAP, "--at", "end", "-o", path);
    assert_true(program.status == 0 && program.err_bytes == 0);
    cairo_surface_t *surface = cairo_image_surface_create_from_png(path);
    assert_int_equal(cairo_surface_status(surface), CAIRO_STATUS_SUCCESS);
    assert_int_equal(cairo_image_surface_get_width(surface), 1920);
    assert_pixels(surface, HEAP_COLOUR, "frames.heap");
    assert_pixels(surface, FREE_COLOUR, "frames.free");
    cairo_surface_destroy(surface);
}

#else

TEST(a_png_has_the_pixels_of_the_frames)
{
    (void)state;
    MMSIM(&program, MAP, "-o", scratch_path("map.png"));
    assert_int_equal(program.status, 2);
    assert_error_has(&program,
                     "built without cairo, which draws PNG: install Debian's libcairo2-dev");
}

#endif

/* ---- arguments ---- */

TEST(bad_arguments_are_refused)
{
    static const struct refused_command commands[] = {
        {{"map", BLOCKED}, "map needs --strategy NAME"},
        {{MAP, "--at", "0"}, "--at 0: out of range: expected at least 1"},
        {{MAP, "--at", "400"}, "--at 400: no such event: " BLOCKED " has "},
        {{MAP, "--at", "first"}, "--at first: "},
        {{MAP, "--failure", "100"}, "--failure 100: no such failure: brk has "},
        {{"map", BLOCKED, "--strategy", "brk", "--at=2", "--failure=1"}, "exclude each other"},
        {{MAP, "--frames", "--json"}, "--frames and --json exclude each other"},
        {{"map", BLOCKED, "--strategy", "brk", "--json", "-o", "x.svg"}, "-o and --json exclude"},
        {{MAP, "-o", "map.txt"}, "map.txt: the name of a drawing must end in .svg or .png"},
        {{MAP, "-o", BLOCKED}, "must end in .svg or .png"},
        {{"map", "tests/cli/data/none.mmt", "--strategy", "brk"}, "none.mmt"},
    };

    ASSERT_COMMANDS_REFUSED(commands);
}

TEST(a_trace_that_makes_no_sense_is_named_with_the_event)
{
    const char *path = scratch_text("bad.mmt", "mmtrace 1\nkmalloc 1 100\nkfree 2\n");

    MMSIM(&program, "map", path, "--strategy", "brk", "--at", "1");
    assert_int_equal(program.status, 2);
    assert_error_has(&program, "bad.mmt:3:");
}

TEST(an_empty_trace_has_a_map)
{
    MMSIM(&program, "map", scratch_text("empty.mmt", "mmtrace 1\n"), "--strategy", "brk");
    assert_int_equal(program.status, 0);
    assert_output_has(&program, ". free ");
}
