/* The command line: which command, and has it what it needs? */
#include <stdio.h>
#include <string.h>

#include "command/commands.h"
#include "command/version.h"
#include "report/progress_bar.h"

static bool has_its_words(const struct command *command, const struct arguments *arguments)
{
    int needed = command->words & ~OR_MORE;
    bool too_few = arguments->count < needed;

    if (arguments->count == needed || (!too_few && (command->words & OR_MORE) != 0))
        return true;
    bad_input("%s: %s", command->name, too_few ? "something is missing" : "too many words");
    return false;
}

static int run_command(const struct command *command, int argc, char **argv)
{
    struct arguments arguments = {0};
    bool sound = arguments_parse(&arguments, argc, argv, command->options | OPTION_BIT(HELP));

    if (sound && arguments_have(&arguments, OPTION_HELP)) {
        command_print_help(command, stdout);
        return STATUS_DONE;
    }
    if (sound && has_its_words(command, &arguments)) {
        progress_bar_start(command->name);
        return command->run(&arguments);
    }
    fprintf(stderr, "usage: mmsim %s\n", command->synopsis);
    return STATUS_BAD_INPUT;
}

static int unknown_command(const char *name)
{
    bad_input("no command \"%s\"", name);
    commands_print_usage(stderr);
    return STATUS_BAD_INPUT;
}

static int run_help(int argc, char **argv)
{
    const struct command *command = argc > 2 ? command_find(argv[2]) : NULL;

    if (argc > 2 && command == NULL)
        return unknown_command(argv[2]);
    if (command != NULL)
        command_print_help(command, stdout);
    else
        commands_print_usage(stdout);
    return STATUS_DONE;
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        commands_print_usage(stderr);
        return STATUS_BAD_INPUT;
    }
    if (strcmp(argv[1], "--version") == 0) {
        version_print(stdout);
        return STATUS_DONE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
        return run_help(argc, argv);
    const struct command *command = command_find(argv[1]);
    return command != NULL ? run_command(command, argc - 1, argv + 1) : unknown_command(argv[1]);
}

int main(int argc, char **argv)
{
    int status = run(argc, argv);

    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    fputs("mmsim: standard output: cannot write\n", stderr);
    return STATUS_FAILED;
}
