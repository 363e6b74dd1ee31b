/* `mmsim sweep`: a whole sweep, one of its jobs, or the list of its jobs. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mm/strategy.h>

#include "command/command.h"
#include "command/process.h"
#include "lab/sweep.h"
#include "lab/workers.h"
#include "machine/numbers.h"
#include "machine/pc_memmap.h"
#include "report/numbers.h"
#include "report/progress_bar.h"
#include "report/sweep_report.h"
#include "report/text_file.h"
#include "trace/memory.h"
#include "trace/printable.h"
#include "trace/temporary_file.h"

#define POINTS_DEFAULT 9u
#define STEP_DEFAULT   UINT64_C(0x100000)
#define JOBS_MAX       4096u

/* The traces, strategies and sizes of RAM of a sweep. */
struct plan {
    struct trace *traces;
    uint32_t trace_count;
    const struct strategy *strategies[COMPARE_MAX];
    uint32_t strategy_count;
    struct sweep_range range;
};

/* ---- arguments ---- */

static bool range_of_arguments(const struct arguments *arguments, struct sweep_range *range)
{
    const char *ram = arguments->value[OPTION_RAM];
    uint64_t points = POINTS_DEFAULT;

    range->step_bytes = STEP_DEFAULT;
    if (ram == NULL) {
        bad_input("sweep needs --ram A..B, such as 64M..96M; see `mmsim sweep --help`");
        return false;
    }
    if (!ram_range_of_arguments(arguments, range) ||
        !size_of_arguments(arguments, OPTION_STEP, 1, PC_RAM_MAX, &range->step_bytes) ||
        !count_of_arguments(arguments, OPTION_POINTS, 1, UINT32_MAX, &points))
        return false;
    range->points = (uint32_t)points;
    const char *wrong = sweep_range_settle(range);
    if (wrong != NULL)
        bad_input("--ram %s: %s", ram, wrong);
    return wrong == NULL;
}

/* ---- traces ---- */

static void close_traces(struct plan *plan)
{
    for (uint32_t i = 0; i < plan->trace_count; i++)
        trace_close(&plan->traces[i]);
    free(plan->traces);
}

static bool named_before(const struct arguments *arguments, int word)
{
    for (int i = 0; i < word; i++)
        if (strcmp(arguments->words[i], arguments->words[word]) == 0)
            return true;
    return false;
}

/* Open the traces. Each is read to its end first, so that a bad one is found before the sweep
 * starts. Returns the exit status, after a message unless that is STATUS_DONE. */
static int open_traces(const struct arguments *arguments, struct plan *plan)
{
    struct sim_error error;

    plan->traces = memory_zeroed((size_t)arguments->count, sizeof plan->traces[0]);
    for (int i = 0; i < arguments->count; i++) {
        struct trace *trace = &plan->traces[plan->trace_count];
        if (named_before(arguments, i))
            return bad_input("%s: this trace is named twice", arguments->words[i]);
        if (!trace_open(trace, arguments->words[i], &error))
            return report_error(&error);
        plan->trace_count++;
        if (!arguments_have(arguments, OPTION_ONLY) && !trace_verify(trace, &error))
            return report_error(&error);
    }
    return STATUS_DONE;
}

/* ---- the list of jobs ---- */

/* Prints a word so that a shell takes it as one word. */
static void put_word(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-+./,:@%";

    if (word[strspn(word, plain)] == '\0') {
        fputs(word, stdout);
        return;
    }
    putchar('\'');
    for (; *word != '\0'; word++)
        if (*word == '\'')
            fputs("'\\''", stdout);
        else
            putchar(*word);
    putchar('\'');
}

static void put_job(const char *trace, const struct strategy *strategy)
{
    fputs("mmsim sweep ", stdout);
    put_word(trace);
    printf(" --strategies %s --only ", strategy->name);
}

static void list_jobs_of(const char *trace, const struct strategy *strategy,
                         const struct sweep_range *range)
{
    put_job(trace, strategy);
    printf("least --ram %s..%s", size_text(range->from_bytes).text,
           size_text(range->to_bytes).text);
    printf(" --step %s --points %u\n", size_text(range->step_bytes).text, range->points);
    for (uint32_t i = 0; i < range->points; i++) {
        put_job(trace, strategy);
        puts(size_text(sweep_range_bytes(range, sweep_range_point(range, i))).text);
    }
}

