#include "report/comparison.h"

#include <inttypes.h>
#include <stdlib.h>

#include "report/failure_report.h"
#include "report/numbers.h"
#include "report/table.h"
#include "trace/memory.h"
#include "trace/printable.h"

/* What a row says of one run. */
typedef struct number_text (*measure)(const struct run_outcome *outcome);

struct row {
    const char *label;
    measure cell;
};

static uint64_t sum(const uint64_t counts[], uint32_t count)
{
    uint64_t total = 0;

    for (uint32_t i = 0; i < count; i++)
        total += counts[i];
    return total;
}

static struct number_text share_failed(const struct run_outcome *outcome)
{
    return number_share(sum(outcome->result.failures, REQUEST_COUNT),
                        sum(outcome->result.requests, REQUEST_COUNT));
}

static struct number_text failed_at_touch(const struct run_outcome *outcome)
{
    return number_grouped(outcome->result.late_failures);
}

static struct number_text failed_while_free(const struct run_outcome *outcome)
{
    return number_grouped(outcome->result.failures_while_free);
}

static struct number_text first_failure_event(const struct run_outcome *outcome)
{
    uint64_t event = replay_first_failure(&outcome->result)->event;

    return event != 0 ? number_grouped(event) : (struct number_text){"none"};
}

static struct number_text heap_payload(const struct run_outcome *outcome)
{
    return number_size_short(outcome->result.heap_payload_peak_bytes);
}

static struct number_text heap_span(const struct run_outcome *outcome)
{
    return number_size_short(outcome->result.heap_span_peak_bytes);
}

static struct number_text heap_utilisation(const struct run_outcome *outcome)
{
    return number_share(outcome->result.heap_payload_peak_bytes,
                        outcome->result.heap_span_peak_bytes);
}

static struct number_text blocks_contiguous(const struct run_outcome *outcome)
{
    return number_share(outcome->result.blocks_contiguous, outcome->result.blocks_over_page);
}

static struct number_text contiguous_worst(const struct run_outcome *outcome)
{
    if (outcome->result.blocks_over_page == 0)
        return (struct number_text){"-"};
    return number_permille(outcome->result.contiguous_worst_permille);
}

static struct number_text frames_peak(const struct run_outcome *outcome)
{
    return number_size_short((uint64_t)outcome->result.frames_used_peak << PAGE_SHIFT);
}

static struct number_text metadata(const struct run_outcome *outcome)
{
    return number_size_short(outcome->result.metadata_bytes);
}

static struct number_text unusable_end(const struct run_outcome *outcome)
{
    return number_permille((uint32_t)outcome->result.end.unusable_index[4]);
}

static struct number_text unusable_worst(const struct run_outcome *outcome)
{
    return number_permille((uint32_t)outcome->result.worst.unusable_index[4]);
}

static struct number_text unusable_end_largest(const struct run_outcome *outcome)
{
    return number_permille((uint32_t)outcome->result.end.unusable_index[ORDER_MAX]);
}

static struct number_text tlb_hits(const struct run_outcome *outcome)
{
    return number_share(outcome->tlb_hits, outcome->tlb_hits + outcome->tlb_misses);
}

static struct number_text event_time(const struct run_outcome *outcome)
{
    static const char *const units[] = {"ns", "us", "ms"};
    uint64_t events = outcome->result.events != 0 ? outcome->result.events : 1u;
    double value = 1000.0 * (double)outcome->microseconds / (double)events;
    struct number_text time;
    size_t unit = 0;

    for (; value >= 999.95 && unit + 1u < sizeof units / sizeof units[0]; unit++)
        value /= 1000.0;
    snprintf(time.text, sizeof time.text, "%.1f %s", value, units[unit]);
    return time;
}

static void add_row(struct table *table, const struct comparison *comparison, const struct row *row)
{
    table_row(table, row->label);
    for (uint32_t run = 0; run < comparison->count; run++)
        table_cell(table, run,
                   comparison->outcomes[run].status == RUN_DONE
                       ? row->cell(&comparison->outcomes[run]).text
                       : "-");
}

