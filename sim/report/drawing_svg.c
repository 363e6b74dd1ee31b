/* Writes a drawing as SVG. Its colours are classes, which follow the reader's choice of a light or
 * a dark page. */
#include "report/drawing.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "report/svg_title.h"

#define PIECE_BYTES 512u

struct svg {
    struct drawing drawing;
    const struct text_out *out;
};

__attribute__((format(printf, 2, 3))) static void put(const struct text_out *out,
                                                      const char *format, ...)
{
    char piece[PIECE_BYTES];
    va_list list;

    va_start(list, format);
    vsnprintf(piece, sizeof piece, format, list);
    va_end(list);
    text_put(out, piece);
}

/* ---- colours ---- */

static void put_classes(const struct text_out *out, bool dark)
{
    for (uint32_t ink = 0; ink < INK_COUNT; ink++) {
        struct drawing_colours colours = drawing_colours((enum drawing_ink)ink);
        uint32_t colour = dark ? colours.dark : colours.light;
        put(out, ".f%" PRIu32 "{fill:#%06" PRIx32 "}.s%" PRIu32 "{stroke:#%06" PRIx32 "}", ink,
            colour, ink, colour);
    }
}

static void put_hatching(const struct text_out *out, uint32_t ink)
{
    put(out,
        "<pattern id=\"h%" PRIu32 "\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
        "<path class=\"f%" PRIu32 "\" d=\"M0 0h6v6h-6z\"/>"
        "<path class=\"s%d\" d=\"M-1 1l2-2M0 6l6-6M5 7l2-2\"/></pattern>",
        ink, ink, INK_PAGE);
}

static void put_definitions(const struct text_out *out)
{
    text_put(out, "<style>");
    put_classes(out, false);
    text_put(out, "@media(prefers-color-scheme:dark){");
    put_classes(out, true);
    text_put(out, "}</style>\n<defs>");
    for (uint32_t ink = INK_KIND; ink < INK_COUNT; ink++)
        if (drawing_is_hatched((enum drawing_ink)ink))
            put_hatching(out, ink);
    text_put(out, "</defs>\n");
}

/* ---- elements ---- */

static const struct text_out *out_of(const struct drawing *drawing)
{
    return ((const struct svg *)(const void *)drawing)->out;
}

static void begin_boxes(struct drawing *drawing, enum drawing_ink ink)
{
    if (drawing_is_hatched(ink))
        put(out_of(drawing), "<path fill=\"url(#h%d)\" d=\"", ink);
    else
        put(out_of(drawing), "<path class=\"f%d\" d=\"", ink);
}

static void box(struct drawing *drawing, struct drawing_box box)
{
    put(out_of(drawing), "M%g %gh%gv%gh-%gz", box.x, box.y, box.width, box.height, box.width);
}

static void end_boxes(struct drawing *drawing, const char *label)
{
    text_put(out_of(drawing), "\"><title>");
    svg_put_text(out_of(drawing), label);
    text_put(out_of(drawing), "</title></path>\n");
}

static void line(struct drawing *drawing, const struct drawing_line *line)
{
    const struct text_out *out = out_of(drawing);

    put(out, "<path class=\"s%d\" stroke-width=\"%g\"%s d=\"", line->ink, line->width,
        line->dashed ? " stroke-dasharray=\"4 4\"" : "");
    for (uint32_t i = 0; i < line->count; i++)
        put(out, "%c%g %g", i == 0 ? 'M' : 'L', line->points[i].x, line->points[i].y);
    text_put(out, line->closed ? "z\"/>\n" : "\"/>\n");
}

static void text(struct drawing *drawing, const struct drawing_text *text)
{
    const struct text_out *out = out_of(drawing);

    put(out, "<text x=\"%g\" y=\"%g\" font-size=\"%" PRIu32 "\"", text->x, text->y, text->size);
    if (text->halo)
        put(out, " class=\"f%d s%d\" stroke-width=\"4\" paint-order=\"stroke\"", text->ink,
            INK_PAGE);
    else
        put(out, " class=\"f%d\"", text->ink);
    text_put(out, text->anchor == ANCHOR_END ? " text-anchor=\"end\"" : "");
    text_put(out, text->bold ? " font-weight=\"bold\">" : ">");
    svg_put_text(out, text->text);
    text_put(out, "</text>\n");
}

void drawing_put_svg(const struct drawing_content *content, const struct text_out *out)
{
    struct svg svg = {{begin_boxes, box, end_boxes, line, text}, out};

    put(out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg " SVG_ROLE
        " xmlns=\"http://www.w3.org/2000/svg\" width=\"%" PRIu32 "\" height=\"%" PRIu32
        "\" viewBox=\"0 0 %" PRIu32 " %" PRIu32 "\" font-family=\"sans-serif\" fill=\"none\" "
        "stroke-linejoin=\"round\">\n<title>",
        content->size.width, content->size.height, content->size.width, content->size.height);
    svg_put_text(out, content->title);
    text_put(out, "</title>\n<desc>");
    svg_put_text(out, content->description);
    text_put(out, "</desc>\n");
    put_definitions(out);
    put(out, "<rect class=\"f%d\" width=\"100%%\" height=\"100%%\"/>\n", INK_PAGE);
    content->draw(&svg.drawing, content->context);
    text_put(out, "</svg>\n");
}
