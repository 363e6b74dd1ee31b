#include <stdio.h>
#include <string.h>

#include "command/command.h"
#include "command/output.h"
#include "report/info_report.h"
#include "trace/import/import.h"

static int run(const struct arguments *arguments)
{
    const char *out = arguments->value[OPTION_OUTPUT];
    struct import_options options = {.lenient = arguments_have(arguments, OPTION_LENIENT)};
    struct import_counts counts;
    struct sim_error error;

    if (out == NULL)
        return bad_input("import needs -o OUT, a name that ends in .mmb, .mmb.zst or .mmb.xz");
    if (!output_is_apart(out, (const char *const[]){arguments->words[1]}, 1))
        return STATUS_BAD_INPUT;
    if (!trace_import(arguments->words[0], arguments->words[1], out, &options, &counts, &error))
        return report_error(&error);
    import_print(&counts, stderr);
    return STATUS_DONE;
}

/* Each line of a recipe, four columns in. */
static void print_recipe(const char *recipe, FILE *out)
{
    for (const char *end; (end = strchr(recipe, '\n')) != NULL; recipe = end + 1)
        fprintf(out, "    %.*s\n", (int)(end - recipe), recipe);
}

static void print_formats(FILE *out)
{
    fputs("Formats, and what makes such a log:\n", out);
    for (const struct importer *importer = importers; importer->name != NULL; importer++) {
        fprintf(out, "  %-16s  %s\n", importer->name, importer->summary);
        print_recipe(importer->recipe, out);
    }
}

const struct command command_import = {
    .name = "import",
    .synopsis = "import FORMAT FILE|- -o OUT [--lenient]",
    .summary = "make a trace of a log",
    .help = "  FORMAT            what printed the log, see below\n"
            "  FILE              the log, zstd or xz compressed or not; - is standard input\n"
            "  -o OUT            the trace: .mmb, .mmb.zst, .mmb.xz; - is standard output\n"
            "  --lenient         lines that make no sense are skipped and counted, not an error\n"
            "What the log holds beside the trace is counted on standard error.\n",
    .more_help = print_formats,
    .options = OPTION_BIT(OUTPUT) | OPTION_BIT(LENIENT),
    .words = 2,
    .run = run,
};
