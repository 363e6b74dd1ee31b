#include "lab/sweep_results.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <mm/mm.h>
#include <mm/strategy.h>

#include "trace/memory.h"

struct sweep_record {
    struct sweep_line line; /* its texts belong to the record */
    const char *source;
    uint64_t number;
};

static char *copy_text(const char *text)
{
    return strcpy(memory_resize(NULL, strlen(text) + 1u, 1), text);
}

void sweep_merge_add(struct sweep_merge *merge, const struct sweep_line *line, const char *source,
                     uint64_t number)
{
    merge->list = memory_reach(merge->list, &merge->capacity, merge->count, sizeof *merge->list);
    struct sweep_record *record = &merge->list[merge->count++];

    *record = (struct sweep_record){*line, source, number};
    record->line.trace = copy_text(line->trace);
    record->line.strategy = copy_text(line->strategy);
}

void sweep_merge_free(struct sweep_merge *merge)
{
    for (size_t i = 0; i < merge->count; i++) {
        free((void *)(uintptr_t)merge->list[i].line.trace);
        free((void *)(uintptr_t)merge->list[i].line.strategy);
    }
    free(merge->list);
    *merge = (struct sweep_merge){0};
}

struct reading {
    struct sweep_merge *merge;
    const char *source;
};

static bool take(void *context, const struct sweep_line *line, uint64_t number,
                 struct sim_error *error)
{
    struct reading *reading = context;

    (void)error;
    sweep_merge_add(reading->merge, line, reading->source, number);
    return true;
}

bool sweep_merge_read(struct sweep_merge *merge, const char *path, struct sim_error *error)
{
    struct reading reading = {merge, strcmp(path, "-") == 0 ? "standard input" : path};

    return sweep_read(path, take, &reading, error);
}

/* ---- order ---- */

