#include "report/comparison.h"

#include <mm/strategy.h>

#include <inttypes.h>
#include <stdlib.h>

#include "report/failure_report.h"
#include "report/numbers.h"
#include "report/page.h"
#include "report/table.h"
#include "trace/memory.h"
#include "trace/printable.h"

/* ---- what a row says of one run ---- */

struct figure {
    struct number_text text;
    uint64_t rank; /* a larger rank is more; of equal ranks none is better */
    bool known;
};

typedef struct figure measure(const struct comparison *comparison, uint32_t run);

enum better { NEITHER_IS, LESS_IS, MORE_IS, NONE_IS /* any number other than 0 is a failure */ };

struct row {
    const char *label;
    measure *figure;
    enum better better;
};

#define RANK_OF_ALL 1000000u

static const struct run_outcome *outcome_of(const struct comparison *comparison, uint32_t run)
{
    return &comparison->outcomes[run];
}

static const struct replay_result *result_of(const struct comparison *comparison, uint32_t run)
{
    return &comparison->outcomes[run].result;
}

static struct figure size_figure(uint64_t bytes)
{
    return (struct figure){number_size_short(bytes), bytes, true};
}

static struct figure count_figure(uint64_t count)
{
    return (struct figure){number_grouped(count), count, true};
}

static struct figure permille_figure(uint32_t permille)
{
    return (struct figure){number_permille(permille), permille, true};
}

/* part of whole; not known if whole is 0 */
static struct figure share_figure(uint64_t part, uint64_t whole)
{
    double share = whole != 0 ? (double)part / (double)whole : 0;

    return (struct figure){number_share(part, whole), (uint64_t)(share * RANK_OF_ALL), whole != 0};
}

static uint64_t sum(const uint64_t counts[], uint32_t count)
{
    uint64_t total = 0;

    for (uint32_t i = 0; i < count; i++)
        total += counts[i];
    return total;
}

static struct figure share_failed(const struct comparison *comparison, uint32_t run)
{
    const struct replay_result *result = result_of(comparison, run);

    return share_figure(sum(result->failures, REQUEST_COUNT), sum(result->requests, REQUEST_COUNT));
}

static struct figure first_failure_event(const struct comparison *comparison, uint32_t run)
{
    uint64_t event = replay_first_failure(result_of(comparison, run))->event;

    return event != 0 ? count_figure(event) : (struct figure){{"none"}, UINT64_MAX, true};
}

static struct figure heap_payload(const struct comparison *comparison, uint32_t run)
{
    return size_figure(result_of(comparison, run)->heap_payload_peak_bytes);
}

static struct figure heap_span(const struct comparison *comparison, uint32_t run)
{
    return size_figure(result_of(comparison, run)->heap_span_peak_bytes);
}

static struct figure heap_utilisation(const struct comparison *comparison, uint32_t run)
{
    const struct replay_result *result = result_of(comparison, run);

    return share_figure(result->heap_payload_peak_bytes, result->heap_span_peak_bytes);
}

static struct figure blocks_contiguous(const struct comparison *comparison, uint32_t run)
{
    const struct replay_result *result = result_of(comparison, run);

    return share_figure(result->blocks_contiguous, result->blocks_over_page);
}

static struct figure contiguous_worst(const struct comparison *comparison, uint32_t run)
{
    const struct replay_result *result = result_of(comparison, run);

    if (result->blocks_over_page == 0)
        return (struct figure){.text = {"-"}};
    return permille_figure(result->contiguous_worst_permille);
}

static struct figure frames_peak(const struct comparison *comparison, uint32_t run)
{
    return size_figure((uint64_t)result_of(comparison, run)->frames_used_peak << PAGE_SHIFT);
}

static struct figure metadata(const struct comparison *comparison, uint32_t run)
{
    return size_figure(result_of(comparison, run)->metadata_bytes);
}

static struct figure unusable_end(const struct comparison *comparison, uint32_t run)
{
    return permille_figure((uint32_t)result_of(comparison, run)->end.unusable_index[4]);
}

static struct figure unusable_worst(const struct comparison *comparison, uint32_t run)
{
    return permille_figure((uint32_t)result_of(comparison, run)->worst.unusable_index[4]);
}

static struct figure unusable_end_largest(const struct comparison *comparison, uint32_t run)
{
    return permille_figure((uint32_t)result_of(comparison, run)->end.unusable_index[ORDER_MAX]);
}

static struct figure tlb_hits(const struct comparison *comparison, uint32_t run)
{
    const struct run_outcome *outcome = outcome_of(comparison, run);

    return share_figure(outcome->tlb_hits, outcome->tlb_hits + outcome->tlb_misses);
}

