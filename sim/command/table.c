/* What jobs of sweeps have printed, as one table. */
#include "command/command.h"
#include "report/sweep_report.h"

static int run(const struct arguments *arguments)
{
    struct sweep_merge merge = {0};
    struct sweep_results results;
    struct sim_error error;

    for (int i = 0; i < arguments->count; i++)
        if (!sweep_merge_read(&merge, arguments->words[i], &error)) {
            sweep_merge_free(&merge);
            return report_error(&error);
        }
    if (!sweep_merge_finish(&merge, &results, &error))
        return report_error(&error);
    int status = STATUS_DONE;
    if (results.count == 0)
        status = bad_input("%s: no result of a sweep in it", arguments->words[0]);
    else if (arguments_have(arguments, OPTION_JSON))
        sweep_print_json(&results, stdout);
    else
        sweep_print(&results, arguments_have(arguments, OPTION_MARKDOWN), stdout);
    sweep_results_free(&results);
    return status;
}

const struct command command_table = {
    .name = "table",
    .synopsis = "table FILE ... [--json | --markdown]",
    .summary = "the tables of a sweep, out of the lines of its jobs",
    .help =
        "  FILE              what jobs of `mmsim sweep --list-jobs` printed, a sweep's journal, "
        "or\n"
        "                    its JSON, zstd or xz compressed or not; - is standard "
        "input\n" JSON_HELP "  --markdown        tables for a document\n"
        "Lines come in any order, and may come twice. Two of one job that disagree are an "
        "error.\n",
    .options = OPTION_BIT(JSON) | OPTION_BIT(MARKDOWN),
    .words = 1 | OR_MORE,
    .run = run,
};
