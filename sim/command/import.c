#include <stdio.h>
#include <string.h>

#include "command/command.h"
#include "command/help_text.h"
#include "report/info_report.h"
#include "trace/import/import.h"

/* Says what was left out; and which format the log has, if nobody has said it. */
static void print_counts(const char *format, const struct import_counts *counts)
{
    if (strcmp(format, IMPORT_AUTO) == 0)
        fprintf(stderr, "%s, imported as `%s`\n", importer_find(counts->format)->file,
                counts->format);
    import_print(counts, stderr);
}

static int run(const struct arguments *arguments)
{
    bool is_named = arguments->count > 1;
    const char *format = is_named ? arguments->words[0] : IMPORT_AUTO;
    const char *log = arguments->words[is_named];
    const char *out = arguments->value[OPTION_OUTPUT];
    struct import_options options = {.lenient = arguments_have(arguments, OPTION_LENIENT)};
    struct import_counts counts;
    struct sim_error error;

    if (!output_is_apart(out, (const char *const[]){log}, 1))
        return STATUS_BAD_INPUT;
    if (trace_import(format, log, out, &options, &counts, &error)) {
        print_counts(format, &counts);
        return STATUS_DONE;
    }
    if (!import_keeps_little(&counts))
        return report_error(&error);
    print_counts(format, &counts);
    return (void)report_error(&error), STATUS_FAILED;
}

/* Print each line of a recipe, indented by four columns. */
static void print_recipe(const char *recipe, FILE *out)
{
    for (const char *end; (end = strchr(recipe, '\n')) != NULL; recipe = end + 1)
        fprintf(out, "    %.*s\n", (int)(end - recipe), recipe);
}

static void print_formats(FILE *out)
{
    fputs("Formats, each with the commands that make such a log:\n", out);
    for (const struct importer *importer = importers; importer->name != NULL; importer++) {
        help_text_put_item(out, importer->name, importer->summary);
        print_recipe(importer->recipe, out);
    }
}

const struct command command_import = {
    .name = "import",
    .synopsis = "import [FORMAT] FILE -o OUT [--lenient]",
    .summary = "make a trace of a log of allocations",
    .operands = {{"FORMAT", VALUE_FORMAT,
                  "the tool that printed the log; the formats are listed below. Without it, or "
                  "as `auto`, the first lines of the log show it",
                  AT_MOST_ONCE},
                 {"FILE", VALUE_FILE,
                  "the log; it may be compressed with zstd or xz. - is standard input", ONCE}},
    .options = OPTION_BIT(OUTPUT) | OPTION_BIT(LENIENT),
    .required = OPTION_BIT(OUTPUT),
    .option_help = {[OPTION_OUTPUT] = "the trace to write; its name ends in .mmb, .mmb.zst or "
                                      ".mmb.xz. - is standard output"},
    .notes = "What the log holds besides the events of the trace is counted, and printed to "
             "standard error. An import that keeps nothing, or less than half of the allocations, "
             "fails unless --lenient is given.",
    .more_help = print_formats,
    .examples = "mmsim import ftrace /tmp/ftrace.txt -o own.mmb\n"
                "valgrind --trace-malloc=yes ls |& mmsim import valgrind - -o ls.mmb\n",
    .run = run,
};
