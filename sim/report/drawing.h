/*
 * A drawing of rectangles, lines and texts, which a back end writes as SVG or as PNG. Positions are
 * in pixels from the top left corner. A colour is named by its meaning: an SVG has two sets of
 * colours, for light and for dark pages, and a PNG has the light one.
 */
#ifndef REPORT_DRAWING_H
#define REPORT_DRAWING_H

#include <stdbool.h>
#include <stdint.h>

#include "lab/frame_states.h"
#include "replay/text_out.h"
#include "trace/error.h"

enum drawing_ink {
    INK_PAGE,
    INK_TEXT,
    INK_FAINT, /* labels of axes, and lines between zones */
    INK_FAILURE,
    INK_KIND, /* plus a kind of frames (report/frame_colours.h) */
    INK_COUNT = INK_KIND + FRAME_STATE_COUNT
};

struct drawing_colours {
    uint32_t light; /* 0xrrggbb */
    uint32_t dark;
};

struct drawing_colours drawing_colours(enum drawing_ink ink);

/* Kinds that differ little from others in colour are hatched with INK_PAGE. */
bool drawing_is_hatched(enum drawing_ink ink);

struct drawing_box {
    double x;
    double y;
    double width;
    double height;
};

struct drawing_point {
    double x;
    double y;
};

enum drawing_anchor { ANCHOR_START, ANCHOR_END };

struct drawing_text {
    double x; /* of the anchor */
    double y; /* of the baseline */
    uint32_t size;
    enum drawing_ink ink;
    enum drawing_anchor anchor;
    bool bold;
    bool halo;        /* on a ground of INK_PAGE, so that it can be read on a map */
    const char *text; /* in UTF-8 */
};

struct drawing_line {
    const struct drawing_point *points;
    uint32_t count;
    enum drawing_ink ink;
    double width;
    bool closed;
    bool dashed;
};

/* The functions of a back end. `drawing` is its own structure, which begins with this one. */
struct drawing {
    /* Boxes of one colour: box() for each, between the other two. The label says to a reader what
       they are. */
    void (*begin_boxes)(struct drawing *drawing, enum drawing_ink ink);
    void (*box)(struct drawing *drawing, struct drawing_box box);
    void (*end_boxes)(struct drawing *drawing, const char *label);
    void (*line)(struct drawing *drawing, const struct drawing_line *line);
    void (*text)(struct drawing *drawing, const struct drawing_text *text);
};

struct drawing_size {
    uint32_t width;
    uint32_t height;
};

/* What is drawn, and what a reader who cannot see it is told. */
struct drawing_content {
    struct drawing_size size;
    const char *title;
    const char *description;
    void (*draw)(struct drawing *drawing, const void *context);
    const void *context;
};

/* Write the drawing as SVG. */
void drawing_put_svg(const struct drawing_content *content, const struct text_out *out);

/* Write the drawing as PNG, with twice as many pixels, for dense screens. Returns false if this
 * program has been built without cairo, or if cairo fails. */
bool drawing_put_png(const struct drawing_content *content, const struct text_out *out,
                     struct sim_error *error);

#endif
