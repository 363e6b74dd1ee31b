/* Completion in zsh: an _arguments call for each command. */
#include <string.h>

#include "command/commands.h"
#include "command/completion.h"

/* Characters that mean something in a description, or in one of _describe. */
#define IN_BRACKETS  "[]\\"
#define BEFORE_COLON ":\\"

/* ":NAME:ACTION": how a value is completed. */
static void put_action(const char *name, enum value_kind kind, FILE *out)
{
    fputc(':', out);
    completion_put_quoted(name, strlen(name), BEFORE_COLON, out);
    if (value_is_list(kind)) {
        fprintf(out, ":{_values -s , %s ", name);
        completion_put_words(kind, out);
        fputc('}', out);
    } else if (completion_has_words(kind)) {
        fputs(":(", out);
        completion_put_words(kind, out);
        fputc(')', out);
    } else {
        fputs(kind == VALUE_FILE ? ":_files" : ": ", out);
    }
}

/* One form of an option: '--ram=[description]:SIZE:(...)'. */
static void put_form(const struct command *command, int option, const char *form, FILE *out)
{
    const struct option_spec *spec = &option_specs[option];

    fputs(" \\\n            '", out);
    if (spec->letter != 0)
        fprintf(out, "(-%c --%s)", spec->letter, spec->word);
    fprintf(out, "%s[", form);
    completion_put_brief(command_option_help(command, option), IN_BRACKETS, out);
    fputc(']', out);
    if (spec->argument != NULL)
        put_action(spec->argument, spec->kind, out);
    fputc('\'', out);
}

static void put_option(const struct command *command, int option, FILE *out)
{
    const struct option_spec *spec = &option_specs[option];
    bool flag = spec->argument == NULL;
    char form[48];

    snprintf(form, sizeof form, "--%s%s", spec->word, flag ? "" : "=");
    put_form(command, option, form, out);
    if (spec->letter == 0)
        return;
    snprintf(form, sizeof form, "-%c%s", spec->letter, flag ? "" : "+");
    put_form(command, option, form, out);
}

static void put_operand(const struct operand *operand, int number, FILE *out)
{
    fputs(" \\\n            '", out);
    if (operand->count < ONCE_OR_MORE)
        fprintf(out, "%d", number);
    else
        fputc('*', out);
    put_action(operand->name, operand->kind, out);
    fputc('\'', out);
}

static void put_command(const struct command *command, FILE *out)
{
    int count = command_operands(command).named;

    fprintf(out, "        %s)\n            _arguments", command->name);
    for (int i = 0; i < OPTION_COUNT; i++)
        if (option_in(command->options | OPTION_BIT(HELP), i))
            put_option(command, i, out);
    for (int i = 0; i < count; i++)
        put_operand(&command->operands[i], i + 1, out);
    fputs("\n            ;;\n", out);
}

static void put_descriptions(FILE *out)
{
    for (const struct command *const *command = commands; *command != NULL; command++) {
        fprintf(out, "        '%s:", (*command)->name);
        completion_put_quoted((*command)->summary, strlen((*command)->summary), BEFORE_COLON, out);
        fputs("'\n", out);
    }
    fputs("        'help:print what a command takes'\n", out);
}

void completion_print_zsh(FILE *out)
{
    fputs("#compdef mmsim\n"
          "# Completion of mmsim's commands, options and values in zsh.\n"
          "# `mmsim completion zsh` printed it: do not edit it.\n\n"
          "_mmsim() {\n"
          "    local curcontext=$curcontext state line\n"
          "    local -a subcommands\n"
          "    subcommands=(\n",
          out);
    put_descriptions(out);
    fputs("    )\n"
          "    _arguments -C '(- *)'{-h,--help}'[print the overview]' \\\n"
          "        '(- *)'{-V,--version}'[print the version]' \\\n"
          "        '1:command:->command' '*::argument:->argument'\n"
          "    case $state in\n"
          "    command) _describe command subcommands ;;\n"
          "    argument)\n"
          "        case $line[1] in\n",
          out);
    for (const struct command *const *command = commands; *command != NULL; command++)
        put_command(*command, out);
    fputs("        help) _describe command subcommands ;;\n"
          "        esac\n"
          "        ;;\n"
          "    esac\n"
          "}\n\n"
          "# Autoloaded from a directory of $fpath, or sourced.\n"
          "if [ \"$funcstack[1]\" = _mmsim ]; then\n"
          "    _mmsim \"$@\"\n"
          "else\n"
          "    compdef _mmsim mmsim\n"
          "fi\n",
          out);
}
