/* `mmsim inspect`: its JSON, and its drawing. */
#include "inspect_dump.h"
#include "support/json.h"
#include "support/program.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#define SVG_BYTES 262144u

static struct program program;

/* ---- JSON ---- */

static const struct {
    const char *path;
    const char *value;
} expected[] = {
    {"dump_bytes", "20480"},
    {"cut_short", "false"},
    {"directory", "4096"},
    {"cr4", "16"},
    {"ranges[0].va", "4096"},
    {"ranges[0].bytes", "8192"},
    {"ranges[0].rights", "\"ur-\""},
    {"ranges[7].va", "4294963200"},
    {"pages[0].pa", "12288"},
    {"pages[0].page_bytes", "4096"},
    {"pages[0].accessed_pages", "2"},
    {"pages[0].dirty_pages", "1"},
    {"pages[1].cache_disable", "true"},
    {"pages[1].write_through", "true"},
    {"pages[1].pat", "false"},
    {"pages[2].reserved_bits", "true"},
    {"pages[3].global", "true"},
    {"pages[3].page_bytes", "4194304"},
    {"pages[4].self_map", "false"},
    {"pages[5].self_map", "true"},
    {"pages[5].pa", "null"},
    {"directory_outside", "false"},
    {"tables_outside[0].directory_index", "900"},
    {"tables_outside[0].table", "65536"},
    {"walks[0].va", "4096"},
    {"walks[0].end", "\"page\""},
    {"walks[0].steps[1].index", "1"},
    {"walks[0].steps[1].address", "8196"},
    {"walks[0].steps[1].entry", "12325"},
    {"walks[0].error_codes.supervisor_read", "null"},
    {"walks[0].error_codes.supervisor_write", "3"},
    {"walks[0].error_codes.user_read", "null"},
    {"walks[0].error_codes.user_write", "7"},
    {"walks[0].pa", "12288"},
    {"walks[0].page_bytes", "4096"},
    {"walks[0].rights", "\"ur-\""},
    {"walks[0].content", "[97, 98, 99, 100]"},
    {"walks[1].end", "\"outside\""},
    {"walks[1].steps[1].entry", "null"},
    {"walks[2].end", "\"reserved_bits\""},
    {"walks[2].error_codes.user_write", "15"},
    {"walks[3].end", "\"absent\""},
};

TEST(json_has_every_value)
{
    const char *path = dump_of(DUMP_BYTES);

    MMSIM(&program, "inspect", path, "--cr3", "0x1018", "--json", "0x1000", "0xe1000000",
          "0x400000", "0x800000");
    assert_null(json_error(program.out));
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        if (!json_equals(program.out, expected[i].path, expected[i].value))
            fail_msg("%s is not %s", expected[i].path, expected[i].value);
    assert_int_equal(json_type(program.out, "walks[1].error_codes"), 0);
    assert_int_equal(json_type(program.out, "walks[3].pa"), 0);
    assert_error_has(&program, OUTSIDE);
    assert_int_equal(program.status, 1);
}

TEST(json_of_an_empty_directory_has_empty_lists)
{
    tables_clear();
    MMSIM(&program, "inspect", scratch_bytes("none.dump", tables_memory, PAGE_SIZE), "--cr3", "0",
          "--json");
    assert_null(json_error(program.out));
    assert_true(json_equals(program.out, "ranges", "[]"));
    assert_true(json_equals(program.out, "pages", "[]"));
    assert_true(json_equals(program.out, "tables_outside", "[]"));
    assert_true(json_equals(program.out, "walks", "[]"));
    assert_int_equal(program.status, 0);
}

/* ---- the drawing ---- */

static char svg[SVG_BYTES];

#define DEPTH_MAX 8u

/* The drawing is well-formed XML: each element is closed before the one around it, attributes are
   quoted, and the text has no ampersand or bracket. */
static void assert_well_formed(const char *text)
{
    char open[DEPTH_MAX][16];
    size_t depth = 0;
    size_t elements = 0;

    assert_int_equal(strncmp(text, "<?xml version=\"1.0\"", 19), 0);
    assert_null(strchr(text, '&'));
    for (const char *at = strchr(text, '\n'); *at != '\0';) {
        size_t plain = strcspn(at, "<>");
        at += plain;
        if (*at == '\0')
            break;
        assert_int_equal(*at, '<');
        size_t length = strcspn(at, ">");
        char name[16];
        unsigned quotes = 0;
        for (size_t i = 0; i < length; i++)
            quotes += at[i] == '"';
        assert_int_equal(quotes % 2, 0);
        assert_int_equal(sscanf(at[1] == '/' ? at + 2 : at + 1, "%15[a-z]", name), 1);
        if (at[1] == '/') {
            assert_true(depth > 0);
            assert_string_equal(open[--depth], name);
        } else if (at[length - 1] != '/') {
            assert_true(depth < DEPTH_MAX && (depth > 0 || elements == 0));
            strcpy(open[depth++], name);
        }
        elements++;
        at += length + 1;
    }
    assert_int_equal(depth, 0);
    assert_true(elements > 1000);
}

static unsigned count(const char *text, const char *part)
{
    unsigned found = 0;

    while ((text = strstr(text, part)) != NULL) {
        text += strlen(part);
        found++;
    }
    return found;
}

static void draw(const char *path, const char *dump)
{
    MMSIM(&program, "inspect", dump, "--cr3", "0x1000", "--svg", path);
    svg[scratch_read(path, svg, sizeof svg - 1)] = '\0';
    assert_well_formed(svg);
}

TEST(a_drawing_has_a_cell_for_each_directory_entry)
{
    static const char *const cells[] = {
        "<title>00000000-00400000: 4.0 KiB supervisor, writable; 8.0 KiB user, read-only</title>",
        "<title>00400000-00800000: 4.0 MiB supervisor, writable; a 4 MiB page; reserved bits are "
        "set: an access faults</title>",
        "<title>00800000-00c00000: nothing mapped</title>",
        "<title>c0000000-c0400000: 4.0 MiB supervisor, writable; a 4 MiB page</title>",
        "<title>e1000000-e1400000: nothing mapped; its page table is outside the dump</title>",
        "<title>ffc00000-100000000: 24.0 KiB supervisor, writable; page tables, through a "
        "self-map</title>",
    };

    draw(scratch_path("map.svg"), dump_of(DUMP_BYTES));
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
        assert_int_equal(count(svg, cells[i]), 1);
    assert_int_equal(count(svg, "<title>"), PAGE_TABLE_ENTRIES + 1u);
    assert_int_equal(count(svg, "<title>Address space in mem.dump</title>"), 1);
    assert_int_equal(count(svg, "<svg role=\"img\" "), 1);
    assert_int_equal(count(svg, "nothing mapped"), PAGE_TABLE_ENTRIES - 5u);
    assert_int_equal(count(svg, "#c00"), 3); /* two crosses, and one in the legend */
    assert_int_equal(text_lines(program.out), 8);
    assert_int_equal(program.status, 1);
}

TEST(a_drawing_may_go_to_standard_output)
{
    MMSIM(&program, "inspect", sound_dump(), "--cr3", "0x1000", "--svg", "-");
    assert_output_has(&program, "</svg>\n");
    assert_int_equal(program.status, 0);
}
