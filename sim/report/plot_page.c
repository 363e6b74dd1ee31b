#include "report/plot_page.h"

#include <stddef.h>
#include <string.h>

#include "replay/text_out.h"
#include "trace/printable.h"

static const struct {
    const char *strategy;
    struct plot_style style;
} known[] = {
    {"window", {"#7a7a7a", "solid"}},  {"primary", {"#d55e00", "solid"}},
    {"brk", {"#0072b2", "solid"}},     {"zoned", {"#cc79a7", "solid"}},
    {"kseg0", {"#e69f00", "(6,6)"}},   {"jump", {"#56b4e9", "(7,9)"}},
    {"migrate", {"#009e73", "(2,7)"}},
};

static const struct plot_style others[] = {
    {"#000000", "solid"}, {"#8c564b", "solid"}, {"#5e3c99", "solid"}, {"#b2182b", "solid"}};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct plot_style plot_style_of(const char *strategy, uint32_t nth)
{
    for (size_t i = 0; i < COUNT(known); i++)
        if (strcmp(known[i].strategy, strategy) == 0)
            return known[i].style;
    return others[nth % COUNT(others)];
}

struct plot_style plot_style_upon(struct plot_style style, uint32_t below)
{
    static const char *const dashes[] = {"(6,6)", "(3,9)", "(9,4,2,4)", "(1,5)"};

    if (below != 0 && strcmp(style.dash, "solid") == 0)
        style.dash = dashes[(below - 1u) % COUNT(dashes)];
    return style;
}

/* ---- text ---- */

#define MARGIN          14u
#define TITLE_HEIGHT    34u
#define LEGEND_PITCH    22u
#define LEGEND_DASH     26u /* the width of the line of an entry */
#define LEGEND_GAP      6u  /* the gap between the line and the text */
#define LEGEND_AFTER    22u /* the gap after the text */
#define CHARACTER_WIDTH 7.4 /* of the font, approximately */
#define ABOVE_PANELS    8u
#define BELOW_PANELS    8u

#define PIXELS_PER_INCH 96.0

#define FRAME_LEFT  62u
#define FRAME_RIGHT 18u
#define FRAME_TOP   34u

#define AXIS_INK   "#888888"
#define GRID_INK   "#e4e4e4"
#define TITLE_SIZE 15
#define PANEL_SIZE 12.5

/* Labels and arrows are numbered in gnuplot. The page uses numbers below this. */
#define TAG_PANEL_TITLE 999u

void plot_put_text(FILE *out, const char *text)
{
    size_t bytes = strlen(text);

    fputc('\'', out);
    for (size_t i = 0; i < bytes;) {
        size_t length = text_utf8_sequence(&text[i], bytes - i);
        if (length == 0)
            fputc('?', out);
        else if (printable_is_control(&text[i], length))
            fputc(' ', out);
        else if (text[i] == '\'')
            fputs("''", out);
        else
            fwrite(&text[i], 1, length, out);
        i += length == 0 ? 1u : length;
    }
    fputc('\'', out);
}

/* ---- the page ---- */

static double screen_x(uint32_t x)
{
    return (double)x / PLOT_WIDTH;
}

static double screen_y(const struct plot_page *page, uint32_t y)
{
    return 1.0 - (double)y / page->height;
}

static uint32_t legend_width(const struct plot_legend *legend)
{
    return LEGEND_DASH + LEGEND_GAP + (uint32_t)(CHARACTER_WIDTH * (double)strlen(legend->text)) +
           LEGEND_AFTER;
}

/* The size in inches of 96 pixels, as in a browser. */
static void put_pdf_terminal(const struct plot_page *page)
{
    fprintf(page->out,
            "set terminal pdfcairo size %.4fin,%.4fin font 'sans,12' fontscale 0.5625 linewidth "
            "0.75 dashlength 2.5 "
            "noenhanced background rgb 'white'\n",
            PLOT_WIDTH / PIXELS_PER_INCH, page->height / PIXELS_PER_INCH);
}

static void put_terminal(const struct plot_page *page)
{
    if (page->form == PLOT_PDF)
        put_pdf_terminal(page);
    else if (page->form == PLOT_SVG)
        fprintf(page->out,
                "set terminal svg size %u,%u font 'sans-serif,12' noenhanced background rgb "
                "'white'\n",
                PLOT_WIDTH, page->height);
    else
        fprintf(page->out,
                "set terminal pngcairo size %u,%u font 'sans,12' fontscale 1.75 linewidth 2 "
                "dashlength 1.6 "
                "pointscale 2 noenhanced background rgb 'white'\n",
                2u * PLOT_WIDTH, 2u * page->height);
}

