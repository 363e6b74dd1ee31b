#include "report/plot.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/numbers.h"
#include "report/trace_name.h"
#include "trace/memory.h"

#define PANEL_HEIGHT 230u
#define BELOW_FRAME  36u
#define ORDER_NAMES  50u /* the width of the names of orders */
#define PANELS_MAX   16u
#define CURVES_MAX   2u
#define RUNS_MAX     64u
#define NAME_BYTES   128u

#define MIB_PER_BYTE  (1.0 / (1 << 20))
#define MIB_PER_FRAME (1.0 / 256)
#define PERCENT       0.1 /* a thousandth */

/* A panel of one measure, with one or two curves for each run. */
struct panel {
    const char *name; /* its name in --panels; several panels may have the same */
    const char *title;
    enum { OF_ANY, OF_ONE, OF_SEVERAL } runs; /* the panel is drawn for this number of runs */
    double scale;
    enum series_value
        curves[CURVES_MAX]; /* the second curve is thin; SERIES_EVENT: there is none */
};

static const struct panel panel_table[] = {
    {"heap",
     "Heap: span, and its payload (thin), MiB",
     OF_ANY,
     MIB_PER_BYTE,
     {SERIES_HEAP_SPAN, SERIES_HEAP_PAYLOAD}},
    {"used", "Memory in use, MiB", OF_ANY, MIB_PER_FRAME, {SERIES_USED}},
    {"free", "Free in DMA, MiB", OF_ANY, MIB_PER_FRAME, {SERIES_FREE_DMA}},
    {"free", "Free in LOW, MiB", OF_ANY, MIB_PER_FRAME, {SERIES_FREE_LOW}},
    {"free", "Free in HIGH, MiB", OF_ANY, MIB_PER_FRAME, {SERIES_FREE_HIGH}},
    {"run", "Largest free run, MiB", OF_ANY, MIB_PER_FRAME, {SERIES_LARGEST_RUN}},
    {"unusable",
     "Unusable for a request, by its size, % of free",
     OF_ONE,
     PERCENT,
     {SERIES_UNUSABLE + ORDER_MAX}},
    {"unusable", "Unusable for 64 KiB, % of free", OF_SEVERAL, PERCENT, {SERIES_UNUSABLE + 4}},
    {"unusable",
     "Unusable for 4 MiB, % of free",
     OF_SEVERAL,
     PERCENT,
     {SERIES_UNUSABLE + ORDER_MAX}},
    {"failures", "Failed requests so far", OF_ANY, 1.0, {SERIES_FAILURES}},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
_Static_assert(COUNT(panel_table) <= PANELS_MAX, "each panel is drawn once at most");

/* The unit of the axis of events. */
struct unit {
    const char *name;
    double scale;
};

struct drawing {
    const struct series_table *table;
    struct unit events;
    struct plot_page page;
    const struct panel *panels[PANELS_MAX];
    struct plot_legend legend[RUNS_MAX];
    char labels[RUNS_MAX][2u * NAME_BYTES + sizeof " = "];
};

static struct unit unit_for(int64_t events)
{
    return events > 2000000 ? (struct unit){"million events", 1e-6}
           : events > 2000  ? (struct unit){"thousand events", 1e-3}
                            : (struct unit){"events", 1.0};
}

/* ---- which panels ---- */

static bool is_free_panel(const struct panel *panel)
{
    return panel->curves[0] >= SERIES_FREE_DMA && panel->curves[0] <= SERIES_FREE_HIGH;
}

static int64_t highest(const struct series_table *table, enum series_value value)
{
    int64_t most = 0;

    for (size_t i = 0; i < table->count; i++)
        for (size_t at = 0; at < table->runs[i].count; at++)
            if (table->runs[i].samples[at][value] > most)
                most = table->runs[i].samples[at][value];
    return most;
}

static bool refuse_panel(const char *name, size_t bytes, struct sim_error *error)
{
    char names[128] = "";

    for (size_t i = 0; i < COUNT(panel_table); i++)
        if (i == 0 || strcmp(panel_table[i].name, panel_table[i - 1u].name) != 0)
            snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s",
                     i == 0 ? "" : ", ", panel_table[i].name);
    return sim_error_set(error, "--panels: no panel '%.*s'; the panels are %s",
                         (int)(bytes < 40 ? bytes : 40), name, names);
}

