/* The scripts for gnuplot, which itself does not run here: the parts of the page, their colours,
   and that no name is taken as a command. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/plot.h"

#include <stdlib.h>
#include <string.h>

static char *script; /* the last one written */
static struct sim_error error;

static void forget_script(void)
{
    free(script);
    script = NULL;
}

static void assert_has(const char *piece)
{
    if (strstr(script, piece) == NULL)
        fail_msg("the script must have: %s\n%s", piece, script);
}

static void assert_lacks(const char *piece)
{
    if (strstr(script, piece) != NULL)
        fail_msg("the script must not have: %s\n%s", piece, script);
}

static uint32_t occurrences(const char *piece)
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

static void a_page_of_series_has_its_panels_and_curves(void **state)
{
    const struct series_run runs[] = {run_of("window", "a"), run_of("brk", "a")};

    (void)state;
    assert_true(draw_series(runs, 2, PLOT_PANELS_DEFAULT));
    assert_has("set terminal svg size 900,");
    assert_has("$run0 << EOD\n10 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n20 0 1048576 ");
    assert_has("set xrange [0:20]\n");
    assert_has("set label 999 'Heap: span, and its payload (thin), MiB'");
    assert_has("set label 999 'Free in LOW, MiB'");
    assert_has("set label 999 'Unusable for 64 KiB, % of free'");
    assert_has("set label 999 'Unusable for 4 MiB, % of free'");
    assert_has("set label 999 'Failed requests so far'");
    assert_lacks("Free in DMA"); /* never free */
    assert_lacks("Free in HIGH");
    assert_has("plot $run0 using ($1*1):($2*9.53674316e-07) with lines lw 0.8 lc rgb '#7a7a7a' dt "
               "solid, \\\n     $run1 using ($1*1):($2*9.53674316e-07) with lines lw 0.8 lc rgb "
               "'#0072b2' dt (6,6)");
    assert_has("$run1 using ($1*1):($3*9.53674316e-07) with lines lw 2.0 lc rgb '#0072b2'");
    assert_has("set yrange [0:*]\n");
    assert_has("set yrange [0:1]\n"); /* of values that are all 0 */
}

static void panels_are_chosen(void **state)
{
    const struct series_run runs[] = {run_of("window", "a"), run_of("brk", "a")};

    (void)state;
    assert_true(draw_series(runs, 2, "failures,used"));
    assert_int_equal(occurrences("set label 999"), 2);
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
    assert_int_equal(occurrences("set label 999"), 2);
    assert_false(draw_series(runs, 2, "run, used, run"));
    assert_string_equal(error.text, "--panels run, used, run: run is named twice");
    assert_false(draw_series(runs, 2, "used,"));
    assert_true(draw_series(runs, 2, PLOT_PANELS_ALL));
}

static void a_single_run_shows_every_order(void **state)
{
    const struct series_run runs[] = {run_of("brk", "a")};

    (void)state;
    assert_true(draw_series(runs, 1, "unusable"));
    assert_int_equal(occurrences("set label 999"), 1);
    assert_has("'8.0 KiB' at graph 1,graph 0.000");
    assert_has("'4.0 MiB' at graph 1,graph 1.000");
    assert_has("($11*0.1) with lines"); /* order 1 */
    assert_has("($20*0.1) with lines"); /* order 10 */
    assert_lacks("($10*0.1)");
}

/* Gives the runs different samples, so that no curves coincide. */
static void make_samples_differ(struct series_run *runs, size_t count)
{
    static int64_t different[4][2][SERIES_VALUES];

    assert_true(count <= 4u);
    for (size_t i = 0; i < count; i++) {
        memcpy(different[i], samples, sizeof samples);
        different[i][1][SERIES_USED] = (int64_t)i;
        different[i][1][SERIES_HEAP_SPAN] += (int64_t)i;
        runs[i].samples = different[i];
    }
}

/* Runs of one strategy share its colour. The second is dashed, and both name their files. */
static void runs_of_one_strategy_are_distinguished(void **state)
{
    struct series_run runs[] = {run_of("brk", "x/a.csv"), run_of("mine", "x/a.csv"),
                                run_of("brk", "b.csv")};

    (void)state;
    make_samples_differ(runs, 3);
    assert_true(draw_series(runs, 3, "used"));
    assert_has("lc rgb '#0072b2' dt solid\nset label 1 'brk, a.csv'");
    assert_has("'mine'");
    assert_lacks("'mine, ");
    assert_has("lc rgb '#0072b2' dt (4,3)\nset label 3 'brk, b.csv'");
}

