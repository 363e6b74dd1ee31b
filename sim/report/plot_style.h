/* How a strategy looks in every drawing. */
#ifndef REPORT_PLOT_STYLE_H
#define REPORT_PLOT_STYLE_H

#include <stdint.h>

struct plot_style {
    const char *colour; /* "#rrggbb" */
    const char *dash;   /* gnuplot's dashtype */
};

/*
 * Of a strategy of ours, always the same; of another, the nth that is drawn, one that ours leave.
 * Colours are Okabe and Ito's ("Color Universal Design", 2008), which colour-blind people tell
 * apart, but for yellow. Kin that often coincide are dashed, to be seen upon each other.
 */
struct plot_style plot_style_of(const char *strategy, uint32_t nth);

/* The same for a curve that lies on `below` others, which are drawn before it: it has dashes
   through which they show. */
struct plot_style plot_style_upon(struct plot_style style, uint32_t below);

#endif
