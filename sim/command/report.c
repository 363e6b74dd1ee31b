/* `mmsim report`: the results of strategies on a trace, and memory over time, as a page. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <mm/strategy.h>

#include "command/command.h"
#include "report/perfetto.h"
#include "report/progress_bar.h"
#include "report/report_page.h"
#include "report/text_file.h"
#include "report/trace_name.h"
#include "trace/file_kind.h"
#include "trace/stream_out.h"

static void note_replay(uint32_t done, uint32_t count)
{
    static uint32_t replays;

    (void)done;
    (void)count;
    replays++;
    progress_bar_note("%" PRIu32 " replay%s before", replays, replays == 1 ? "" : "s");
}

/* ---- input ---- */

static bool any_known(const struct finding_facts *facts)
{
    for (uint32_t i = 0; i < facts->count; i++)
        if (facts->runs[i].sweep != NULL)
            return true;
    return false;
}

/* The name under which the sweep has this trace: the same path, or else another path to a file of
   that name. Returns NULL if there is none. */
static const char *name_in_sweep(const struct sweep_results *results, const char *path)
{
    for (uint32_t i = 0; i < results->count; i++)
        if (strcmp(results->list[i].trace, path) == 0)
            return path;
    for (uint32_t i = 0; i < results->count; i++)
        if (strcmp(file_name(results->list[i].trace), file_name(path)) == 0)
            return results->list[i].trace;
    return NULL;
}

static bool load_sweep(const char *path, const struct trace *trace, struct sweep_results *results,
                       const char **name)
{
    struct sim_error error;

    *name = NULL;
    if (path == NULL)
        return true;
    if (!sweep_results_load(results, path, &error)) {
        file_kind_explain(path, &wanted_sweep, &error);
        report_error(&error);
        return false;
    }
    *name = name_in_sweep(results, trace->name);
    if (*name != NULL)
        return true;
    if (results->count == 0)
        bad_input("%s: the file holds no result of a sweep", path);
    else
        bad_input("%s is a sweep of %s, and has no result for %s", path, results->list[0].trace,
                  trace->name);
    sweep_results_free(results);
    return false;
}

/* ---- output ---- */

/* What a page shows: at first as much as possible. Details that make it too large are left out in
   this order. */
static const struct {
    enum history_owners owners;
    uint32_t moments; /* at even distances */
} details[] = {
    {HISTORY_OWNERS_EACH, 300}, {HISTORY_OWNERS_ALIKE, 300}, {HISTORY_OWNERS_NONE, 300},
    {HISTORY_OWNERS_NONE, 150}, {HISTORY_OWNERS_NONE, 75},   {HISTORY_OWNERS_NONE, 30},
};
#define DETAILS (sizeof details / sizeof details[0])

/* An allocation takes at least so many bytes in a page that tells each one apart; nearly all of a
   long trace are alive at some moment. */
#define OWNER_BYTES_LEAST 4u

static bool hopeless(enum history_owners owners, const struct evidence *evidence)
{
    uint64_t allocations = 0;

    for (uint32_t i = 0; i < evidence->request.count; i++)
        allocations += finding_requests(&evidence->runs.runs[i]);
    return owners == HISTORY_OWNERS_EACH && allocations > REPORT_BYTES_MAX / OWNER_BYTES_LEAST;
}

static bool make_page(struct report_page *page, struct report *report, struct evidence *evidence,
                      struct sim_error *error)
{
    for (size_t i = 0; i < DETAILS; i++) {
        if (hopeless(details[i].owners, evidence))
            continue;
        report_page_free(page);
        if (!evidence_record(evidence, details[i].moments, details[i].owners, error))
            return false;
        report_page_make(page, report);
        if (report_page_bytes(page) <= REPORT_BYTES_MAX)
            break;
    }
    return true;
}

static void put_page(struct stream_out *stream, const struct report_page *page)
{
    const struct text_out out = text_out_to_stream(stream);

    report_page_put(page, &out);
}

/* Both files are there in the end, or neither: whether they can be written shows before one is. */
static bool put_with_perfetto(const struct report_page *page, const char *path,
                              const char *perfetto_path, struct sim_error *error)
{
    struct stream_out perfetto;
    struct stream_out stream;

    if (!stream_out_open(&perfetto, perfetto_path, error))
        return false;
    if (!stream_out_open(&stream, path, error)) {
        stream_out_abandon(&perfetto);
        return false;
    }
    const struct text_out out = text_out_to_stream(&perfetto);
    perfetto_put(page->report->evidence, &out);
    put_page(&stream, page);
    if (stream_out_close(&perfetto, error))
        return stream_out_close(&stream, error);
    stream_out_abandon(&stream);
    return false;
}

static bool put_files(const struct report_page *page, const struct arguments *arguments,
                      struct sim_error *error)
{
    const char *path = arguments->value[OPTION_OUTPUT];
    struct stream_out stream;

    if (arguments_have(arguments, OPTION_PERFETTO))
        return put_with_perfetto(page, path, arguments->value[OPTION_PERFETTO], error);
    if (!stream_out_open(&stream, path, error))
        return false;
    put_page(&stream, page);
    return stream_out_close(&stream, error);
}

