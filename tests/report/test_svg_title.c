/* The title of a drawing replaces gnuplot's name. */
#include "report/svg_title.h"
#include "support/test.h"
#include "support/text_sink.h"

#include <stdio.h>
#include <string.h>

static const char *titled(const char *drawing, const char *title)
{
    FILE *drawn = tmpfile();

    fputs(drawing, drawn);
    assert_true(svg_put_titled(drawn, title, sink_fresh()));
    fclose(drawn);
    return sink_text;
}

TEST(a_drawing_gets_its_title)
{
    assert_string_equal(
        titled("<?xml?>\n<svg \n width=\"9\">\n\n<title>Gnuplot</title>\n<desc>d</desc>"
               "<text>Gnuplot</text></svg>\n",
               "gcc_512"),
        "<?xml?>\n<svg role=\"img\" \n width=\"9\">\n\n<title>gcc_512</title>\n"
        "<desc>d</desc><text>Gnuplot</text></svg>\n");
}

TEST(a_drawing_without_a_title_element_is_not_changed)
{
    assert_string_equal(titled("", "t"), "");
    assert_string_equal(titled("<g></g>", "t"), "<g></g>");
}

TEST(long_drawings_are_copied_whole)
{
    static char drawing[SINK_BYTES - 100u];

    memset(drawing, 'x', sizeof drawing - 1u);
    memcpy(drawing, "<svg <title>Gnuplot</title>", 27);
    const char *text =
        titled(drawing, "t"); /* longer than the part that is searched for the title */
    const char *head = "<svg role=\"img\" <title>t</title>xxx";
    assert_memory_equal(text, head, strlen(head));
    assert_int_equal(strlen(text),
                     sizeof drawing - 1u + strlen(SVG_ROLE " ") - strlen("Gnuplot") + 1u);
}

TEST(special_characters_of_a_title_are_escaped)
{
    svg_put_text(sink_fresh(), "<b>&\"'\n\x1b\x7f\xc2\x9b\xff\xc3\xa9");
    assert_string_equal(sink_text, "&lt;b&gt;&amp;\"'    ?\xc3\xa9");
}
