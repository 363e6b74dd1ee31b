/* `mmsim completion`, and what the scripts of all shells share. */
#include "command/completion.h"

#include <mm/strategy.h>

#include <string.h>

#include "command/commands.h"
#include "lab/reduce.h"
#include "report/plot.h"
#include "trace/generate/generate.h"
#include "trace/import/import.h"

/* ---- the shells ---- */

static const struct shell {
    const char *name;
    void (*print)(FILE *out);
} shells[] = {
    {"bash", completion_print_bash},
    {"zsh", completion_print_zsh},
    {"fish", completion_print_fish},
};

#define SHELL_COUNT (sizeof shells / sizeof shells[0])

/* ---- words ---- */

struct word_list {
    FILE *out;
    bool begun;
};

static void put_word(struct word_list *list, const char *word, size_t bytes)
{
    fprintf(list->out, "%s%.*s", list->begun ? " " : "", (int)bytes, word);
    list->begun = true;
}

/* Put each word of a list such as "a,b c". */
static void put_each(struct word_list *list, const char *words)
{
    while (*words != '\0') {
        size_t bytes = strcspn(words, " ,");

        put_word(list, words, bytes);
        words += bytes + (words[bytes] != '\0');
    }
}

static void put_strategies(struct word_list *list)
{
    for (const struct strategy *const *strategy = mm_strategies; *strategy != NULL; strategy++)
        put_each(list, (*strategy)->name);
}

static void put_causes(struct word_list *list)
{
    put_each(list, "failure crash");
    for (uint32_t cause = 0; cause < MM_CAUSE_COUNT; cause++)
        if (cause != MM_OK)
            put_each(list, reduce_keep_name(cause));
}

static void put_formats(struct word_list *list)
{
    put_each(list, IMPORT_AUTO);
    for (const struct importer *importer = importers; importer->name != NULL; importer++)
        put_each(list, importer->name);
}

static void put_profiles(struct word_list *list)
{
    for (const struct profile *profile = profiles; profile->name != NULL; profile++)
        put_each(list, profile->name);
    put_each(list, profile_fragmented.name);
}

static void put_shells(struct word_list *list)
{
    for (size_t i = 0; i < SHELL_COUNT; i++)
        put_each(list, shells[i].name);
}

static void put_commands(struct word_list *list)
{
    for (const struct command *const *command = commands; *command != NULL; command++)
        put_each(list, (*command)->name);
    put_each(list, "help");
}

static void put_sizes(struct word_list *list)
{
    put_each(list, "32M 64M 128M 256M 512M 1G 2G");
}

static void put_panels(struct word_list *list)
{
    put_each(list, PLOT_PANELS_ALL);
}

static void (*const put_words[])(struct word_list *list) = {
    [VALUE_RAM] = put_sizes,
    [VALUE_STRATEGY] = put_strategies,
    [VALUE_STRATEGIES] = put_strategies,
    [VALUE_PANELS] = put_panels,
    [VALUE_CAUSE] = put_causes,
    [VALUE_FORMAT] = put_formats,
    [VALUE_PROFILE] = put_profiles,
    [VALUE_SHELL] = put_shells,
    [VALUE_COMMAND] = put_commands,
};

bool completion_has_words(enum value_kind kind)
{
    return kind <= VALUE_COMMAND && put_words[kind] != NULL;
}

void completion_put_words(enum value_kind kind, FILE *out)
{
    if (completion_has_words(kind))
        put_words[kind](&(struct word_list){.out = out});
}

/* ---- texts ---- */

void completion_put_quoted(const char *text, size_t bytes, const char *escaped, FILE *out)
{
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == '\'') {
            fputs("'\\''", out);
            continue;
        }
        if (strchr(escaped, text[i]) != NULL)
            fputc('\\', out);
        fputc(text[i], out);
    }
}

void completion_put_brief(const char *help, const char *escaped, FILE *out)
{
    completion_put_quoted(help, strcspn(help, ";"), escaped, out);
}

/* ---- the command ---- */

static int run(const struct arguments *arguments)
{
    const char *name = arguments->words[0];

    for (size_t i = 0; i < SHELL_COUNT; i++) {
        if (strcmp(shells[i].name, name) == 0) {
            shells[i].print(stdout);
            return STATUS_DONE;
        }
    }
    return bad_input("no completion for the shell '%s'; the shells are bash, zsh and fish", name);
}

const struct command command_completion = {
    .name = "completion",
    .synopsis = "completion SHELL",
    .summary = "print the completion script of a shell",
    .operands = {{"SHELL", VALUE_SHELL, "bash, zsh or fish", ONCE}},
    .notes = "`make install` installs all three. To use one for the present shell only, load what "
             "is printed.",
    .examples = "source <(mmsim completion bash)\n"
                "mmsim completion fish | source\n",
    .run = run,
};
