/*
 * Files of the malloc lab on every heap: how much memory a file needs, and how fast it runs. Each
 * file is run on a fresh heap; its time is that of a fifth run, after four whose blocks were freed.
 * The last column is the mean of the percentages, or all requests over the time of all files.
 */
#include "heap_runs.h"
#include "heap_span.h"
#include "tables.h"

#include <math.h>
#include <stdio.h>

#define FILES_MAX  (BENCH_COLUMNS_MAX - 1u)
#define NAME_BYTES 10u
#define WARM_RUNS  4u

static struct requests files[FILES_MAX];
static char names[FILES_MAX][NAME_BYTES];
static uint32_t files_count;

/* ---- the works ---- */

/* The most live bytes in percent of the smallest region, or of the span of other heaps. */
static double used_percent(const struct heap_ops *ops, const struct requests *requests)
{
    double least_percent = heap_least_percent(ops, requests);

    return isnan(least_percent) ? heap_used_percent(ops, requests) : least_percent;
}

#define REP_WORKS(S)                                                                               \
    static double S##_used(uint32_t file)                                                          \
    {                                                                                              \
        return used_percent(&S##_ops, &files[file]);                                               \
    }                                                                                              \
    static void S##_start(uint32_t file)                                                           \
    {                                                                                              \
        for (uint32_t i = 0; i < WARM_RUNS; i++)                                                   \
            run_and_free(&S##_ops, &files[file]);                                                  \
    }                                                                                              \
    static uint32_t S##_run(uint32_t file)                                                         \
    {                                                                                              \
        return run_timed(&S##_ops, &files[file]);                                                  \
    }

REP_WORKS(direct)
REP_WORKS(kernel)
REP_WORKS(glibc)
REP_WORKS(loaded)
REP_WORKS(classes)
REP_WORKS(region)

#define REP_KINDS(works)                                                                           \
    {                                                                                              \
        [HEAP_KIND_DIRECT] = direct_##works, [HEAP_KIND_KERNEL] = kernel_##works,                  \
        [HEAP_KIND_GLIBC] = glibc_##works, [HEAP_KIND_LOADED] = loaded_##works,                    \
        [HEAP_KIND_CLASSES] = classes_##works, [HEAP_KIND_REGION] = region_##works,                \
    }

/* Every column of a kind has the same work, except the last one, which finish() sets. */
static struct bench_work used_works[HEAP_KINDS][BENCH_COLUMNS_MAX];
static struct bench_work speed_works[HEAP_KINDS][BENCH_COLUMNS_MAX];

static void set_works(uint32_t file)
{
    static double (*const used[HEAP_KINDS])(uint32_t file) = REP_KINDS(used);
    static void (*const start[HEAP_KINDS])(uint32_t file) = REP_KINDS(start);
    static uint32_t (*const run[HEAP_KINDS])(uint32_t file) = REP_KINDS(run);

    for (uint32_t kind = 0; kind < HEAP_KINDS; kind++) {
        used_works[kind][file].fact = used[kind];
        speed_works[kind][file].prepare = start[kind];
        speed_works[kind][file].run = run[kind];
    }
}

/* ---- the last column ---- */

static double mean(const double *row)
{
    double sum = 0;

    for (uint32_t file = 0; file < files_count; file++)
        sum += row[file];
    return sum / files_count;
}

static void used_finish(struct bench_figures *figures)
{
    for (uint32_t i = 0; i < heap_rows_count; i++)
        figures->at[i][files_count] = mean(figures->at[i]);
}

/* The ns of a request over all files. */
static double ns_of_all(const double *row)
{
    double ns = 0;
    double requests = 0;

    for (uint32_t file = 0; file < files_count; file++) {
        ns += row[file] * files[file].count;
        requests += files[file].count;
    }
    return ns / requests;
}

static void speed_finish(struct bench_figures *figures)
{
    for (uint32_t i = 0; i < heap_rows_count; i++) {
        figures->at[i][files_count] = ns_of_all(figures->at[i]);
        figures->least[i][files_count] = ns_of_all(figures->least[i]);
        figures->most[i][files_count] = ns_of_all(figures->most[i]);
    }
}

/* ---- the tables ---- */

struct bench_table bench_rep_used = {
    .name = "rep-used",
    .title = "Files of the malloc lab, most live bytes in % of the memory that is needed",
    .reference = BENCH_SUBJECTS_MAX,
    .finish = used_finish,
};

struct bench_table bench_rep_speed = {
    .name = "rep-speed",
    .title = "Files of the malloc lab, thousand requests a second",
    .reference = BENCH_SUBJECTS_MAX,
    .apart = true,
    .finish = speed_finish,
};

static void set_columns(uint32_t columns)
{
    bench_rep_used.columns = columns;
    bench_rep_speed.columns = columns;
    for (uint32_t i = 0; i + 1u < columns; i++) {
        bench_rep_used.column[i] = (struct bench_column){names[i], 1, false};
        bench_rep_speed.column[i] = (struct bench_column){names[i], BENCH_THOUSANDS, false};
    }
    bench_rep_used.column[columns - 1u] = (struct bench_column){"mean", 1, false};
    bench_rep_speed.column[columns - 1u] = (struct bench_column){"all", BENCH_THOUSANDS, false};
}

/* The name of a file without its folder, its ending and the malloc lab's "-bal", cut to the width
   of a column. */
static void set_name(char name[NAME_BYTES], const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    const char *end = strstr(base, "-bal.rep");
    size_t length = end != NULL ? (size_t)(end - base) : strcspn(base, ".");

    snprintf(name, NAME_BYTES, "%.*s", (int)length, base);
}

void bench_rep_load(char *const *paths, int count)
{
    const struct bench_work *used[HEAP_KINDS];
    const struct bench_work *speed[HEAP_KINDS];

    bench_require(count <= (int)FILES_MAX, "rep takes at most 19 files");
    for (int i = 0; i < count; i++) {
        requests_read_rep(&files[files_count], paths[i]);
        set_name(names[files_count], paths[i]);
        heap_blocks_touch(&files[files_count]);
        set_works(files_count++);
    }
    set_columns(files_count + 1u);
    for (uint32_t kind = 0; kind < HEAP_KINDS; kind++) {
        used[kind] = used_works[kind];
        speed[kind] = speed_works[kind];
    }
    heap_rows_fill(&bench_rep_used, used);
    heap_rows_fill(&bench_rep_speed, speed);
}
