/*
 * A page of panels, as a script for gnuplot: a title and a legend at the top, and panels in two
 * columns below. All positions are in pixels from the top left corner of a page that is PLOT_WIDTH
 * wide.
 *
 *     |title                              |
 *     |- brk  - zoned                     |
 *     |panel 0          |panel 1          |
 *     |panel 2          |panel 3          |
 */
#ifndef REPORT_PLOT_PAGE_H
#define REPORT_PLOT_PAGE_H

#include <stdint.h>
#include <stdio.h>

#define PLOT_WIDTH 900u

#define PLOT_INK       "#222222"
#define PLOT_INK_FAINT "#4a4a4a"

/* The tics of an axis that was unset, and a label below a frame. */
#define PLOT_TICS  "nomirror out scale 0.5 tc rgb '" PLOT_INK_FAINT "' font ',11'"
#define PLOT_BELOW "offset 0,0.7 tc rgb '" PLOT_INK_FAINT "' font ',11'"

/* A strategy's line. */
struct plot_style {
    const char *colour; /* "#rrggbb" */
    const char *dash;   /* gnuplot's dashtype */
};

/*
 * The style of a strategy, the same in every drawing. A strategy that mmsim does not have, the nth
 * in the drawing, gets a colour that no other has. The colours are Okabe and Ito's without yellow,
 * which colour-blind people can tell apart ("Color Universal Design", 2008). Strategies whose
 * curves often coincide are dashed, so that both curves show.
 */
struct plot_style plot_style_of(const char *strategy, uint32_t nth);

/* The style for a curve that lies on `below` others, which are drawn before it: its dashes let them
   show. */
struct plot_style plot_style_upon(struct plot_style style, uint32_t below);

enum plot_form {
    PLOT_SVG,
    PLOT_PNG /* it has twice as many pixels, for dense screens */,
    PLOT_PDF
};

struct plot_legend {
    const char *text;
    struct plot_style style;
};

struct plot_page {
    FILE *out;
    enum plot_form form;
    const char *title; /* NULL: none */
    const struct plot_legend *legend;
    uint32_t legend_count;
    uint32_t panels;
    uint32_t panel_height;
    uint32_t height; /* set by plot_page_begin() */
};

/* The rectangle between the axes of a panel. */
struct plot_frame {
    uint32_t left;
    uint32_t right;
    uint32_t top;
    uint32_t bottom;
};

/* Write everything before the first panel. */
void plot_page_begin(struct plot_page *page);

void plot_page_end(const struct plot_page *page);

/* The frame of a panel, with room for tics, a title above, and `below` pixels under it. */
struct plot_frame plot_page_frame(const struct plot_page *page, uint32_t panel, uint32_t below);

/* Use this frame for the next plot. */
void plot_page_set_frame(const struct plot_page *page, struct plot_frame frame);

/* Use this title above the frame of the next plot. */
void plot_page_set_title(const struct plot_page *page, const char *title);

/* Write a text as a string of gnuplot, in which nothing is a command, an escape or markup. Control
 * characters become blanks, and bytes that are not UTF-8 become question marks. */
void plot_put_text(FILE *out, const char *text);

#endif
