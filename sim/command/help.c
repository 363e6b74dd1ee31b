#include "command/help.h"

#include <ctype.h>
#include <string.h>

#include "command/commands.h"
#include "command/help_text.h"
#include "command/status.h"
#include "trace/nearest_name.h"

/* ---- one command ---- */

static void put_operands(const struct command *command, FILE *out)
{
    int count = command_operands(command).named;

    if (count > 0)
        fputs("\nArguments:\n", out);
    for (int i = 0; i < count; i++) {
        const struct operand *operand = &command->operands[i];
        char word[32];

        snprintf(word, sizeof word, "%s%s", operand->name,
                 operand->count >= ONCE_OR_MORE ? " ..." : "");
        help_text_put_item(out, word, operand->help);
    }
}

static void put_option(const struct command *command, int option, FILE *out)
{
    const struct option_spec *spec = &option_specs[option];
    char word[48];
    int used = 0;

    if (spec->letter != 0)
        used = snprintf(word, sizeof word, "-%c, ", spec->letter);
    snprintf(word + used, sizeof word - (size_t)used, "--%s%s%s", spec->word,
             spec->argument != NULL ? " " : "", spec->argument != NULL ? spec->argument : "");
    help_text_put_item(out, word, command_option_help(command, option));
}

static void put_options(const struct command *command, FILE *out)
{
    fputs("\nOptions:\n", out);
    for (int i = 0; i < OPTION_COUNT; i++)
        if (option_in(command->options | OPTION_BIT(HELP), i))
            put_option(command, i, out);
}

static void put_examples(const char *examples, FILE *out)
{
    fputs("\nExamples:\n", out);
    for (const char *end; (end = strchr(examples, '\n')) != NULL; examples = end + 1)
        fprintf(out, "    %.*s\n", (int)(end - examples), examples);
}

/* Print a summary as a sentence. */
static void put_sentence(const char *summary, FILE *out)
{
    fprintf(out, "%c%s.\n", toupper((unsigned char)summary[0]), summary + 1);
}

void help_print_command(const struct command *command, FILE *out)
{
    help_text_put_usage(out, command->synopsis);
    put_sentence(command->summary, out);
    put_operands(command, out);
    put_options(command, out);
    if (command->notes != NULL) {
        fputc('\n', out);
        help_text_put(out, command->notes, 0);
    }
    if (command->more_help != NULL) {
        fputc('\n', out);
        command->more_help(out);
    }
    put_examples(command->examples, out);
    fputc('\n', out);
    status_print_brief(out);
}

/* ---- topics ---- */

static void print_status_topic(FILE *out)
{
    fputs("Exit statuses:\n", out);
    status_print(out);
}

static void print_json_topic(FILE *out)
{
    fputs("Commands that have --json, and print one JSON object with it:\n", out);
    for (const struct command *const *command = commands; *command != NULL; command++)
        if (option_in((*command)->options, OPTION_JSON))
            help_text_put_item(out, (*command)->name, (*command)->summary);
}

static const struct topic {
    const char *name;
    const char *summary;
    void (*print)(FILE *out);
} topics[] = {
    {"exit-status", "what the exit status of a command means", print_status_topic},
    {"json", "which commands have --json", print_json_topic},
};

#define TOPIC_COUNT (sizeof topics / sizeof topics[0])

static const struct topic *topic_find(const char *name)
{
    for (size_t i = 0; i < TOPIC_COUNT; i++)
        if (strcmp(topics[i].name, name) == 0)
            return &topics[i];
    return NULL;
}

/* ---- the overview ---- */

void help_print_overview(FILE *out)
{
    fputs("usage: mmsim COMMAND [ARGUMENT...] [OPTION...]\n"
          "mmsim runs a kernel's memory manager on a simulated machine, and drives it with\n"
          "traces of allocations.\n"
          "\nCommands:\n",
          out);
    for (const struct command *const *command = commands; *command != NULL; command++)
        help_text_put_item(out, (*command)->name, (*command)->summary);
    fputs("\nHelp:\n", out);
    help_text_put_item(out, "help COMMAND", "what COMMAND takes; so does `mmsim COMMAND --help`");
    for (size_t i = 0; i < TOPIC_COUNT; i++) {
        char word[32];

        snprintf(word, sizeof word, "help %s", topics[i].name);
        help_text_put_item(out, word, topics[i].summary);
    }
    help_text_put_item(out, "-h, --help", "this overview");
    help_text_put_item(out, "-V, --version", "the version, and the libraries it was built with");
    fputc('\n', out);
    status_print_brief(out);
}

/* ---- `mmsim help` ---- */

int help_refuse_command(const char *name)
{
    struct nearest_name nearest = nearest_name_begin(name, strlen(name));

    for (const struct command *const *command = commands; *command != NULL; command++)
        nearest_name_offer(&nearest, (*command)->name);
    nearest_name_offer(&nearest, "help");
    return bad_input("no command '%s'%s; `mmsim help` lists the commands", name,
                     nearest_name_hint(&nearest, "").text);
}

int help_run(const char *name)
{
    const struct command *command = name != NULL ? command_find(name) : NULL;
    const struct topic *topic = name != NULL ? topic_find(name) : NULL;

    if (command != NULL)
        help_print_command(command, stdout);
    else if (topic != NULL)
        topic->print(stdout);
    else if (name == NULL)
        help_print_overview(stdout);
    else
        return help_refuse_command(name);
    return STATUS_DONE;
}
