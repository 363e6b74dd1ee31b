/* The scripts that draw, without gnuplot: what is on the page, in which colours, and that no name
   in it is a command. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/plot.h"

#include <stdlib.h>
#include <string.h>

static char *script; /* the last */
static struct sim_error error;

static void forget_script(void)
{
    free(script);
    script = NULL;
}

static void assert_says(const char *piece)
{
    if (strstr(script, piece) == NULL)
        fail_msg("not in the script: %s\n%s", piece, script);
}

static void assert_says_not(const char *piece)
{
    if (strstr(script, piece) != NULL)
        fail_msg("in the script: %s\n%s", piece, script);
}

static uint32_t times_said(const char *piece)
{
    uint32_t times = 0;

    for (const char *at = script; (at = strstr(at, piece)) != NULL; at++)
        times++;
    return times;
}

/* ---- series ---- */

static int64_t samples[2][SERIES_VALUES];

static struct series_run run_of(const char *strategy, const char *file)
{
    return (struct series_run){.strategy = (char *)(uintptr_t)strategy,
                               .file = file,
                               .samples = samples,
                               .count = 2,
                               .rows = 2};
}

static bool draw_series(const struct series_run *runs, size_t count, const char *panels)
{
    const struct series_table table = {(struct series_run *)(uintptr_t)runs, count, count};
    size_t bytes;
    FILE *out;

    forget_script();
    out = open_memstream(&script, &bytes);
    bool drawn = plot_series(out, PLOT_SVG, "it's `id` in $HOME\n%s \xff", &table, panels, &error);
    fclose(out);
    return drawn;
}

static int set_samples(void **state)
{
    (void)state;
    memset(samples, 0, sizeof samples);
    samples[0][SERIES_EVENT] = 10;
    samples[1][SERIES_EVENT] = 20;
    samples[1][SERIES_HEAP_SPAN] = 1 << 20;
    samples[1][SERIES_FREE_LOW] = 256;
    samples[1][SERIES_UNUSABLE + ORDER_MAX] = 500;
    return 0;
}

static void a_page_of_series(void **state)
{
    const struct series_run runs[] = {run_of("window", "a"), run_of("brk", "a")};

    (void)state;
    assert_true(draw_series(runs, 2, PLOT_PANELS_DEFAULT));
    assert_says("set terminal svg size 900,");
    assert_says("$run0 << EOD\n10 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n20 0 1048576 ");
    assert_says("set xrange [0:20]\n");
    assert_says("set label 999 'Heap: span, and its payload (thin), MiB'");
    assert_says("set label 999 'Free in LOW, MiB'");
    assert_says("set label 999 'Unusable for 64 KiB, % of free'");
    assert_says("set label 999 'Unusable for 4 MiB, % of free'");
    assert_says("set label 999 'Failed requests so far'");
    assert_says_not("Free in DMA"); /* never free */
    assert_says_not("Free in HIGH");
    assert_says("plot $run0 using ($1*1):($2*9.53674316e-07) with lines lw 0.8 lc rgb '#7a7a7a' dt "
                "solid, \\\n     $run1 using ($1*1):($2*9.53674316e-07) with lines lw 0.8 lc rgb "
                "'#0072b2' dt (6,6)");
    assert_says("$run1 using ($1*1):($3*9.53674316e-07) with lines lw 2.0 lc rgb '#0072b2'");
    assert_says("set yrange [0:*]\n");
    assert_says("set yrange [0:1]\n"); /* of what never is above 0 */
}

static void panels_are_chosen(void **state)
{
    const struct series_run runs[] = {run_of("window", "a"), run_of("brk", "a")};

    (void)state;
    assert_true(draw_series(runs, 2, "failures,used"));
    assert_int_equal(times_said("set label 999"), 2);
    assert_true(strstr(script, "Failed requests") < strstr(script, "Memory in use"));
    assert_false(draw_series(runs, 2, "heap,colours"));
    assert_string_equal(error.text,
                        "--panels: no panel 'colours'; the panels are heap, used, free, run, "
                        "unusable, failures");
    assert_false(draw_series(runs, 2, ""));
    assert_false(draw_series(runs, 2, "hea"));
    samples[1][SERIES_FREE_LOW] = 0;
    assert_false(draw_series(runs, 2, "free"));
    assert_string_equal(error.text,
                        "--panels free: no zone is ever free: there is nothing to draw");
    assert_true(draw_series(runs, 2, " failures , used"));
    assert_int_equal(times_said("set label 999"), 2);
    assert_false(draw_series(runs, 2, "run, used, run"));
    assert_string_equal(error.text, "--panels run, used, run: run is named twice");
    assert_false(draw_series(runs, 2, "used,"));
    assert_true(draw_series(runs, 2, PLOT_PANELS_ALL));
}

