#include "report/diff_report.h"

#include <string.h>

#include "report/failure_report.h"
#include "report/json_keys.h"
#include "report/numbers.h"
#include "report/page.h"
#include "report/text_file.h"
#include "trace/printable.h"

#define OUTCOME_COLUMNS 22

/* "no_run", "no_frames, late", "served", "skipped" */
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

/* As wide as the longest outcome, and the name above. */
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

static const char *site_name(void *context, uint32_t site)
{
    return trace_site_name(context, site);
}

static void put_outcome(const struct text_out *out, const char *before, uint8_t outcome)
{
    enum mm_cause cause = (enum mm_cause)(outcome & OUTCOME_CAUSE);

    json_put_string(out, before, "outcome",
                    (outcome & OUTCOME_SKIPPED) != 0 ? "skipped"
                    : cause == MM_OK                 ? "served"
                                                     : cause_name(cause));
    json_put_bool(out, ", ", "late", (outcome & OUTCOME_LATE) != 0);
}

static void put_shown(const struct text_out *out, const struct diff_shown *shown)
{
    json_put_number(out, "{", "event", shown->event);
    json_put_string(out, ", ", "line", shown->line);
    json_put_key(out, ", ", "outcomes");
    for (uint32_t side = 0; side < DIFF_SIDES; side++) {
        put_outcome(out, side == 0 ? "[{" : ", {", shown->outcome[side]);
        text_put(out, "}");
    }
    text_put(out, "]}");
}

static void put_side(const struct text_out *out, const struct diff_side *side, const char *strategy,
                     const struct diff_request *request)
{
    const struct run_names names = {
        .strategy = strategy, .site = site_name, .context = request->trace};

    json_put_string(out, "{", "strategy", strategy);
    json_put_number(out, ", ", "free_bytes", side->free_bytes);
    json_put_key(out, ", ", "free_blocks");
    for (uint32_t order = 0; order < ORDER_COUNT; order++) {
        text_put(out, order == 0 ? "[" : ", ");
        text_put_u64(out, side->free.count[order]);
    }
    json_put_number(out, "], ", "heap_span_bytes", side->heap_span_bytes);
    json_put_key(out, ", ", "failure");
    run_json_put_failure(out, &side->failure, &names);
    text_put(out, "}");
}

static void put_first(const struct text_out *out, const struct diff *diff,
                      const struct diff_request *request)
{
    json_put_number(out, "{", "event", diff->first);
    json_put_key(out, ", ", "sides");
    for (uint32_t side = 0; side < DIFF_SIDES; side++) {
        text_put(out, side == 0 ? "[" : ", ");
        put_side(out, &diff->sides[side], request->strategies[side]->name, request);
    }
    text_put(out, "]");
    json_put_key(out, ", ", "around");
    for (uint32_t i = 0; i < diff->shown_count; i++) {
        text_put(out, i == 0 ? "[" : ", ");
        put_shown(out, &diff->shown[i]);
    }
    text_put(out, "]}");
}

void diff_print_json(const struct diff *diff, const struct diff_request *request,
                     uint64_t ram_bytes, FILE *file)
{
    const struct text_out out = text_out_to_file(file);

    json_put_string(&out, "{", "trace", request->trace->name);
    json_put_number(&out, ", ", "events", request->trace->header.events);
    json_put_number(&out, ", ", "ram_bytes", ram_bytes);
    json_put_string(&out, ", \"strategies\": [{", "strategy", request->strategies[0]->name);
    json_put_number(&out, ", ", "failed", diff->counts.failed[0]);
    json_put_string(&out, "}, {", "strategy", request->strategies[1]->name);
    json_put_number(&out, ", ", "failed", diff->counts.failed[1]);
    json_put_number(&out, "}], ", "differing_events", diff->counts.events);
    json_put_key(&out, ", ", "first");
    if (diff->first != 0)
        put_first(&out, diff, request);
    else
        text_put(&out, "null");
    text_put(&out, "}\n");
}
