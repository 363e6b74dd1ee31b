/*
 * A panel of a trace. Rates are curves, and below them, on the same axis, a row for each strategy
 * shows its least RAM: where curves touch zero together, rows still tell them apart.
 *
 *     5 % |\
 *         | `-.
 *     0 % |____`-----------
 *     brk   ----o 93
 *     zoned -----o 94
 *         +----------------
 *          80   90   100     RAM, MiB
 */
#include "report/plot.h"

#include <inttypes.h>
#include <string.h>

#include "report/trace_name.h"

#define RATES_HEIGHT 150u
#define ROW_HEIGHT   15u
#define ROWS_ABOVE   10u
#define BELOW_FRAME  40u
#define ABOVE_FRAME  34u
#define STYLES_MAX   64u
#define TITLE_BYTES  52u
#define LABEL_BYTES  128u

#define MIB ((double)(1 << 20))

/* The numbers of labels and arrows, by row. */
#define TAG_NAME  100u
#define TAG_LEAST 200u
#define TAG_END   300u /* the end of a bar */

struct drawing {
    const struct sweep_results *results;
    struct plot_page page;
    uint32_t rows; /* rows of the trace with the most strategies */
    const char *strategies[STYLES_MAX];
    char labels[STYLES_MAX][LABEL_BYTES];
    struct plot_legend legend[STYLES_MAX];
};

/* The results of one trace are [first, end). */
struct share {
    uint32_t first;
    uint32_t end;
    double from_mib;
    double to_mib;
};

/* ---- what is there ---- */

static void widen(struct share *share, const struct sweep_result *result)
{
    for (uint32_t i = 0; i < result->count; i++) {
        double mib = (double)result->points[i].ram_bytes / MIB;
        share->from_mib = mib < share->from_mib ? mib : share->from_mib;
        share->to_mib = mib > share->to_mib ? mib : share->to_mib;
    }
    double least = (double)result->least_ram_bytes / MIB;
    if (result->least_ram_bytes != 0) {
        share->from_mib = least < share->from_mib ? least : share->from_mib;
        share->to_mib = least > share->to_mib ? least : share->to_mib;
    }
}

/* Find the trace whose results begin at `first`, with the range of its axis. */
static struct share share_at(const struct sweep_results *results, uint32_t first)
{
    struct share share = {.first = first, .end = first, .from_mib = 4096.0, .to_mib = 0};

    while (share.end < results->count &&
           strcmp(results->list[share.end].trace, results->list[first].trace) == 0)
        widen(&share, &results->list[share.end++]);
    if (share.from_mib >= share.to_mib) {
        share.from_mib = share.to_mib - 1.0;
        share.to_mib += 1.0;
    }
    return share;
}

static bool same_curve(const struct sweep_result *one, const struct sweep_result *other)
{
    if (one->count != other->count || one->least_ram_bytes != other->least_ram_bytes)
        return false;
    for (uint32_t i = 0; i < one->count; i++)
        if (one->points[i].ram_bytes != other->points[i].ram_bytes ||
            one->points[i].requests != other->points[i].requests ||
            one->points[i].failed != other->points[i].failed)
            return false;
    return true;
}

/* Whether two strategies are the same curve in every panel that has the second. */
static bool coincide(const struct sweep_results *results, const char *first, const char *second)
{
    for (uint32_t i = 0; i < results->count; i++) {
        const struct sweep_result *ours = &results->list[i];
        if (strcmp(ours->strategy, second) != 0)
            continue;
        const struct sweep_result *other = sweep_results_find(results, ours->trace, first);
        if (other == NULL || !same_curve(ours, other))
            return false;
    }
    return true;
}

/* The legend says which curves coincide, and the dashes of each let the one below show. */
static struct plot_legend legend_of(struct drawing *drawing, uint32_t at)
{
    const char *strategy = drawing->strategies[at];
    char *label = drawing->labels[at];
    uint32_t below = 0;

    snprintf(label, LABEL_BYTES, "%.60s", strategy);
    for (uint32_t i = 0; i < at; i++) {
        if (!coincide(drawing->results, drawing->strategies[i], strategy))
            continue;
        if (below++ == 0)
            snprintf(label, LABEL_BYTES, "%.60s = %.60s", strategy, drawing->strategies[i]);
    }
    return (struct plot_legend){label, plot_style_upon(plot_style_of(strategy, at), below)};
}