/* Of one run there is room for every order. */
static void one_run_shows_every_order(void **state)
{
    const struct series_run runs[] = {run_of("brk", "a")};

    (void)state;
    assert_true(draw_series(runs, 1, "unusable"));
    assert_int_equal(times_said("set label 999"), 1);
    assert_says("'8.0 KiB' at graph 1,graph 0.000");
    assert_says("'4.0 MiB' at graph 1,graph 1.000");
    assert_says("($11*0.1) with lines"); /* order 1 */
    assert_says("($20*0.1) with lines"); /* order 10 */
    assert_says_not("($10*0.1)");
}

/* The same runs, whose curves are apart. */
static void set_apart(struct series_run *runs, size_t count)
{
    static int64_t apart[4][2][SERIES_VALUES];

    assert_true(count <= 4u);
    for (size_t i = 0; i < count; i++) {
        memcpy(apart[i], samples, sizeof samples);
        apart[i][1][SERIES_USED] = (int64_t)i;
        apart[i][1][SERIES_HEAP_SPAN] += (int64_t)i;
        runs[i].samples = apart[i];
    }
}

/* A colour is a strategy's; its second run has dashes, and both say whence they are. */
static void namesakes_are_told_apart(void **state)
{
    struct series_run runs[] = {run_of("brk", "x/a.csv"), run_of("mine", "x/a.csv"),
                                run_of("brk", "b.csv")};

    (void)state;
    set_apart(runs, 3);
    assert_true(draw_series(runs, 3, "used"));
    assert_says("lc rgb '#0072b2' dt solid\nset label 1 'brk, a.csv'");
    assert_says("'mine'");
    assert_says_not("'mine, ");
    assert_says("lc rgb '#0072b2' dt (4,3)\nset label 3 'brk, b.csv'");
}

/* Runs of the same samples: the legend says which, and the upper one is dashed. */
static void curves_that_coincide_are_told_apart(void **state)
{
    static int64_t others[2][SERIES_VALUES];
    struct series_run runs[] = {run_of("primary", "a"), run_of("brk", "a"), run_of("zoned", "a"),
                                run_of("kseg0", "a"), run_of("window", "a")};

    (void)state;
    memcpy(others, samples, sizeof others);
    others[1][SERIES_USED] = 1;
    runs[4].samples = others;
    assert_true(draw_series(runs, 5, "used"));
    assert_says("lc rgb '#d55e00' dt solid\nset label 1 'primary' at");
    assert_says("lc rgb '#0072b2' dt (6,6)\nset label 2 'brk = primary' at");
    assert_says("lc rgb '#cc79a7' dt (3,9)\nset label 3 'zoned = primary' at");
    assert_says("lc rgb '#e69f00' dt (6,6)\nset label 4 'kseg0 = primary' at");
    assert_says("lc rgb '#7a7a7a' dt solid\nset label 5 'window' at");
    assert_says("$run1 using ($1*1):($4*0.00390625) with lines lw 2.0 lc rgb '#0072b2' dt (6,6)");
    assert_true(draw_series(runs, 5, "heap")); /* where the other one's difference is not drawn */
    assert_says("'window = primary'");
    runs[1].count = 1;
    assert_true(draw_series(runs, 5, "used"));
    assert_says("set label 2 'brk' at");
}

static void large_counts_have_units(void **state)
{
    const struct series_run runs[] = {run_of("brk", "a")};

    (void)state;
    samples[1][SERIES_EVENT] = 569340;
    assert_true(draw_series(runs, 1, "used"));
    assert_says("set xlabel 'thousand events'");
    assert_says("set xrange [0:569.34]\n");
    samples[1][SERIES_EVENT] = 100000000;
    assert_true(draw_series(runs, 1, "used"));
    assert_says("set xlabel 'million events'");
    assert_says("set xrange [0:100]\n");
}

/* Said below the axis only where rows were thinned. */
static void a_pixel_says_what_it_stands_for(void **state)
{
    struct series_run run = run_of("brk", "a");

    (void)state;
    run.rows = SERIES_ROWS_WHOLE;
    assert_true(draw_series(&run, 1, "used"));
    assert_says_not("a pixel");
    run.rows = 370000;
    assert_true(draw_series(&run, 1, "used"));
    assert_says("set xlabel 'events; a pixel: least and most of 1000 rows' ");
}