/* A strategy without a result is part of the page, and makes the command fail. */
static int results_status(const struct finding_facts *facts)
{
    int status = STATUS_DONE;

    for (uint32_t i = 0; i < facts->count; i++) {
        const struct run_outcome *outcome = facts->runs[i].outcome;
        if (outcome->status == RUN_BAD_TRACE)
            return bad_input("%s", outcome->reason);
        if (outcome->status == RUN_FAILED)
            status = report_failure(facts->runs[i].strategy, outcome->reason);
    }
    return status;
}

static int put_all(const struct arguments *arguments, struct report *report,
                   struct evidence *evidence)
{
    struct report_page page = {.report = report};
    struct sim_error error;
    int status = STATUS_FAILED;
    bool done = make_page(&page, report, evidence, &error);

    if (done)
        status = results_status(&evidence->runs.facts);
    if (done && status != STATUS_BAD_INPUT)
        done = put_files(&page, arguments, &error);
    report_page_free(&page);
    return done ? status : report_error(&error);
}

/* ---- the command ---- */

static const char *ram_from(const struct arguments *arguments)
{
    if (arguments_have(arguments, OPTION_MEMMAP))
        return "memmap";
    return arguments_have(arguments, OPTION_RAM) ? "--ram" : "chosen";
}

static int report_trace(const struct arguments *arguments, struct trace *trace,
                        const struct strategy *const strategies[], uint32_t count)
{
    static struct evidence evidence;
    struct sweep_results sweep = {.count = 0};
    struct machine_choice choice;
    struct sim_error error;
    const char *name;
    struct report report = {.evidence = &evidence,
                            .sweep_file = arguments->value[OPTION_SWEEP],
                            .quick = arguments_have(arguments, OPTION_QUICK),
                            .moments_wanted = details[0].moments};

    if (!trace_verify(trace, &error))
        return report_error(&error);
    if (!machine_for_trace(arguments, trace, &choice) ||
        !load_sweep(report.sweep_file, trace, &sweep, &name))
        return STATUS_BAD_INPUT;
    report.ram_from = ram_from(arguments);
    const struct evidence_request request = {
        .runs = {.trace = trace,
                 .strategies = strategies,
                 .count = count,
                 .map = &choice.map,
                 .ram_bytes = choice.ram_bytes,
                 .memmap_given = arguments_have(arguments, OPTION_MEMMAP),
                 .finished = note_replay},
        .quick = report.quick,
        .least_known = name != NULL};
    evidence_gather(&evidence, &request);
    if (name != NULL)
        evidence_take_sweep(&evidence, &sweep, name);
    int status = name != NULL && !any_known(&evidence.runs.facts)
                     ? bad_input("%s has no result for these strategies", report.sweep_file)
                     : put_all(arguments, &report, &evidence);
    evidence_free(&evidence);
    sweep_results_free(&sweep);
    return status;
}

/* Files that are read or written must not be the same. */
static bool check_files(const struct arguments *arguments)
{
    const char *const inputs[] = {arguments->words[0], arguments->value[OPTION_SWEEP]};
    int others = arguments_have(arguments, OPTION_SWEEP) ? 2 : 1;
    const char *perfetto = arguments->value[OPTION_PERFETTO];
    const char *out = arguments->value[OPTION_OUTPUT];

    if (!output_is_apart(out, inputs, others))
        return false;
    if (perfetto == NULL)
        return true;
    if (strcmp(perfetto, out) == 0 || (!whole_file_in_place(out) && whole_file_is(out, perfetto))) {
        bad_input("-o and --perfetto name the same file, %s", perfetto);
        return false;
    }
    return output_is_apart(perfetto, inputs, others);
}

static int run(const struct arguments *arguments)
{
    const char *missing = page_block_missing();

    if (missing != NULL)
        return bad_input("%s", missing);
    if (!check_files(arguments))
        return STATUS_BAD_INPUT;
    return strategies_on_trace(arguments, report_trace);
}

const struct command command_report = {
    .name = "report",
    .synopsis = "report TRACE [--strategies A,B,...] [--ram SIZE | --memmap FILE] [--sweep FILE] "
                "[--quick] [--perfetto FILE] -o OUT.html",
    .summary = "make a page that shows memory over time and failures",
    .operands = {TRACE_OPERAND},
    .options = MACHINE_OPTIONS | OPTION_BIT(STRATEGIES) | OPTION_BIT(SWEEP) | OPTION_BIT(QUICK) |
               OPTION_BIT(PERFETTO) | OPTION_BIT(OUTPUT),
    .required = OPTION_BIT(OUTPUT),
    .option_help = {[OPTION_OUTPUT] = "the page to write, one HTML file that needs no network. - "
                                      "writes it to standard output"},
    .notes = "The page says first which strategies fail and why, and what would help; each remedy "
             "was replayed. Below, it shows memory over time under each strategy, with the owner "
             "of each frame, and every failure. A browser opens it from a file.",
    .examples = "mmsim report bench/traces/boot_2048.mmb.zst --ram 70M -o boot.html\n"
                "mmsim report own.mmb --strategies brk,zoned --quick -o own.html\n",
    .run = run,
};