static int list_jobs(const struct arguments *arguments, const struct plan *plan)
{
    for (int i = 0; i < arguments->count; i++)
        if (strcmp(arguments->words[i], "-") == 0)
            return bad_input(
                "--list-jobs: a trace from standard input can be read once only: name a file");
    for (int i = 0; i < arguments->count; i++)
        for (uint32_t k = 0; k < plan->strategy_count; k++)
            list_jobs_of(arguments->words[i], plan->strategies[k], &plan->range);
    return STATUS_DONE;
}

/* ---- one job ---- */

static int report_job(const struct sweep_job *job, enum run_status status, const char *reason)
{
    if (status == RUN_BAD_TRACE)
        return bad_input("%s", reason);
    fprintf(stderr, "mmsim: %s under %s with RAM of %s: %s\n", printable(job->trace->name).text,
            job->strategy->name, size_text(job->ram_bytes).text, printable(reason).text);
    return STATUS_FAILED;
}

static int run_job(const struct plan *plan, uint64_t ram_bytes)
{
    const struct text_out out = text_out_to_file(stdout);
    struct sweep_job job = {.trace = plan->traces,
                            .strategy = plan->strategies[0],
                            .kind = SWEEP_POINT,
                            .ram_bytes = ram_bytes};
    struct sweep_outcome outcome;
    struct sweep_line line;

    if (ram_bytes != 0)
        sweep_job_run(&job, &outcome);
    else
        (void)sweep_find_least(&plan->range, &job, &outcome, &line);
    if (outcome.status != RUN_DONE)
        return report_job(&job, outcome.status, outcome.reason);
    if (ram_bytes != 0)
        line = sweep_job_line(&job, &outcome);
    sweep_line_put(&out, &line);
    return STATUS_DONE;
}

static int prepare_and_run_job(const struct arguments *arguments, struct plan *plan)
{
    const char *only = arguments->value[OPTION_ONLY];
    struct sweep_range point = {.step_bytes = STEP_DEFAULT, .points = 1};
    const char *wrong;

    if (arguments->count != 1 || plan->strategy_count != 1)
        return bad_input("--only %s: a job needs one TRACE and --strategies with one name", only);
    if (strcmp(only, "least") == 0) {
        if (!range_of_arguments(arguments, &plan->range))
            return STATUS_BAD_INPUT;
    } else {
        if (!size_of_text(OPTION_ONLY, only, PC_RAM_MIN, PC_RAM_MAX, &point.from_bytes))
            return STATUS_BAD_INPUT;
        point.to_bytes = point.from_bytes;
        if ((wrong = sweep_range_settle(&point)) != NULL)
            return bad_input("--only %s: %s", only, wrong);
    }
    int status = open_traces(arguments, plan);
    return status != STATUS_DONE ? status : run_job(plan, point.from_bytes);
}

/* ---- the whole sweep ---- */

struct watch {
    uint32_t done;
    uint32_t jobs;
};

static void note_progress(void *context, const struct sweep_progress *progress)
{
    struct watch *watch = context;

    watch->done = progress->done;
    watch->jobs = progress->jobs;
    progress_bar_note("%" PRIu32 " of %" PRIu32 " jobs", progress->done, progress->jobs);
    progress_resize(watch, progress->work);
    progress_at(watch, progress->work_done);
}

static void broken(void *context, const struct sweep_job *job, const char *reason)
{
    (void)context;
    progress_bar_clear();
    (void)report_job(job, RUN_FAILED, reason);
}

static void print_results(const struct arguments *arguments, const struct sweep_results *results)
{
    if (arguments_have(arguments, OPTION_JSON))
        sweep_print_json(results, stdout);
    else
        sweep_print(results, arguments_have(arguments, OPTION_MARKDOWN), stdout);
}

/* Create a journal for a sweep without --journal; it is removed if it is not needed. Returns NULL
 * after a message. */
static struct temporary_file *temporary_journal(void)
{
    int fd;
    struct temporary_file *file = spool_create_named("mmsim-sweep", &fd);

    if (file != NULL)
        close(fd);
    else
        fprintf(stderr,
                "mmsim: no temporary file in %s: %s; set TMPDIR to another directory, or give "
                "--journal FILE\n",
                printable(spool_folder()).text, strerror(errno));
    return file;
}