/* A single sample is a point, and at event 0 the axis has a length all the same. */
static void one_row_is_a_point(void **state)
{
    struct series_run run = run_of("brk", "a");

    (void)state;
    run.count = 1;
    samples[0][SERIES_EVENT] = 0;
    assert_true(draw_series(&run, 1, "used,unusable"));
    assert_int_equal(times_said("with linespoints"), 11);
    assert_says_not("with lines ");
    assert_says("set xrange [0:1]\nset grid");
}

static void too_many_runs_are_refused(void **state)
{
    struct series_run runs[65];

    (void)state;
    for (uint32_t i = 0; i < 65; i++)
        runs[i] = run_of("brk", "a");
    assert_true(draw_series(runs, 64, "used"));
    assert_false(draw_series(runs, 65, "used"));
}

/* ---- texts ---- */

static void texts_are_no_commands(void **state)
{
    const struct series_run runs[] = {run_of("brk", "a")};

    (void)state;
    assert_true(draw_series(runs, 1, "used"));
    assert_says("set label 2 'it''s `id` in $HOME %s ?' at screen");
}

static void a_page_without_a_title_is_shorter(void **state)
{
    const struct plot_legend legend[] = {{"brk", {"#000000", "solid"}}};
    struct plot_page page = {
        .legend = legend, .legend_count = 1, .panels = 3, .panel_height = 100, .form = PLOT_PNG};

    (void)state;
    forget_script();
    size_t bytes;
    page.out = open_memstream(&script, &bytes);
    plot_page_begin(&page);
    uint32_t without = page.height;
    page.title = "of two lines of legend";
    plot_page_begin(&page);
    fclose(page.out);
    assert_true(without < page.height);
    assert_true(without > 200);
    assert_says("set terminal pngcairo size 1800,");
    struct plot_frame frame = plot_page_frame(&page, 1, 20);
    assert_true(frame.left > PLOT_WIDTH / 2u && frame.right < PLOT_WIDTH);
    assert_true(frame.top < frame.bottom);
    assert_int_equal(plot_page_frame(&page, 2, 20).top, frame.top + 100);
}

/* ---- sweeps ---- */

#define MIB ((uint64_t)1 << 20)

static struct sweep_point points[] = {
    {60 * MIB, 1000, 50}, {62 * MIB, 1000, 1}, {70 * MIB, 1000, 0}};

static struct sweep_result result_of(const char *trace, const char *strategy, uint64_t least)
{
    return (struct sweep_result){.trace = (char *)(uintptr_t)trace,
                                 .strategy = (char *)(uintptr_t)strategy,
                                 .least_known = true,
                                 .least_ram_bytes = least,
                                 .points = points,
                                 .count = 3};
}

static bool draw_sweep(const struct sweep_result *list, uint32_t count)
{
    const struct sweep_results results = {.list = (struct sweep_result *)(uintptr_t)list,
                                          .count = count};
    size_t bytes;
    FILE *out;

    forget_script();
    out = open_memstream(&script, &bytes);
    bool drawn = plot_sweep(out, PLOT_SVG, NULL, &results, &error);
    fclose(out);
    return drawn;
}

static void a_page_of_sweeps(void **state)
{
    const struct sweep_result list[] = {result_of("a.mmb", "brk", 64 * MIB),
                                        result_of("a.mmb", "zoned", 0),
                                        result_of("b.mmb", "brk", 66 * MIB + MIB / 4)};

    (void)state;
    assert_true(draw_sweep(list, 3));
    assert_says("$rates0 << EOD\n60 5\n62 0.1\n70 0\nEOD\n");
    assert_int_equal(times_said("set label 999"), 2);
    assert_says("set label 999 'a'");
    assert_says("set label 999 'b'");
    assert_says("set xrange [60:70]\n");
    assert_says("plot $rates0 using 1:2 with lines lw 2.2 pt 7 ps 0.3 lc rgb '#0072b2' dt solid, "
                "\\\n     $rates1 using 1:2");
    assert_says("'64' at first 64,first 0");
    assert_says("'none up to 70' at graph 1,first 1");
    assert_says("'66.25' at first 66.25,first 0");
    assert_int_equal(times_said("nohead lw 2.5"), 2); /* in the legend, once each */
}

/* One size, no failure: an axis has a length all the same. */
static void a_single_point_has_axes(void **state)
{
    struct sweep_result one = result_of("a.mmb", "brk", 0);

    (void)state;
    points[0].failed = 0;
    one.count = 1;
    one.least_known = false;
    assert_true(draw_sweep(&one, 1));
    assert_says("set xrange [59:61]\n");
    assert_says("set yrange [0:1]\n");
    assert_says("with linespoints");
    assert_says_not("none up to");
    one.count = 0;
    one.least_ram_bytes = 64 * MIB;
    assert_true(draw_sweep(&one, 1));
    assert_says("set xrange [63:65]\n");
    assert_false(draw_sweep(&one, 0));
    points[0].failed = 50;
}

