/* The title of a drawing replaces gnuplot's name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/svg_title.h"
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

static void a_drawing_gets_its_title(void **state)
{
    (void)state;
    assert_string_equal(
        titled("<?xml?>\n<svg \n width=\"9\">\n\n<title>Gnuplot</title>\n<desc>d</desc>"
               "<text>Gnuplot</text></svg>\n",
               "gcc_512"),
        "<?xml?>\n<svg role=\"img\" \n width=\"9\">\n\n<title>gcc_512</title>\n"
        "<desc>d</desc><text>Gnuplot</text></svg>\n");
}

static void a_drawing_without_a_title_element_is_not_changed(void **state)
{
    (void)state;
    assert_string_equal(titled("", "t"), "");
    assert_string_equal(titled("<g></g>", "t"), "<g></g>");
}

static void long_drawings_are_copied_whole(void **state)
{
    static char drawing[SINK_BYTES - 100u];

    (void)state;
    memset(drawing, 'x', sizeof drawing - 1u);
    memcpy(drawing, "<svg <title>Gnuplot</title>", 27);
    const char *text =
        titled(drawing, "t"); /* longer than the part that is searched for the title */
    const char *head = "<svg role=\"img\" <title>t</title>xxx";
    assert_memory_equal(text, head, strlen(head));
    assert_int_equal(strlen(text),
                     sizeof drawing - 1u + strlen(SVG_ROLE " ") - strlen("Gnuplot") + 1u);
}

static void special_characters_of_a_title_are_escaped(void **state)
{
    (void)state;
    svg_put_text(sink_fresh(), "<b>&\"'\n\x1b\x7f\xc2\x9b\xff\xc3\xa9");
    assert_string_equal(sink_text, "&lt;b&gt;&amp;\"'    ?\xc3\xa9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_drawing_gets_its_title),
        cmocka_unit_test(a_drawing_without_a_title_element_is_not_changed),
        cmocka_unit_test(long_drawings_are_copied_whole),
        cmocka_unit_test(special_characters_of_a_title_are_escaped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