/* The legend names the run whose samples are the same, and the upper curve is dashed. */
static void curves_that_coincide_are_dashed_and_named(void **state)
{
    static int64_t others[2][SERIES_VALUES];
    struct series_run runs[] = {run_of("primary", "a"), run_of("brk", "a"), run_of("zoned", "a"),
                                run_of("kseg0", "a"), run_of("window", "a")};

    (void)state;
    memcpy(others, samples, sizeof others);
    others[1][SERIES_USED] = 1;
    runs[4].samples = others;
    assert_true(draw_series(runs, 5, "used"));
    assert_has("lc rgb '#d55e00' dt solid\nset label 1 'primary' at");
    assert_has("lc rgb '#0072b2' dt (6,6)\nset label 2 'brk = primary' at");
    assert_has("lc rgb '#cc79a7' dt (3,9)\nset label 3 'zoned = primary' at");
    assert_has("lc rgb '#e69f00' dt (6,6)\nset label 4 'kseg0 = primary' at");
    assert_has("lc rgb '#7a7a7a' dt solid\nset label 5 'window' at");
    assert_has("$run1 using ($1*1):($4*0.00390625) with lines lw 2.0 lc rgb '#0072b2' dt (6,6)");
    assert_true(draw_series(runs, 5, "heap")); /* this panel draws no value that differs */
    assert_has("'window = primary'");
    runs[1].count = 1;
    assert_true(draw_series(runs, 5, "used"));
    assert_has("set label 2 'brk' at");
}

static void large_counts_have_units(void **state)
{
    const struct series_run runs[] = {run_of("brk", "a")};

    (void)state;
    samples[1][SERIES_EVENT] = 569340;
    assert_true(draw_series(runs, 1, "used"));
    assert_has("set xlabel 'thousand events'");
    assert_has("set xrange [0:569.34]\n");
    samples[1][SERIES_EVENT] = 100000000;
    assert_true(draw_series(runs, 1, "used"));
    assert_has("set xlabel 'million events'");
    assert_has("set xrange [0:100]\n");
}

static void the_axis_explains_thinned_rows(void **state)
{
    struct series_run run = run_of("brk", "a");

    (void)state;
    run.rows = SERIES_ROWS_WHOLE;
    assert_true(draw_series(&run, 1, "used"));
    assert_lacks("a pixel");
    run.rows = 370000;
    assert_true(draw_series(&run, 1, "used"));
    assert_has("set xlabel 'events; a pixel: least and most of 1000 rows' ");
}