/* Where the short names of two traces are the same. */
static void a_long_path_shows_its_end(void **state)
{
    char path[200] = {0};
    const struct sweep_result list[] = {result_of(path, "brk", 0),
                                        result_of("y/the_end.mmb.zst", "brk", 0)};

    (void)state;
    memset(path, 'x', sizeof path);
    strcpy(path + 150, "/the_end.mmb");
    assert_true(draw_sweep(list, 2));
    assert_says("xxx/the_end.mmb' at graph");
    assert_says("'y/the_end.mmb.zst' at graph");
    assert_says_not("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx/");
    assert_true(draw_sweep(list, 1));
    assert_says("'the_end' at graph");
}

/* In every trace that both have: then one is drawn upon the other everywhere. */
static void strategies_that_coincide_are_told_apart(void **state)
{
    static struct sweep_point others[3];
    struct sweep_result list[] = {
        result_of("a.mmb", "brk", 64 * MIB),  result_of("a.mmb", "jump", 64 * MIB),
        result_of("a.mmb", "mine", 64 * MIB), result_of("b.mmb", "brk", 66 * MIB),
        result_of("b.mmb", "jump", 66 * MIB), result_of("b.mmb", "mine", 66 * MIB)};

    (void)state;
    assert_true(draw_sweep(list, 6));
    assert_says("'brk' at screen");
    assert_says("lc rgb '#56b4e9' dt (7,9)\nset label 2 'jump = brk' at screen");
    assert_says("dt (3,9)\nset label 3 'mine = brk' at screen");
    assert_says("'jump' at graph 0,first 1"); /* a row has the strategy's name alone */
    memcpy(others, points, sizeof others);
    others[1].failed++;
    list[5].points = others;
    assert_true(draw_sweep(list, 6));
    assert_says("dt solid\nset label 3 'mine' at screen");
    list[5].points = points;
    list[5].least_ram_bytes = 67 * MIB;
    assert_true(draw_sweep(list, 6));
    assert_says("set label 3 'mine' at screen");
}

/* ---- titles ---- */

static void a_drawing_is_called_by_its_traces(void **state)
{
    struct series_run runs[] = {run_of("brk", "x/a.csv"), run_of("zoned", "x/a.csv"),
                                run_of("brk", "b.csv")};
    const struct series_table table = {runs, 3, 3};
    const struct sweep_result list[] = {
        result_of("x/a.mmb", "brk", 0),    result_of("x/a.mmb", "zoned", 0),
        result_of("x/b.mmt.xz", "brk", 0), result_of("c", "brk", 0),
        result_of("d.mmb.zst", "brk", 0),  result_of("e.mmb", "brk", 0)};
    struct sweep_results results = {.list = (struct sweep_result *)(uintptr_t)list, .count = 5};

    (void)state;
    assert_string_equal(plot_series_title(&table).text, "a, b");
    runs[0].trace = runs[1].trace = (char *)(uintptr_t) "gcc_512.mmb.zst";
    assert_string_equal(plot_series_title(&table).text, "gcc_512, b");
    assert_string_equal(plot_sweep_title(&results).text, "a, b, c, d");
    results.count = 6;
    assert_string_equal(plot_sweep_title(&results).text, "5 traces");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_page_of_series, set_samples),
        cmocka_unit_test_setup(panels_are_chosen, set_samples),
        cmocka_unit_test_setup(one_run_shows_every_order, set_samples),
        cmocka_unit_test_setup(namesakes_are_told_apart, set_samples),
        cmocka_unit_test_setup(curves_that_coincide_are_told_apart, set_samples),
        cmocka_unit_test_setup(large_counts_have_units, set_samples),
        cmocka_unit_test_setup(a_pixel_says_what_it_stands_for, set_samples),
        cmocka_unit_test_setup(one_row_is_a_point, set_samples),
        cmocka_unit_test_setup(too_many_runs_are_refused, set_samples),
        cmocka_unit_test_setup(texts_are_no_commands, set_samples),
        cmocka_unit_test(a_page_without_a_title_is_shorter),
        cmocka_unit_test(a_page_of_sweeps),
        cmocka_unit_test(a_single_point_has_axes),
        cmocka_unit_test(a_long_path_shows_its_end),
        cmocka_unit_test_setup(strategies_that_coincide_are_told_apart, set_samples),
        cmocka_unit_test_setup(a_drawing_is_called_by_its_traces, set_samples),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    forget_script();
    return failed;
}