static struct figure event_time(const struct comparison *comparison, uint32_t run)
{
    static const char *const units[] = {"ns", "us", "ms"};
    const struct timing *timing = &comparison->timings[run];
    uint64_t events = comparison->trace->header.events;
    double value = (double)timing->median_ns / (double)(events != 0 ? events : 1u);
    struct figure time = {.text = {"-"}, .rank = timing->median_ns, .known = timing->rounds != 0};
    size_t unit = 0;

    for (; value >= 999.95 && unit + 1u < sizeof units / sizeof units[0]; unit++)
        value /= 1000.0;
    if (time.known)
        snprintf(time.text.text, sizeof time.text.text, "%.1f %s", value, units[unit]);
    return time;
}

static struct figure event_time_spread(const struct comparison *comparison, uint32_t run)
{
    const struct timing *timing = &comparison->timings[run];

    return share_figure(timing->spread_ns < timing->median_ns ? timing->spread_ns
                                                              : timing->median_ns,
                        timing->rounds != 0 ? timing->median_ns : 0);
}

/* ---- rows ---- */

static bool is_done(const struct comparison *comparison, uint32_t run)
{
    return comparison->outcomes[run].status == RUN_DONE;
}

/* Find the least and the greatest rank of a row. Returns false if all ranks are equal. */
static bool ranks_of(const struct comparison *comparison, measure *figure_of, uint64_t *least,
                     uint64_t *greatest)
{
    *least = UINT64_MAX;
    *greatest = 0;
    for (uint32_t run = 0; run < comparison->count; run++) {
        struct figure figure = {.known = false};
        if (is_done(comparison, run))
            figure = figure_of(comparison, run);
        if (figure.known && figure.rank < *least)
            *least = figure.rank;
        if (figure.known && figure.rank > *greatest)
            *greatest = figure.rank;
    }
    return *least < *greatest;
}

static enum table_meaning meaning_of(const struct figure *figure, enum better better,
                                     uint64_t least, uint64_t greatest)
{
    uint64_t best = better == MORE_IS ? greatest : least;
    uint64_t worst = better == MORE_IS ? least : greatest;

    if (!figure->known || better == NEITHER_IS)
        return TABLE_PLAIN;
    if (better == NONE_IS)
        return figure->rank != 0 ? TABLE_FAILURE : TABLE_PLAIN;
    if (figure->rank == best)
        return TABLE_BEST;
    return figure->rank == worst ? TABLE_WORST : TABLE_PLAIN;
}

static void add_row(struct table *table, const struct comparison *comparison, const struct row *row)
{
    uint64_t least;
    uint64_t greatest;
    bool differ = ranks_of(comparison, row->figure, &least, &greatest);

    table_row(table, row->label);
    for (uint32_t run = 0; run < comparison->count; run++) {
        if (!is_done(comparison, run)) {
            table_cell(table, run, "-");
            continue;
        }
        struct figure figure = row->figure(comparison, run);
        table_cell(table, run, figure.text.text);
        if (differ || row->better == NONE_IS)
            table_mean(table, run, meaning_of(&figure, row->better, least, greatest));
    }
}