/* The axis has a length even if the only sample is at event 0. */
static void one_row_is_a_point(void **state)
{
    struct series_run run = run_of("brk", "a");

    (void)state;
    run.count = 1;
    samples[0][SERIES_EVENT] = 0;
    assert_true(draw_series(&run, 1, "used,unusable"));
    assert_int_equal(occurrences("with linespoints"), 11);
    assert_lacks("with lines ");
    assert_has("set xrange [0:1]\nset grid");
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

static void texts_are_not_taken_as_commands(void **state)
{
    const struct series_run runs[] = {run_of("brk", "a")};

    (void)state;
    assert_true(draw_series(runs, 1, "used"));
    assert_has("set label 2 'it''s `id` in $HOME %s ?' at screen");
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
    assert_has("set terminal pngcairo size 1800,");
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

static void a_page_of_sweeps_has_rates_and_least_ram(void **state)
{
    const struct sweep_result list[] = {result_of("a.mmb", "brk", 64 * MIB),
                                        result_of("a.mmb", "zoned", 0),
                                        result_of("b.mmb", "brk", 66 * MIB + MIB / 4)};

    (void)state;
    assert_true(draw_sweep(list, 3));
    assert_has("$rates0 << EOD\n60 5\n62 0.1\n70 0\nEOD\n");
    assert_int_equal(occurrences("set label 999"), 2);
    assert_has("set label 999 'a'");
    assert_has("set label 999 'b'");
    assert_has("set xrange [60:70]\n");
    assert_has("plot $rates0 using 1:2 with lines lw 2.2 pt 7 ps 0.3 lc rgb '#0072b2' dt solid, "
               "\\\n     $rates1 using 1:2");
    assert_has("'64' at first 64,first 0");
    assert_has("'none up to 70' at graph 1,first 1");
    assert_has("'66.25' at first 66.25,first 0");
    assert_int_equal(occurrences("nohead lw 2.5"), 2); /* once per strategy, in the legend */
}

/* There is one size and no failure, and still each axis has a length. */
static void a_single_point_has_axes(void **state)
{
    struct sweep_result one = result_of("a.mmb", "brk", 0);

    (void)state;
    points[0].failed = 0;
    one.count = 1;
    one.least_known = false;
    assert_true(draw_sweep(&one, 1));
    assert_has("set xrange [59:61]\n");
    assert_has("set yrange [0:1]\n");
    assert_has("with linespoints");
    assert_lacks("none up to");
    one.count = 0;
    one.least_ram_bytes = 64 * MIB;
    assert_true(draw_sweep(&one, 1));
    assert_has("set xrange [63:65]\n");
    assert_false(draw_sweep(&one, 0));
    points[0].failed = 50;
}

/* The short names of the two traces are equal, so their paths are shown. */
static void a_long_path_shows_its_end(void **state)
{
    char path[200] = {0};
    const struct sweep_result list[] = {result_of(path, "brk", 0),
                                        result_of("y/the_end.mmb.zst", "brk", 0)};

    (void)state;
    memset(path, 'x', sizeof path);
    strcpy(path + 150, "/the_end.mmb");
    assert_true(draw_sweep(list, 2));
    assert_has("xxx/the_end.mmb' at graph");
    assert_has("'y/the_end.mmb.zst' at graph");
    assert_lacks("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx/");
    assert_true(draw_sweep(list, 1));
    assert_has("'the_end' at graph");
}

/* Strategies coincide if their results are equal for every trace that both have. */
static void strategies_that_coincide_are_dashed_and_named(void **state)
{
    static struct sweep_point others[3];
    struct sweep_result list[] = {
        result_of("a.mmb", "brk", 64 * MIB),  result_of("a.mmb", "jump", 64 * MIB),
        result_of("a.mmb", "mine", 64 * MIB), result_of("b.mmb", "brk", 66 * MIB),
        result_of("b.mmb", "jump", 66 * MIB), result_of("b.mmb", "mine", 66 * MIB)};

    (void)state;
    assert_true(draw_sweep(list, 6));
    assert_has("'brk' at screen");
    assert_has("lc rgb '#56b4e9' dt (7,9)\nset label 2 'jump = brk' at screen");
    assert_has("dt (3,9)\nset label 3 'mine = brk' at screen");
    assert_has("'jump' at graph 0,first 1"); /* rows have plain names */
    memcpy(others, points, sizeof others);
    others[1].failed++;
    list[5].points = others;
    assert_true(draw_sweep(list, 6));
    assert_has("dt solid\nset label 3 'mine' at screen");
    list[5].points = points;
    list[5].least_ram_bytes = 67 * MIB;
    assert_true(draw_sweep(list, 6));
    assert_has("set label 3 'mine' at screen");
}

/* ---- titles ---- */

static void the_title_of_a_drawing_names_its_traces(void **state)
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
        cmocka_unit_test_setup(a_page_of_series_has_its_panels_and_curves, set_samples),
        cmocka_unit_test_setup(panels_are_chosen, set_samples),
        cmocka_unit_test_setup(a_single_run_shows_every_order, set_samples),
        cmocka_unit_test_setup(runs_of_one_strategy_are_distinguished, set_samples),
        cmocka_unit_test_setup(curves_that_coincide_are_dashed_and_named, set_samples),
        cmocka_unit_test_setup(large_counts_have_units, set_samples),
        cmocka_unit_test_setup(the_axis_explains_thinned_rows, set_samples),
        cmocka_unit_test_setup(one_row_is_a_point, set_samples),
        cmocka_unit_test_setup(too_many_runs_are_refused, set_samples),
        cmocka_unit_test_setup(texts_are_not_taken_as_commands, set_samples),
        cmocka_unit_test(a_page_without_a_title_is_shorter),
        cmocka_unit_test(a_page_of_sweeps_has_rates_and_least_ram),
        cmocka_unit_test(a_single_point_has_axes),
        cmocka_unit_test(a_long_path_shows_its_end),
        cmocka_unit_test_setup(strategies_that_coincide_are_dashed_and_named, set_samples),
        cmocka_unit_test_setup(the_title_of_a_drawing_names_its_traces, set_samples),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    forget_script();
    return failed;
}
