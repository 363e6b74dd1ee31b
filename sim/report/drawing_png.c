/* Draws with cairo (Debian's libcairo2-dev) and writes PNG. */
#include "report/drawing.h"

#ifdef HAVE_CAIRO

#include <cairo/cairo.h>

#define SCALE 2.0 /* pixels of the file for one of the drawing */

struct png {
    struct drawing drawing;
    cairo_t *cairo;
    enum drawing_ink boxes;
};

static void set_ink(cairo_t *cairo, enum drawing_ink ink)
{
    uint32_t colour = drawing_colours(ink).light;

    cairo_set_source_rgb(cairo, (double)(colour >> 16) / 255.0,
                         (double)(colour >> 8 & 0xffu) / 255.0, (double)(colour & 0xffu) / 255.0);
}

static cairo_t *cairo_of(const struct drawing *drawing)
{
    return ((const struct png *)(const void *)drawing)->cairo;
}

/* ---- boxes ---- */

static void begin_boxes(struct drawing *drawing, enum drawing_ink ink)
{
    ((struct png *)(void *)drawing)->boxes = ink;
}

static void box(struct drawing *drawing, struct drawing_box box)
{
    cairo_rectangle(cairo_of(drawing), box.x, box.y, box.width, box.height);
}

#define HATCH_PITCH 6.0

/* Stroke diagonals over the boxes of the path, which becomes empty. */
static void hatch(cairo_t *cairo)
{
    double x1, y1, x2, y2;

    cairo_path_extents(cairo, &x1, &y1, &x2, &y2);
    cairo_save(cairo);
    cairo_clip(cairo);
    for (double x = x1 - (y2 - y1); x < x2; x += HATCH_PITCH) {
        cairo_move_to(cairo, x, y2);
        cairo_line_to(cairo, x + (y2 - y1), y1);
    }
    set_ink(cairo, INK_PAGE);
    cairo_set_line_width(cairo, 1.0);
    cairo_stroke(cairo);
    cairo_restore(cairo);
}

/* Without antialiasing, boxes that touch show no seam. */
static void end_boxes(struct drawing *drawing, const char *label)
{
    enum drawing_ink ink = ((struct png *)(void *)drawing)->boxes;
    cairo_t *cairo = cairo_of(drawing);

    (void)label;
    set_ink(cairo, ink);
    cairo_set_antialias(cairo, CAIRO_ANTIALIAS_NONE);
    cairo_fill_preserve(cairo);
    cairo_set_antialias(cairo, CAIRO_ANTIALIAS_DEFAULT);
    if (drawing_is_hatched(ink))
        hatch(cairo);
    cairo_new_path(cairo);
}

/* ---- lines and texts ---- */

static void line(struct drawing *drawing, const struct drawing_line *line)
{
    static const double dashes[] = {4.0, 4.0};
    cairo_t *cairo = cairo_of(drawing);

    set_ink(cairo, line->ink);
    cairo_set_line_width(cairo, line->width);
    cairo_set_dash(cairo, dashes, line->dashed ? 2 : 0, 0.0);
    for (uint32_t i = 0; i < line->count; i++)
        cairo_line_to(cairo, line->points[i].x, line->points[i].y);
    if (line->closed)
        cairo_close_path(cairo);
    cairo_stroke(cairo);
}

static void text(struct drawing *drawing, const struct drawing_text *text)
{
    cairo_t *cairo = cairo_of(drawing);
    cairo_text_extents_t extents;

    cairo_select_font_face(cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           text->bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo, text->size);
    cairo_text_extents(cairo, text->text, &extents);
    cairo_move_to(cairo, text->x - (text->anchor == ANCHOR_END ? extents.x_advance : 0.0), text->y);
    cairo_text_path(cairo, text->text);
    if (text->halo) {
        set_ink(cairo, INK_PAGE);
        cairo_set_dash(cairo, NULL, 0, 0.0);
        cairo_set_line_width(cairo, 4.0);
        cairo_stroke_preserve(cairo);
    }
    set_ink(cairo, text->ink);
    cairo_fill(cairo);
}

/* ---- the file ---- */

static cairo_status_t write_part(void *context, const unsigned char *data, unsigned length)
{
    const struct text_out *out = context;

    out->put(out->context, (const char *)data, length);
    return CAIRO_STATUS_SUCCESS;
}

bool drawing_put_png(const struct drawing_content *content, const struct text_out *out,
                     struct sim_error *error)
{
    struct text_out copy = *out;
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(content->size.width * SCALE),
                                   (int)(content->size.height * SCALE));
    struct png png = {{begin_boxes, box, end_boxes, line, text}, cairo_create(surface), INK_PAGE};

    cairo_scale(png.cairo, SCALE, SCALE);
    cairo_set_line_join(png.cairo, CAIRO_LINE_JOIN_ROUND);
    set_ink(png.cairo, INK_PAGE);
    cairo_paint(png.cairo);
    content->draw(&png.drawing, content->context);
    cairo_status_t status = cairo_status(png.cairo);
    cairo_destroy(png.cairo);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_write_to_png_stream(surface, write_part, &copy);
    cairo_surface_destroy(surface);
    return status == CAIRO_STATUS_SUCCESS ||
           sim_error_set_writing(error, "cairo cannot draw: %s", cairo_status_to_string(status));
}

#else

bool drawing_put_png(const struct drawing_content *content, const struct text_out *out,
                     struct sim_error *error)
{
    (void)content;
    (void)out;
    return sim_error_set(error,
                         "this mmsim was built without cairo, which draws PNG: install Debian's "
                         "libcairo2-dev and build again, or draw SVG");
}

#endif