static void add_rows(struct table *table, const struct comparison *comparison,
                     const struct row rows[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_row(table, comparison, &rows[i]);
}

/* Add a row with a counter of each run, unless every run has 0. */
static void add_counts(struct table *table, const struct comparison *comparison, const char *label,
                       uint64_t (*count_of)(const struct replay_result *result, uint32_t which),
                       uint32_t which, enum table_meaning meaning)
{
    uint64_t any = 0;

    for (uint32_t run = 0; run < comparison->count; run++)
        any |= count_of(result_of(comparison, run), which);
    if (any == 0)
        return;
    table_row(table, label);
    for (uint32_t run = 0; run < comparison->count; run++) {
        uint64_t count = count_of(result_of(comparison, run), which);
        table_cell(table, run, is_done(comparison, run) ? number_grouped(count).text : "-");
        table_mean(table, run, count != 0 ? meaning : TABLE_PLAIN);
    }
}

static uint64_t failures_of_class(const struct replay_result *result, uint32_t request)
{
    return result->failures[request];
}

static uint64_t failures_of_cause(const struct replay_result *result, uint32_t cause)
{
    return result->failures_by_cause[cause];
}

static uint64_t failures_of_note(const struct replay_result *result, uint32_t which)
{
    const uint64_t counts[] = {result->failures_while_free, result->late_failures};

    return counts[which];
}

static void add_failures(struct table *table, const struct comparison *comparison)
{
    static const char *const notes[] = {"  while 4x as much was free",
                                        "  at the touch, not at the call"};
    char label[TABLE_LABEL_BYTES];

    add_row(table, comparison, &(struct row){"requests failed", share_failed, NONE_IS});
    for (uint32_t request = 0; request < REQUEST_COUNT; request++) {
        snprintf(label, sizeof label, "  %s", request_name((enum request_class)request));
        add_counts(table, comparison, label, failures_of_class, request, TABLE_FAILURE);
    }
    for (uint32_t cause = MM_OK + 1u; cause < MM_CAUSE_COUNT; cause++) {
        snprintf(label, sizeof label, "  for %s", cause_name((enum mm_cause)cause));
        add_counts(table, comparison, label, failures_of_cause, cause, TABLE_FAILURE);
    }
    for (uint32_t i = 0; i < sizeof notes / sizeof notes[0]; i++)
        add_counts(table, comparison, notes[i], failures_of_note, i, TABLE_FAILURE);
    add_row(table, comparison,
            &(struct row){"first failure at event", first_failure_event, MORE_IS});
}

/* The spans of the heap are shown only if it left memory behind. */
static uint64_t heap_growth(const struct replay_result *result, uint32_t which)
{
    const uint64_t counts[] = {result->heap_left_peak_bytes != 0 ? result->heap_spans_peak : 0,
                               result->heap_left_peak_bytes >> 10, result->moves,
                               result->moves_bytes >> 10, result->moves_wasted};

    return counts[which];
}

static void add_heap_growth(struct table *table, const struct comparison *comparison)
{
    static const char *const labels[] = {"heap: spans at most", "  KiB left behind at most",
                                         "pages moved for the heap", "  KiB copied",
                                         "  moved for nothing"};

    for (uint32_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        add_counts(table, comparison, labels[i], heap_growth, i, TABLE_PLAIN);
}

static const struct row measures[] = {
    {"heap: peak payload", heap_payload, NEITHER_IS},
    {"  peak span", heap_span, NEITHER_IS},
    {"  utilisation", heap_utilisation, MORE_IS},
    {"  blocks > 4 KiB contiguous", blocks_contiguous, MORE_IS},
    {"  of the worst hundred", contiguous_worst, MORE_IS},
    {"memory: peak used", frames_peak, LESS_IS},
    {"  metadata", metadata, LESS_IS},
    {"free, unusable for 64 KiB, end", unusable_end, LESS_IS},
    {"  at worst", unusable_worst, LESS_IS},
    {"  for 4 MiB, end", unusable_end_largest, LESS_IS},
    {"TLB hits", tlb_hits, MORE_IS},
};

static const struct row times[] = {
    {"CPU time per event", event_time, LESS_IS},
    {"  half of the rounds within +-", event_time_spread, NEITHER_IS},
};

/* ---- below the table ---- */

/* Print the first failure for one cause. */
static void print_failure(const struct replay_failure *failure, struct trace *trace, FILE *out)
{
    if (failure->event == 0)
        return;
    fprintf(out, "         first %s: event %s, ", cause_name(failure->cause),
            number_grouped(failure->event).text);
    failure_print(failure, trace, out);
}

static void print_runs(const struct comparison *comparison, FILE *out)
{
    for (uint32_t run = 0; run < comparison->count; run++) {
        const struct run_outcome *outcome = &comparison->outcomes[run];
        fprintf(out, "%-8s ", comparison->strategies[run]->name);
        if (outcome->status != RUN_DONE) {
            fprintf(out, PAGE_FAILURE "NO RESULT" PAGE_PLAIN ": %s\n", outcome->reason);
            continue;
        }
        fprintf(out, "digest %016" PRIx64 "%s\n", outcome->result.digest,
                replay_first_failure(&outcome->result)->event == 0 ? "; nothing failed" : "");
        for (uint32_t cause = 0; cause < MM_CAUSE_COUNT; cause++)
            print_failure(&outcome->result.first_by_cause[cause], comparison->trace, out);
    }
}

static void print_table(const struct comparison *comparison, FILE *page)
{
    struct table *table = memory_zeroed(1, sizeof *table);

    table_init(table, comparison->count);
    table_row(table, "");
    for (uint32_t run = 0; run < comparison->count; run++)
        table_cell(table, run, comparison->strategies[run]->name);
    add_failures(table, comparison);
    add_rows(table, comparison, measures, sizeof measures / sizeof measures[0]);
    if (comparison->timings != NULL)
        add_rows(table, comparison, times, sizeof times / sizeof times[0]);
    add_heap_growth(table, comparison);
    table_print(table, page);
    free(table);
}

void comparison_print(const struct comparison *comparison, FILE *out)
{
    FILE *page = page_open(out);

    fprintf(page, "%s: %s events, %s live at most\nRAM %s (%s)\n\n",
            printable(comparison->trace->name).text,
            number_grouped(comparison->trace->header.events).text,
            number_size(comparison->trace->header.peak_live_bytes).text,
            number_size(comparison->ram_bytes).text, printable(comparison->ram_source).text);
    print_table(comparison, page);
    fputc('\n', page);
    print_runs(comparison, page);
    if (comparison->timings != NULL)
        fprintf(page,
                "\nCPU time of a replay of the whole trace, one strategy at a time, on memory that "
                "was touched before: the median of %u rounds that took the strategies in turn.\n",
                TIMING_ROUNDS);
    fclose(page);
}