static void add_rows(struct table *table, const struct comparison *comparison,
                     const struct row rows[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_row(table, comparison, &rows[i]);
}

/* A row of counters of each run; left out when none of the runs has any. */
static void add_counts(struct table *table, const struct comparison *comparison, const char *label,
                       uint64_t (*count_of)(const struct run_outcome *outcome, uint32_t which),
                       uint32_t which)
{
    uint64_t any = 0;

    for (uint32_t run = 0; run < comparison->count; run++)
        any |= count_of(&comparison->outcomes[run], which);
    if (any == 0)
        return;
    table_row(table, label);
    for (uint32_t run = 0; run < comparison->count; run++)
        table_cell(table, run,
                   comparison->outcomes[run].status == RUN_DONE
                       ? number_grouped(count_of(&comparison->outcomes[run], which)).text
                       : "-");
}

static uint64_t failures_of_class(const struct run_outcome *outcome, uint32_t request)
{
    return outcome->result.failures[request];
}

static uint64_t failures_of_cause(const struct run_outcome *outcome, uint32_t cause)
{
    return outcome->result.failures_by_cause[cause];
}

static void add_failures(struct table *table, const struct comparison *comparison)
{
    static const struct row while_free = {"  while 4x as much was free", failed_while_free};
    static const struct row at_touch = {"  at the touch, not at the call", failed_at_touch};
    char label[TABLE_LABEL_BYTES];

    add_row(table, comparison, &(struct row){"requests failed", share_failed});
    for (uint32_t request = 0; request < REQUEST_COUNT; request++) {
        snprintf(label, sizeof label, "  %s", request_name((enum request_class)request));
        add_counts(table, comparison, label, failures_of_class, request);
    }
    for (uint32_t cause = MM_OK + 1u; cause < MM_CAUSE_COUNT; cause++) {
        snprintf(label, sizeof label, "  for %s", cause_name((enum mm_cause)cause));
        add_counts(table, comparison, label, failures_of_cause, cause);
    }
    add_row(table, comparison, &while_free);
    add_row(table, comparison, &at_touch);
    add_row(table, comparison, &(struct row){"first failure at event", first_failure_event});
}

/* The heap's spans, where it has stepped over something. */
static uint64_t heap_growth(const struct run_outcome *outcome, uint32_t which)
{
    const struct replay_result *result = &outcome->result;
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
        add_counts(table, comparison, labels[i], heap_growth, i);
}

static const struct row measures[] = {
    {"heap: peak payload", heap_payload},
    {"  peak span", heap_span},
    {"  utilisation", heap_utilisation},
    {"  blocks > 4 KiB contiguous", blocks_contiguous},
    {"  of the worst hundred", contiguous_worst},
    {"memory: peak used", frames_peak},
    {"  metadata", metadata},
    {"free, unusable for 64 KiB, end", unusable_end},
    {"  at worst", unusable_worst},
    {"  for 4 MiB, end", unusable_end_largest},
    {"TLB hits", tlb_hits},
    {"time per event", event_time},
};

/* Of the first failure for one cause. */
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
            fprintf(out, "NO RESULT: %s\n", outcome->reason);
            continue;
        }
        fprintf(out, "digest %016" PRIx64 "%s\n", outcome->result.digest,
                replay_first_failure(&outcome->result)->event == 0 ? "; nothing failed" : "");
        for (uint32_t cause = 0; cause < MM_CAUSE_COUNT; cause++)
            print_failure(&outcome->result.first_by_cause[cause], comparison->trace, out);
    }
}

void comparison_print(const struct comparison *comparison, FILE *out)
{
    struct table *table = memory_zeroed(1, sizeof *table);

    fprintf(out, "%s: %s events, %s live at most\nRAM %s (%s)\n\n",
            printable(comparison->trace->name).text,
            number_grouped(comparison->trace->header.events).text,
            number_size(comparison->trace->header.peak_live_bytes).text,
            number_size(comparison->ram_bytes).text, printable(comparison->ram_source).text);
    table_init(table, comparison->count);
    table_row(table, "");
    for (uint32_t run = 0; run < comparison->count; run++)
        table_cell(table, run, comparison->strategies[run]->name);
    add_failures(table, comparison);
    add_rows(table, comparison, measures, sizeof measures / sizeof measures[0]);
    add_heap_growth(table, comparison);
    table_print(table, out);
    free(table);
    fputc('\n', out);
    print_runs(comparison, out);
}
