#include "report/diff_report.h"

#include <mm/strategy.h>

#include <string.h>

#include "replay/run_json.h"
#include "report/failure_report.h"
#include "report/numbers.h"
#include "report/page.h"
#include "report/text_file.h"
#include "trace/printable.h"

#define OUTCOME_COLUMNS 22

/* The outcome as "no_run", "no_frames, late", "served" or "skipped". */
static const char *outcome_text(uint8_t outcome, char text[OUTCOME_COLUMNS + 6])
{
    enum mm_cause cause = (enum mm_cause)(outcome & OUTCOME_CAUSE);

    if ((outcome & OUTCOME_SKIPPED) != 0)
        return "skipped";
    if (cause == MM_OK)
        return "served";
    snprintf(text, OUTCOME_COLUMNS + 6, "%s%s", cause_name(cause),
             (outcome & OUTCOME_LATE) != 0 ? ", late" : "");
    return text;
}

/* The width of the column: that of the longest outcome, or of the name above. */
static int outcome_columns(const struct diff *diff, const char *name, uint32_t side)
{
    char text[OUTCOME_COLUMNS + 6];
    size_t widest = strlen(name);

    for (uint32_t i = 0; i < diff->shown_count; i++) {
        size_t length = strlen(outcome_text(diff->shown[i].outcome[side], text));
        widest = length > widest ? length : widest;
    }
    return (int)widest;
}

static void print_shown(const struct diff *diff, const struct diff_request *request, FILE *out)
{
    char text[OUTCOME_COLUMNS + 6];
    int columns[DIFF_SIDES];

    fprintf(out, "   %11s", "event");
    for (uint32_t side = 0; side < DIFF_SIDES; side++) {
        columns[side] = outcome_columns(diff, request->strategies[side]->name, side);
        fprintf(out, "  %-*s", side + 1u < DIFF_SIDES ? columns[side] : 0,
                request->strategies[side]->name);
    }
    fputc('\n', out);
    for (uint32_t i = 0; i < diff->shown_count; i++) {
        const struct diff_shown *shown = &diff->shown[i];
        fprintf(out, "%s %11s", shown->event == diff->first ? "->" : "  ",
                number_grouped(shown->event).text);
        for (uint32_t side = 0; side < DIFF_SIDES; side++)
            fprintf(out, "  %-*s", columns[side], outcome_text(shown->outcome[side], text));
        fprintf(out, "  %s\n", printable(shown->line).text);
    }
}

static uint64_t largest_block(const struct free_blocks *free)
{
    for (uint32_t order = ORDER_COUNT; order-- > 0;)
        if (free->count[order] != 0)
            return (uint64_t)PAGE_SIZE << order;
    return 0;
}

static void print_side(const struct diff_side *side, const char *name, struct trace *trace,
                       FILE *out)
{
    fprintf(out, "\n%-8s %s free, the largest aligned block %s; the heap spans %s\n", name,
            number_size(side->free_bytes).text, number_size(largest_block(&side->free)).text,
            number_size(side->heap_span_bytes).text);
    if (side->failure.event == 0) {
        fputs("         served\n", out);
        return;
    }
    fprintf(out, "         %s: %s\n         ", cause_name(side->failure.cause),
            cause_meaning(side->failure.cause));
    failure_print(&side->failure, trace, out);
}

static void print_counts(const struct diff *diff, const struct diff_request *request, FILE *out)
{
    fprintf(out, "%s of %s events %s; %s fails %s, %s %s\n",
            diff->first == 0 ? "none" : number_grouped(diff->counts.events).text,
            number_grouped(request->trace->header.events).text,
            diff->counts.events == 1 ? "differs" : "differ", request->strategies[0]->name,
            number_grouped(diff->counts.failed[0]).text, request->strategies[1]->name,
            number_grouped(diff->counts.failed[1]).text);
}

void diff_print(const struct diff *diff, const struct diff_request *request, uint64_t ram_bytes,
                const char *ram_source, FILE *file)
{
    FILE *out = page_open(file);

    fprintf(out, "%s under %s and %s, RAM %s (%s)\n", printable(request->trace->name).text,
            request->strategies[0]->name, request->strategies[1]->name, number_size(ram_bytes).text,
            printable(ram_source).text);
    print_counts(diff, request, out);
    if (diff->first != 0) {
        fputc('\n', out);
        print_shown(diff, request, out);
        for (uint32_t side = 0; side < DIFF_SIDES; side++)
            print_side(&diff->sides[side], request->strategies[side]->name, request->trace, out);
    }
    fclose(out);
}

/* ---- JSON ---- */

static void put_outcome(struct json *json, uint8_t outcome)
{
    enum mm_cause cause = (enum mm_cause)(outcome & OUTCOME_CAUSE);

    json_begin_object(json, NULL);
    json_put_string(json, "outcome",
                    (outcome & OUTCOME_SKIPPED) != 0 ? "skipped"
                    : cause == MM_OK                 ? "served"
                                                     : cause_name(cause));
    json_put_bool(json, "late", (outcome & OUTCOME_LATE) != 0);
    json_end_object(json);
}

static void put_shown(struct json *json, const struct diff_shown *shown)
{
    json_begin_object(json, NULL);
    json_put_u64(json, "event", shown->event);
    json_put_string(json, "line", shown->line);
    json_begin_list(json, "outcomes");
    for (uint32_t side = 0; side < DIFF_SIDES; side++)
        put_outcome(json, shown->outcome[side]);
    json_end_list(json);
    json_end_object(json);
}

static void put_side(struct json *json, const struct diff_side *side, const char *strategy,
                     const struct diff_request *request)
{
    const struct run_names names = {
        .strategy = strategy, .site = site_name_of, .context = request->trace};

    json_begin_object(json, NULL);
    json_put_string(json, "strategy", strategy);
    json_put_u64(json, "free_bytes", side->free_bytes);
    json_put_u32_list(json, "free_blocks", side->free.count, ORDER_COUNT);
    json_put_u64(json, "heap_span_bytes", side->heap_span_bytes);
    run_json_put_failure(json, "failure", &side->failure, &names);
    json_end_object(json);
}

static void put_first(struct json *json, const struct diff *diff,
                      const struct diff_request *request)
{
    if (diff->first == 0) {
        json_put_null(json, "first");
        return;
    }
    json_begin_object(json, "first");
    json_put_u64(json, "event", diff->first);
    json_begin_list(json, "sides");
    for (uint32_t side = 0; side < DIFF_SIDES; side++)
        put_side(json, &diff->sides[side], request->strategies[side]->name, request);
    json_end_list(json);
    json_begin_list(json, "around");
    for (uint32_t i = 0; i < diff->shown_count; i++)
        put_shown(json, &diff->shown[i]);
    json_end_list(json);
    json_end_object(json);
}

void diff_print_json(const struct diff *diff, const struct diff_request *request,
                     uint64_t ram_bytes, FILE *file)
{
    struct json json = json_begin_file(file);

    json_put_string(&json, "trace", request->trace->name);
    json_put_u64(&json, "events", request->trace->header.events);
    json_put_u64(&json, "ram_bytes", ram_bytes);
    json_begin_list(&json, "strategies");
    for (uint32_t side = 0; side < DIFF_SIDES; side++) {
        json_begin_object(&json, NULL);
        json_put_string(&json, "strategy", request->strategies[side]->name);
        json_put_u64(&json, "failed", diff->counts.failed[side]);
        json_end_object(&json);
    }
    json_end_list(&json);
    json_put_u64(&json, "differing_events", diff->counts.events);
    put_first(&json, diff, request);
    json_end_file(&json);
}