/* The machine does not have a zone that is never free. */
static bool is_drawn(const struct drawing *drawing, const struct panel *panel)
{
    if (panel->runs != OF_ANY && (panel->runs == OF_ONE) != (drawing->table->count == 1))
        return false;
    return !is_free_panel(panel) || highest(drawing->table, panel->curves[0]) != 0;
}

static bool choose_named(struct drawing *drawing, const char *name, size_t bytes,
                         struct sim_error *error)
{
    bool known = false;

    for (size_t i = 0; i < COUNT(panel_table); i++) {
        const struct panel *panel = &panel_table[i];
        if (strlen(panel->name) != bytes || memcmp(panel->name, name, bytes) != 0)
            continue;
        known = true;
        if (!is_drawn(drawing, panel))
            continue;
        drawing->panels[drawing->page.panels++] = panel;
    }
    return known || refuse_panel(name, bytes, error);
}

/* The bytes of the name that begins at `at` in a list, without the blanks after it. */
static size_t name_bytes(const char *at)
{
    size_t bytes = strcspn(at, ",");

    while (bytes > 0 && at[bytes - 1u] == ' ')
        bytes--;
    return bytes;
}

/* The next name of the list; NULL: this is the last. */
static const char *next_name(const char *at)
{
    at = strchr(at, ',');
    return at != NULL ? at + 1 + strspn(at + 1, " ") : NULL;
}

static bool named_before(const char *panels, const char *at)
{
    size_t bytes = name_bytes(at);

    for (const char *name = panels; name < at; name = next_name(name))
        if (name_bytes(name) == bytes && memcmp(name, at, bytes) == 0)
            return true;
    return false;
}

static bool choose(struct drawing *drawing, const char *panels, struct sim_error *error)
{
    panels += strspn(panels, " ");
    for (const char *name = panels; name != NULL; name = next_name(name)) {
        size_t bytes = name_bytes(name);
        if (named_before(panels, name))
            return sim_error_set(error, "--panels %s: %.*s is named twice", panels, (int)bytes,
                                 name);
        if (!choose_named(drawing, name, bytes, error))
            return false;
    }
    return drawing->page.panels != 0 ||
           sim_error_set(error, "--panels %s: no zone is ever free: there is nothing to draw",
                         panels);
}

/* ---- runs ---- */

/* The number of runs of the same strategy before this one. */
static uint32_t namesakes_before(const struct series_table *table, size_t i)
{
    uint32_t count = 0;

    for (size_t other = 0; other < i; other++)
        count += strcmp(table->runs[other].strategy, table->runs[i].strategy) == 0;
    return count;
}

static bool has_namesake(const struct series_table *table, size_t i)
{
    for (size_t other = 0; other < table->count; other++)
        if (other != i && strcmp(table->runs[other].strategy, table->runs[i].strategy) == 0)
            return true;
    return false;
}

/* Whether two runs are the same curve in every panel. */
static bool coincide(const struct drawing *drawing, size_t a, size_t b)
{
    const struct series_run *one = &drawing->table->runs[a];
    const struct series_run *other = &drawing->table->runs[b];

    if (one->count != other->count)
        return false;
    for (size_t at = 0; at < one->count; at++) {
        if (one->samples[at][SERIES_EVENT] != other->samples[at][SERIES_EVENT])
            return false;
        for (uint32_t i = 0; i < drawing->page.panels; i++)
            for (uint32_t curve = 0; curve < CURVES_MAX; curve++) {
                enum series_value value = drawing->panels[i]->curves[curve];
                if (one->samples[at][value] != other->samples[at][value])
                    return false;
            }
    }
    return true;
}