static uint32_t strategy_rank(const char *name)
{
    uint32_t rank = 0;

    while (mm_strategies[rank] != NULL && strcmp(mm_strategies[rank]->name, name) != 0)
        rank++;
    return rank;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

int sweep_compare_strategies(const char *a, const char *b)
{
    int order = compare_numbers(strategy_rank(a), strategy_rank(b));

    return order != 0 ? order : strcmp(a, b);
}

/* Compares lines; those of one trace under one strategy are equal. */
static int compare_pairs(const struct sweep_line *a, const struct sweep_line *b)
{
    int order = strcmp(a->trace, b->trace);

    return order != 0 ? order : sweep_compare_strategies(a->strategy, b->strategy);
}

/* Orders points by their sizes, before the result of the search. */
static int compare_lines(const struct sweep_line *a, const struct sweep_line *b)
{
    int order = compare_pairs(a, b);

    if (order == 0)
        order = compare_numbers(a->kind, b->kind);
    if (order == 0 && a->kind != SWEEP_LEAST)
        order = compare_numbers(a->ram_bytes, b->ram_bytes);
    return order;
}

static int compare_records(const void *a, const void *b)
{
    const struct sweep_record *first = a;
    const struct sweep_record *second = b;
    int order = compare_lines(&first->line, &second->line);

    if (order == 0)
        order = strcmp(first->source, second->source);
    return order != 0 ? order : compare_numbers(first->number, second->number);
}

/* ---- agreement ---- */

static bool texts_agree(const char *a, const char *b)
{
    return a[0] == '\0' || b[0] == '\0' || strcmp(a, b) == 0;
}

static bool ranges_agree(const struct sweep_range *a, const struct sweep_range *b)
{
    return a->points == 0 || b->points == 0 || sweep_ranges_equal(a, b);
}

static bool disagree(const struct sweep_record *a, const struct sweep_record *b, const char *what,
                     struct sim_error *error)
{
    return sim_error_set(error, "%s:%" PRIu64 ": %s under %s %s %s:%" PRIu64 " says", b->source,
                         b->number, b->line.trace, b->line.strategy, what, a->source, a->number);
}

/* Check two neighbours of the sorted lines. */
static bool check_neighbours(const struct sweep_record *a, const struct sweep_record *b,
                             struct sim_error *error)
{
    if (strcmp(a->line.trace, b->line.trace) != 0)
        return true;
    if (!texts_agree(a->line.content, b->line.content))
        return disagree(a, b, "is of another trace than", error);
    if (compare_lines(&a->line, &b->line) != 0)
        return true;
    if (!ranges_agree(&a->line.range, &b->line.range))
        return disagree(a, b, "has its least from another range or other points than", error);
    if (a->line.ram_bytes == b->line.ram_bytes && a->line.requests == b->line.requests &&
        a->line.failed == b->line.failed && texts_agree(a->line.digest, b->line.digest))
        return true;
    return disagree(a, b, "has another result than", error);
}

/* Check that both lines are from one program, because results of two programs do not belong
 * together. */
static bool check_program(const struct sweep_record *a, const struct sweep_record *b,
                          struct sim_error *error)
{
    if (strcmp(a->line.sources, b->line.sources) == 0)
        return true;
    return sim_error_set(error,
                         "%s:%" PRIu64 ": written by another mmsim (sources %s) than %s:%" PRIu64
                         " (sources %s): their results are not of one sweep",
                         b->source, b->number, sweep_line_sources(&b->line), a->source, a->number,
                         sweep_line_sources(&a->line));
}

/* ---- results ---- */

static bool starts_result(const struct sweep_merge *merge, size_t i)
{
    return i == 0 || compare_pairs(&merge->list[i - 1u].line, &merge->list[i].line) != 0;
}

static bool repeats(const struct sweep_merge *merge, size_t i)
{
    return i > 0 && compare_lines(&merge->list[i - 1u].line, &merge->list[i].line) == 0;
}

static void result_take(struct sweep_result *result, const struct sweep_line *line)
{
    if (line->kind == SWEEP_LEAST) {
        result->least_known = true;
        result->least_ram_bytes = line->ram_bytes;
        result->range = line->range;
    } else if (line->kind == SWEEP_POINT) {
        result->points =
            memory_resize(result->points, result->count + 1u, sizeof result->points[0]);
        result->points[result->count++] =
            (struct sweep_point){line->ram_bytes, line->requests, line->failed};
    }
}

static void build(const struct sweep_merge *merge, struct sweep_results *results)
{
    size_t capacity = 0;

    if (merge->count > 0)
        strcpy(results->sources, merge->list[0].line.sources);
    for (size_t i = 0; i < merge->count; i++) {
        const struct sweep_line *line = &merge->list[i].line;
        if (starts_result(merge, i)) {
            results->list =
                memory_reach(results->list, &capacity, results->count, sizeof results->list[0]);
            results->list[results->count++] = (struct sweep_result){
                .trace = copy_text(line->trace), .strategy = copy_text(line->strategy)};
        }
        if (!repeats(merge, i))
            result_take(&results->list[results->count - 1u], line);
    }
}

bool sweep_merge_finish(struct sweep_merge *merge, struct sweep_results *results,
                        struct sim_error *error)
{
    bool agree = true;

    *results = (struct sweep_results){0};
    if (merge->count > 0)
        qsort(merge->list, merge->count, sizeof merge->list[0], compare_records);
    for (size_t i = 1; i < merge->count && agree; i++)
        agree = check_program(&merge->list[i - 1u], &merge->list[i], error) &&
                check_neighbours(&merge->list[i - 1u], &merge->list[i], error);
    if (agree)
        build(merge, results);
    sweep_merge_free(merge);
    return agree;
}

bool sweep_results_load(struct sweep_results *results, const char *path, struct sim_error *error)
{
    struct sweep_merge merge = {0};

    *results = (struct sweep_results){0};
    if (sweep_merge_read(&merge, path, error))
        return sweep_merge_finish(&merge, results, error);
    sweep_merge_free(&merge);
    return false;
}

void sweep_results_free(struct sweep_results *results)
{
    for (uint32_t i = 0; i < results->count; i++) {
        free(results->list[i].trace);
        free(results->list[i].strategy);
        free(results->list[i].points);
    }
    free(results->list);
    *results = (struct sweep_results){0};
}

const struct sweep_result *sweep_results_find(const struct sweep_results *results,
                                              const char *trace, const char *strategy)
{
    for (uint32_t i = 0; i < results->count; i++)
        if (strcmp(results->list[i].trace, trace) == 0 &&
            strcmp(results->list[i].strategy, strategy) == 0)
            return &results->list[i];
    return NULL;
}
