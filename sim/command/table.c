/* `mmsim table`: the tables of a sweep from the results of its jobs. */
#include "command/command.h"
#include "report/sweep_report.h"
#include "trace/file_kind.h"

static int run(const struct arguments *arguments)
{
    struct sweep_merge merge = {0};
    struct sweep_results results;
    struct sim_error error;

    for (int i = 0; i < arguments->count; i++)
        if (!sweep_merge_read(&merge, arguments->words[i], &error)) {
            sweep_merge_free(&merge);
            file_kind_explain(arguments->words[i], &wanted_sweep, &error);
            return report_error(&error);
        }
    if (!sweep_merge_finish(&merge, &results, &error))
        return report_error(&error);
    int status = STATUS_DONE;
    if (results.count == 0)
        status = bad_input("%s: the file holds no result of a sweep", arguments->words[0]);
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
    .summary = "print the tables of a sweep from the results of its jobs",
    .operands = {{"FILE", VALUE_FILE,
                  "what the jobs of `mmsim sweep --list-jobs` printed, the journal of a sweep, or "
                  "its JSON; it may be compressed with zstd, xz or gzip. - is standard input",
                  ONCE_OR_MORE}},
    .options = OPTION_BIT(JSON) | OPTION_BIT(MARKDOWN),
    .notes = "The lines may come in any order, and more than once. Two results of one job that "
             "disagree are an error.",
    .examples = "mmsim sweep gcc.mmb --ram 80M..96M --list-jobs | parallel >lines\n"
                "mmsim table lines --markdown\n",
    .run = run,
};