/* The number of curves below this one, and the first of them. */
static uint32_t count_below(const struct drawing *drawing, size_t i, size_t *first)
{
    uint32_t below = 0;

    for (size_t other = i; other-- > 0;)
        if (coincide(drawing, other, i)) {
            *first = other;
            below++;
        }
    return below;
}

static void name_run(const struct drawing *drawing, size_t i, char *name, size_t room)
{
    const struct series_run *run = &drawing->table->runs[i];

    if (has_namesake(drawing->table, i))
        snprintf(name, room, "%s, %s", run->strategy, file_name(run->file));
    else
        snprintf(name, room, "%s", run->strategy);
}

/* A strategy has its colour; a second run of it is told apart by its dashes, and its file. Of
   curves that are one, the legend says so, and the dashes of each show the one below. */
static void label_run(struct drawing *drawing, size_t i)
{
    static const char *const dashes[] = {"(4,3)", "(1,3)", "(8,3,1,3)"};
    const char *strategy = drawing->table->runs[i].strategy;
    uint32_t before = namesakes_before(drawing->table, i);
    struct plot_style style = plot_style_of(strategy, (uint32_t)i);
    char name[NAME_BYTES];
    size_t first;

    if (before != 0)
        style.dash = dashes[(before - 1u) % COUNT(dashes)];
    uint32_t below = count_below(drawing, i, &first);
    name_run(drawing, i, name, sizeof name);
    strcpy(drawing->labels[i], name);
    if (below != 0) {
        name_run(drawing, first, name, sizeof name);
        strcat(strcat(drawing->labels[i], " = "), name);
    }
    drawing->legend[i] = (struct plot_legend){drawing->labels[i], plot_style_upon(style, below)};
}

/* ---- the script ---- */

static void put_data(const struct drawing *drawing)
{
    FILE *out = drawing->page.out;

    for (size_t i = 0; i < drawing->table->count; i++) {
        const struct series_run *run = &drawing->table->runs[i];
        fprintf(out, "$run%zu << EOD\n", i);
        for (size_t at = 0; at < run->count; at++)
            for (uint32_t value = 0; value < SERIES_VALUES; value++)
                fprintf(out, "%" PRId64 "%c", run->samples[at][value],
                        value + 1u < SERIES_VALUES ? ' ' : '\n');
        fputs("EOD\n", out);
    }
}

/* A single sample is drawn as a point, because it makes no line. */
static const char *curve_form(const struct drawing *drawing, size_t i)
{
    return drawing->table->runs[i].count == 1 ? "linespoints pt 7 ps 0.5" : "lines";
}

static void put_curve(const struct drawing *drawing, size_t i, enum series_value value,
                      double scale, double width)
{
    const struct plot_style *style = &drawing->legend[i].style;

    fprintf(drawing->page.out, "$run%zu using ($1*%g):($%u*%.9g) with %s lw %.1f lc rgb '%s' dt %s",
            i, drawing->events.scale, (unsigned)value + 1u, scale, curve_form(drawing, i), width,
            style->colour, style->dash);
}

static void put_curves(const struct drawing *drawing, const struct panel *panel)
{
    const char *before = "plot ";

    for (uint32_t curve = CURVES_MAX; curve-- > 0;) {
        if (curve != 0 && panel->curves[curve] == SERIES_EVENT)
            continue;
        for (size_t i = 0; i < drawing->table->count; i++) {
            fputs(before, drawing->page.out);
            put_curve(drawing, i, panel->curves[curve], panel->scale, curve == 0 ? 2.0 : 0.8);
            before = ", \\\n     ";
        }
    }
    fputc('\n', drawing->page.out);
}

/*
 * One run's index for each order from 1 on. The curves never cross, for what serves an order serves
 * all below: light to dark, and named at the right in the same order.
 */