static bool note_strategy(struct drawing *drawing, const char *strategy)
{
    uint32_t i = 0;

    while (i < drawing->page.legend_count && strcmp(drawing->strategies[i], strategy) != 0)
        i++;
    if (i == STYLES_MAX)
        return false;
    if (i == drawing->page.legend_count) {
        drawing->strategies[i] = strategy;
        drawing->legend[i] = legend_of(drawing, i);
        drawing->page.legend_count++;
    }
    return true;
}

static struct plot_style style_of(const struct drawing *drawing, const char *strategy)
{
    uint32_t i = 0;

    while (strcmp(drawing->strategies[i], strategy) != 0)
        i++;
    return drawing->legend[i].style;
}

static bool survey(struct drawing *drawing, struct sim_error *error)
{
    const struct sweep_results *results = drawing->results;

    for (uint32_t first = 0; first < results->count; drawing->page.panels++) {
        struct share share = share_at(results, first);
        if (share.end - first > drawing->rows)
            drawing->rows = share.end - first;
        first = share.end;
    }
    for (uint32_t i = 0; i < results->count; i++)
        if (!note_strategy(drawing, results->list[i].strategy))
            return sim_error_set(error, "more than %u strategies", STYLES_MAX);
    return results->count != 0 || sim_error_set(error, "the sweep has no results");
}

/* Whether another trace has the same short name. */
static bool is_ambiguous(const struct sweep_results *results, const char *trace)
{
    for (uint32_t i = 0; i < results->count; i++)
        if (strcmp(results->list[i].trace, trace) != 0 &&
            trace_names_equal(trace_name_short(results->list[i].trace), trace_name_short(trace)))
            return true;
    return false;
}

/* The short name of a trace, or the end of its path if only that tells it from another. */
static void title_of(const struct sweep_results *results, const char *trace,
                     char title[TITLE_BYTES + 1u])
{
    struct trace_name name = trace_name_short(trace);
    size_t bytes = strlen(trace);
    size_t left = bytes > TITLE_BYTES ? bytes - TITLE_BYTES : 0;

    if (is_ambiguous(results, trace))
        snprintf(title, TITLE_BYTES + 1u, "%s", trace + left);
    else
        snprintf(title, TITLE_BYTES + 1u, "%.*s", name.bytes, name.text);
}

/* ---- rates ---- */

static void put_data(const struct drawing *drawing, const struct share *share)
{
    FILE *out = drawing->page.out;

    for (uint32_t i = share->first; i < share->end; i++) {
        const struct sweep_result *result = &drawing->results->list[i];
        fprintf(out, "$rates%" PRIu32 " << EOD\n", i);
        for (uint32_t at = 0; at < result->count; at++) {
            const struct sweep_point *point = &result->points[at];
            double rate = point->requests != 0
                              ? 100.0 * (double)point->failed / (double)point->requests
                              : 0.0;
            fprintf(out, "%.6g %.6g\n", (double)point->ram_bytes / MIB, rate);
        }
        fputs("EOD\n", out);
    }
}

static bool any_failed(const struct drawing *drawing, const struct share *share)
{
    for (uint32_t i = share->first; i < share->end; i++)
        for (uint32_t at = 0; at < drawing->results->list[i].count; at++)
            if (drawing->results->list[i].points[at].failed != 0)
                return true;
    return false;
}

static void put_rates(const struct drawing *drawing, const struct share *share,
                      struct plot_frame frame)
{
    FILE *out = drawing->page.out;
    const char *before = "plot ";
    char title[TITLE_BYTES + 1u];

    title_of(drawing->results, drawing->results->list[share->first].trace, title);
    put_data(drawing, share);
    plot_page_set_frame(&drawing->page, frame);
    plot_page_set_title(&drawing->page, title);
    fprintf(out,
            "set border 3\nset xrange [%.6g:%.6g]\nset yrange [0:%s]\n"
            "set xtics format ''; set ytics " PLOT_TICS " format '%%g %%%%'\n"
            "set grid xtics ytics\n"
            "unset xlabel\n",
            share->from_mib, share->to_mib, any_failed(drawing, share) ? "*" : "1");
    for (uint32_t i = share->first; i < share->end; i++) {
        const struct sweep_result *result = &drawing->results->list[i];
        struct plot_style style = style_of(drawing, result->strategy);
        if (result->count == 0)
            continue;
        fprintf(out, "%s$rates%" PRIu32 " using 1:2 with %s lw 2.2 pt 7 ps 0.3 lc rgb '%s' dt %s",
                before, i, result->count == 1 ? "linespoints" : "lines", style.colour, style.dash);
        before = ", \\\n     ";
    }
    fprintf(out, "%s\n", before[0] == 'p' ? "plot NaN" : "");
}