/* The results so far are in the journal, so the signal may now end the program. */
static _Noreturn void end_stopped(const struct watch *watch, const char *journal,
                                  struct temporary_file *temporary)
{
    fprintf(stderr,
            "mmsim: interrupted after %u of %u jobs; to continue, run the same command with "
            "--journal %s\n",
            watch->done, watch->jobs, printable(journal).text);
    if (temporary != NULL)
        temporary_file_keep(temporary);
    process_end_by_signal(workers_stop_signal());
}

static int finish(const struct arguments *arguments, enum sweep_end end,
                  const struct sweep_results *results, const struct sim_error *error)
{
    if (end == SWEEP_ERROR)
        return report_error(error);
    print_results(arguments, results);
    return end == SWEEP_DONE ? STATUS_DONE : STATUS_FAILED;
}

static int run_all(const struct arguments *arguments, const struct plan *plan, uint32_t at_once)
{
    const char *asked_for = arguments->value[OPTION_JOURNAL];
    struct temporary_file *temporary = asked_for == NULL ? temporary_journal() : NULL;
    struct watch watch = {0};
    struct sweep_results results;
    struct sim_error error;
    const struct sweep_request request = {
        .traces = plan->traces,
        .trace_count = plan->trace_count,
        .strategies = plan->strategies,
        .strategy_count = plan->strategy_count,
        .range = plan->range,
        .at_once = at_once,
        .journal = temporary != NULL ? temporary_file_path(temporary) : asked_for,
        .context = &watch,
        .progress = note_progress,
        .broken = broken,
    };

    if (request.journal == NULL)
        return STATUS_FAILED;
    progress_begin(&watch, 0, "events");
    enum sweep_end end = sweep_run(&request, &results, &error);
    progress_end(&watch);
    if (end == SWEEP_STOPPED)
        end_stopped(&watch, request.journal, temporary);
    if (temporary != NULL)
        temporary_file_remove(temporary);
    int status = finish(arguments, end, &results, &error);
    sweep_results_free(&results);
    return status;
}

static int prepare_and_run_all(const struct arguments *arguments, struct plan *plan)
{
    uint64_t at_once = 0;

    if (!range_of_arguments(arguments, &plan->range) ||
        !count_of_arguments(arguments, OPTION_JOBS, 1, JOBS_MAX, &at_once))
        return STATUS_BAD_INPUT;
    if (arguments_have(arguments, OPTION_LIST_JOBS))
        return list_jobs(arguments, plan);
    int status = open_traces(arguments, plan);
    return status != STATUS_DONE ? status : run_all(arguments, plan, (uint32_t)at_once);
}

static int run(const struct arguments *arguments)
{
    struct plan plan = {0};

    plan.strategy_count = strategies_of_arguments(arguments, plan.strategies);
    if (plan.strategy_count == 0)
        return STATUS_BAD_INPUT;
    int status = arguments_have(arguments, OPTION_ONLY) ? prepare_and_run_job(arguments, &plan)
                                                        : prepare_and_run_all(arguments, &plan);
    close_traces(&plan);
    return status;
}

const struct command command_sweep = {
    .name = "sweep",
    .synopsis = "sweep TRACE ... --ram A..B [--strategies A,B,...] [--json | --markdown]",
    .summary = "measure failures over sizes of RAM, and find the least RAM",
    .operands =
        {{"TRACE", VALUE_FILE,
          "a trace, text (.mmt) or binary (.mmb); it may be compressed with zstd, xz or gzip. - "
          "is standard input",
          ONCE_OR_MORE}},
    .options = OPTION_BIT(RAM) | OPTION_BIT(STRATEGIES) | OPTION_BIT(POINTS) | OPTION_BIT(STEP) |
               OPTION_BIT(JOURNAL) | OPTION_BIT(JOBS) | OPTION_BIT(LIST_JOBS) | OPTION_BIT(ONLY) |
               OPTION_BIT(JSON) | OPTION_BIT(MARKDOWN),
    .option_help = {[OPTION_RAM] = "the sizes of RAM, a range A..B such as 64M..96M; the "
                                   "memory maps are those of PCs in QEMU"},
    .notes = "The least RAM is found by bisection between the points: the trace succeeds with it, "
             "fails with one step less, and succeeds at every point above it. More RAM does not "
             "always help, so sizes between the points above it may still fail. On a machine that "
             "is too small for the metadata of the strategy, every request fails.",
    .examples = "mmsim sweep bench/traces/fork_1024.mmb.zst --ram 19M..22M\n"
                "mmsim sweep *.mmb --ram 64M..128M --strategies brk,zoned --json >sweep.json\n",
    .run = run,
};