static void put_orders(const struct drawing *drawing, const struct panel *panel)
{
    static const char *const ramp[ORDER_COUNT] = {"",        "#a9d6e5", "#89c2d9", "#61a5c2",
                                                  "#468faf", "#2c7da0", "#2a6f97", "#1f5a86",
                                                  "#014f86", "#013a63", "#012a4a"};
    FILE *out = drawing->page.out;

    for (uint32_t order = 1; order <= ORDER_MAX; order++)
        fprintf(out,
                "set label %u '%s' at graph 1,graph %.3f offset 0.6,0 font ',10' tc rgb '%s'\n",
                order, number_size_short((uint64_t)PAGE_SIZE << order).text,
                (double)(order - 1u) / (ORDER_MAX - 1u), ramp[order]);
    for (uint32_t order = 1; order <= ORDER_MAX; order++)
        fprintf(out, "%s$run0 using ($1*%g):($%u*%.9g) with %s lw 1.6 lc rgb '%s'",
                order == 1 ? "plot " : ", \\\n     ", drawing->events.scale,
                (unsigned)SERIES_UNUSABLE + order + 1u, panel->scale, curve_form(drawing, 0),
                ramp[order]);
    fputc('\n', out);
    for (uint32_t order = 1; order <= ORDER_MAX; order++)
        fprintf(out, "unset label %u\n", order);
}

/* The label below the axis; if rows were thinned, it says how many rows a pixel stands for. */
static void put_events(const struct drawing *drawing, struct plot_frame frame)
{
    uint64_t rows = 0;

    for (size_t i = 0; i < drawing->table->count; i++)
        if (drawing->table->runs[i].rows > rows)
            rows = drawing->table->runs[i].rows;
    fprintf(drawing->page.out, "set xlabel '%s", drawing->events.name);
    if (rows > SERIES_ROWS_WHOLE)
        fprintf(drawing->page.out, "; a pixel: least and most of %" PRIu64 " rows",
                rows / (frame.right - frame.left));
    fputs("' " PLOT_BELOW "\n", drawing->page.out);
}

static void put_panel(const struct drawing *drawing, uint32_t at)
{
    const struct panel *panel = drawing->panels[at];
    FILE *out = drawing->page.out;
    struct plot_frame frame = plot_page_frame(&drawing->page, at, BELOW_FRAME);

    if (panel->runs == OF_ONE)
        frame.right -= ORDER_NAMES;
    plot_page_set_frame(&drawing->page, frame);
    plot_page_set_title(&drawing->page, panel->title);
    fprintf(out, "set yrange [0:%s]\n", highest(drawing->table, panel->curves[0]) > 0 ? "*" : "1");
    if (at + 2u >= drawing->page.panels)
        put_events(drawing, frame);
    if (panel->runs == OF_ONE)
        put_orders(drawing, panel);
    else
        put_curves(drawing, panel);
}

bool plot_series(FILE *out, enum plot_form form, const char *title,
                 const struct series_table *table, const char *panels, struct sim_error *error)
{
    struct drawing drawing = {.table = table,
                              .page = {.out = out,
                                       .form = form,
                                       .title = title,
                                       .legend_count = (uint32_t)table->count,
                                       .panel_height = PANEL_HEIGHT}};

    if (table->count > RUNS_MAX)
        return sim_error_set(error, "%zu runs are more than the %u that can be told apart",
                             table->count, RUNS_MAX);
    if (!choose(&drawing, panels, error))
        return false;
    for (size_t i = 0; i < table->count; i++)
        label_run(&drawing, i);
    drawing.page.legend = drawing.legend;
    plot_page_begin(&drawing.page);
    put_data(&drawing);
    int64_t last = highest(table, SERIES_EVENT);
    drawing.events = unit_for(last);
    fprintf(out, "set xrange [0:%.6g]\nset grid noxtics ytics\n",
            last > 0 ? (double)last * drawing.events.scale : 1.0);
    for (uint32_t at = 0; at < drawing.page.panels; at++)
        put_panel(&drawing, at);
    plot_page_end(&drawing.page);
    return true;
}