static void put_label(const struct plot_page *page, uint32_t tag, uint32_t x, uint32_t y,
                      const char *text, int size)
{
    fprintf(page->out, "set label %u ", tag);
    plot_put_text(page->out, text);
    fprintf(page->out, " at screen %.5f,screen %.5f font ',%d' tc rgb '" PLOT_INK "'\n",
            screen_x(x), screen_y(page, y), size);
}

/* Place the entries of the legend: calls put for each, unless it is NULL. Returns the number of
 * lines. */
static uint32_t legend_place(const struct plot_page *page,
                             void (*put)(const struct plot_page *page, uint32_t i, uint32_t x,
                                         uint32_t line))
{
    uint32_t x = MARGIN;
    uint32_t line = 0;

    for (uint32_t i = 0; i < page->legend_count; i++) {
        uint32_t width = legend_width(&page->legend[i]);
        if (x + width > PLOT_WIDTH && x > MARGIN) {
            x = MARGIN;
            line++;
        }
        if (put != NULL)
            put(page, i, x, line);
        x += width;
    }
    return page->legend_count != 0 ? line + 1u : 0;
}

static uint32_t title_height(const struct plot_page *page)
{
    return page->title != NULL ? TITLE_HEIGHT : MARGIN / 2u;
}

static void put_legend(const struct plot_page *page, uint32_t i, uint32_t x, uint32_t line)
{
    uint32_t y = title_height(page) + line * LEGEND_PITCH + LEGEND_PITCH / 2u;
    const struct plot_legend *legend = &page->legend[i];

    fprintf(page->out,
            "set arrow %u from screen %.5f,screen %.5f to screen %.5f,screen %.5f nohead lw 2.5 "
            "lc rgb '%s' dt %s\n",
            i + 1u, screen_x(x), screen_y(page, y), screen_x(x + LEGEND_DASH), screen_y(page, y),
            legend->style.colour, legend->style.dash);
    put_label(page, i + 1u, x + LEGEND_DASH + LEGEND_GAP, y, legend->text, 12);
}

/* Draw the title and the legend once, by an empty plot. */
static void put_head(const struct plot_page *page)
{
    if (page->title != NULL)
        put_label(page, page->legend_count + 1u, MARGIN, TITLE_HEIGHT - 14u, page->title,
                  TITLE_SIZE);
    legend_place(page, put_legend);
    fputs("unset border; unset tics\n"
          "set xrange [0:1]; set yrange [0:1]\n"
          "plot NaN\n"
          "unset label; unset arrow\n",
          page->out);
}

static uint32_t panels_top(const struct plot_page *page)
{
    return title_height(page) + legend_place(page, NULL) * LEGEND_PITCH + ABOVE_PANELS;
}

void plot_page_begin(struct plot_page *page)
{
    page->height = panels_top(page) + (page->panels + 1u) / 2u * page->panel_height + BELOW_PANELS;
    fputs("set encoding utf8\n", page->out);
    put_terminal(page);
    fputs("unset key\nset multiplot\n", page->out);
    put_head(page);
    fputs("set xtics " PLOT_TICS "\nset ytics " PLOT_TICS "\n"
          "set grid lc rgb '" GRID_INK "' lt 1 lw 0.8\n"
          "set border 3 lc rgb '" AXIS_INK "'\n",
          page->out);
}

void plot_page_end(const struct plot_page *page)
{
    fputs("unset multiplot\n", page->out);
}

/* ---- panels ---- */

struct plot_frame plot_page_frame(const struct plot_page *page, uint32_t panel, uint32_t below)
{
    uint32_t x = panel % 2u * (PLOT_WIDTH / 2u);
    uint32_t y = panels_top(page) + panel / 2u * page->panel_height;

    return (struct plot_frame){.left = x + FRAME_LEFT,
                               .right = x + PLOT_WIDTH / 2u - FRAME_RIGHT,
                               .top = y + FRAME_TOP,
                               .bottom = y + page->panel_height - below};
}

void plot_page_set_frame(const struct plot_page *page, struct plot_frame frame)
{
    fprintf(page->out,
            "set lmargin at screen %.5f; set rmargin at screen %.5f; set tmargin at screen %.5f; "
            "set bmargin at screen %.5f\n",
            screen_x(frame.left), screen_x(frame.right), screen_y(page, frame.top),
            screen_y(page, frame.bottom));
}

void plot_page_set_title(const struct plot_page *page, const char *title)
{
    fprintf(page->out, "set label %u ", TAG_PANEL_TITLE);
    plot_put_text(page->out, title);
    fprintf(page->out, " at graph 0,graph 1 offset 0,0.9 font ',%.1f' tc rgb '" PLOT_INK "'\n",
            PANEL_SIZE);
}
