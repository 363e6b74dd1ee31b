/* Completion in fish: a line for each command, and one for each of its options. */
#include <string.h>

#include "command/commands.h"
#include "command/completion.h"

#define ESCAPED "\\"

/* fish's quotes end at a ', and go on behind \'. */
static void put_description(const char *help, FILE *out)
{
    fputs(" -d '", out);
    completion_put_brief(help, ESCAPED, out);
    fputs("'\n", out);
}

static void begin_line(const struct command *command, FILE *out)
{
    fprintf(out, "complete -c mmsim -n '__fish_seen_subcommand_from %s'", command->name);
}

/* " -x -a WORDS": a value of words; " -r -F": a file; " -x": a text. */
static void put_value(enum value_kind kind, FILE *out)
{
    if (kind == VALUE_FILE) {
        fputs(" -r -F", out);
        return;
    }
    fputs(" -x", out);
    if (value_is_list(kind)) {
        fputs(" -a '(__fish_append , ", out);
        completion_put_words(kind, out);
        fputs(")'", out);
    } else if (completion_has_words(kind)) {
        fputs(" -a '", out);
        completion_put_words(kind, out);
        fputc('\'', out);
    }
}

static void put_option(const struct command *command, int option, FILE *out)
{
    const struct option_spec *spec = &option_specs[option];

    begin_line(command, out);
    if (spec->letter != 0)
        fprintf(out, " -s %c", spec->letter);
    fprintf(out, " -l %s", spec->word);
    if (spec->argument != NULL)
        put_value(spec->kind, out);
    put_description(command_option_help(command, option), out);
}

/* Words, or files, wherever no option's value stands. */
static void put_operands(const struct command *command, FILE *out)
{
    int count = command_operands(command).named;
    bool files = false;

    for (int i = 0; i < count; i++) {
        enum value_kind kind = command->operands[i].kind;

        files = files || kind == VALUE_FILE;
        if (!completion_has_words(kind))
            continue;
        begin_line(command, out);
        fputs(" -a '", out);
        completion_put_words(kind, out);
        fputc('\'', out);
        put_description(command->operands[i].name, out);
    }
    if (files) {
        begin_line(command, out);
        fputs(" -F\n", out);
    }
}

static void put_subcommand(const char *name, const char *summary, FILE *out)
{
    fprintf(out, "complete -c mmsim -n __fish_use_subcommand -a %s", name);
    put_description(summary, out);
}

void completion_print_fish(FILE *out)
{
    fputs("# Completion of mmsim's commands, options and values in fish.\n"
          "# `mmsim completion fish` printed it: do not edit it.\n\n"
          "complete -c mmsim -f\n"
          "complete -c mmsim -n __fish_use_subcommand -s h -l help -d 'print the overview'\n"
          "complete -c mmsim -n __fish_use_subcommand -s V -l version -d 'print the version'\n",
          out);
    for (const struct command *const *command = commands; *command != NULL; command++) {
        put_subcommand((*command)->name, (*command)->summary, out);
        for (int i = 0; i < OPTION_COUNT; i++)
            if (option_in((*command)->options | OPTION_BIT(HELP), i))
                put_option(*command, i, out);
        put_operands(*command, out);
    }
    put_subcommand("help", "print what a command takes", out);
    fputs("complete -c mmsim -n '__fish_seen_subcommand_from help' -a '", out);
    completion_put_words(VALUE_COMMAND, out);
    fputs("'\n", out);
}