/* ---- rows of least RAM ---- */

static void put_row(const struct drawing *drawing, const struct share *share, uint32_t row)
{
    const struct sweep_result *result = &drawing->results->list[share->first + row];
    FILE *out = drawing->page.out;
    double least = (double)result->least_ram_bytes / MIB;

    fprintf(out, "set label %u ", TAG_NAME + row);
    plot_put_text(out, result->strategy);
    fprintf(out,
            " at graph 0,first %u right offset -0.8,0 font ',10' tc rgb '" PLOT_INK_FAINT "'\n",
            row);
    if (result->least_ram_bytes != 0) {
        const char *colour = style_of(drawing, result->strategy).colour;
        fprintf(out,
                "set arrow %u from graph 0,first %u to first %.6g,first %u nohead lw 2.4 lc rgb "
                "'%s'\n"
                "set label %u '' at first %.6g,first %u point pt 7 ps 0.6 lc rgb '%s'\n"
                "set label %u '%.6g' at first %.6g,first %u left offset 0.9,0 font ',10' tc rgb "
                "'" PLOT_INK "'\n",
                TAG_LEAST + row, row, least, row, colour, TAG_END + row, least, row, colour,
                TAG_LEAST + row, least, least, row);
    } else if (result->least_known) {
        fprintf(out,
                "set label %u 'none up to %.6g' at graph 1,first %u right font ',10' tc rgb "
                "'#7a7a7a'\n",
                TAG_LEAST + row, share->to_mib, row);
    }
}

static void put_rows(const struct drawing *drawing, const struct share *share,
                     struct plot_frame frame)
{
    FILE *out = drawing->page.out;
    uint32_t rows = share->end - share->first;

    plot_page_set_frame(&drawing->page, frame);
    fprintf(out,
            "unset label\nset border 1\nset yrange [%.1f:-1.1]\n"
            "unset ytics; set xtics format '%%g'; set grid xtics noytics\n"
            "set xlabel 'RAM, MiB; bars: the least with no failure' " PLOT_BELOW "\n",
            rows - 0.4);
    for (uint32_t row = 0; row < rows; row++)
        put_row(drawing, share, row);
    fputs("plot NaN\nunset label\nunset arrow\n", out);
}

/*
 *     |title                  ABOVE_FRAME
 *     |rates                  RATES_HEIGHT
 *     |rows                   ROWS_ABOVE + a ROW_HEIGHT each
 *     |tics, label            BELOW_FRAME
 */
static void put_panel(const struct drawing *drawing, const struct share *share, uint32_t panel)
{
    struct plot_frame frame = plot_page_frame(&drawing->page, panel, BELOW_FRAME);
    struct plot_frame rates = frame;
    struct plot_frame rows = frame;

    rates.bottom = frame.top + RATES_HEIGHT;
    rows.top = rates.bottom;
    rows.bottom = rows.top + ROWS_ABOVE + (share->end - share->first) * ROW_HEIGHT;
    put_rates(drawing, share, rates);
    put_rows(drawing, share, rows);
}

bool plot_sweep(FILE *out, enum plot_form form, const char *title,
                const struct sweep_results *results, struct sim_error *error)
{
    struct drawing drawing = {.results = results,
                              .page = {.out = out, .form = form, .title = title}};
    uint32_t panel = 0;

    if (!survey(&drawing, error))
        return false;
    drawing.page.legend = drawing.legend;
    drawing.page.panel_height =
        ABOVE_FRAME + RATES_HEIGHT + ROWS_ABOVE + drawing.rows * ROW_HEIGHT + BELOW_FRAME;
    plot_page_begin(&drawing.page);
    for (uint32_t first = 0; first < results->count; panel++) {
        struct share share = share_at(results, first);
        put_panel(&drawing, &share, panel);
        first = share.end;
    }
    plot_page_end(&drawing.page);
    return true;
}
