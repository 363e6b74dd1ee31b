/* The command line. It finds the command, checks its arguments, runs it, and checks that its output
 * was written. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command/commands.h"
#include "command/help.h"
#include "command/process.h"
#include "command/version.h"
#include "report/progress_bar.h"
#include "trace/nearest_name.h"

static int run_command(const struct command *command, int argc, char **argv)
{
    struct arguments arguments;

    if (!arguments_parse(&arguments, argc, argv, command->options | OPTION_BIT(HELP)))
        return STATUS_BAD_INPUT;
    if (arguments_have(&arguments, OPTION_HELP)) {
        help_print_command(command, stdout);
        return STATUS_DONE;
    }
    if (!command_check(command, &arguments))
        return STATUS_BAD_INPUT;
    progress_bar_start(command->name);
    return command->run(&arguments);
}

static int refuse_option(const char *word)
{
    struct nearest_name nearest = nearest_name_begin(word, strlen(word));

    nearest_name_offer(&nearest, "--help");
    nearest_name_offer(&nearest, "--version");
    return bad_input("no option '%s' before a command%s; see `mmsim help`", word,
                     nearest_name_hint(&nearest, "").text);
}

static bool is_one_of(const char *word, const char *const names[])
{
    for (; *names != NULL; names++)
        if (strcmp(word, *names) == 0)
            return true;
    return false;
}

static int refuse_argument(char **argv, int index)
{
    return bad_input("%s: unexpected argument '%s'; see `mmsim help`", argv[1], argv[index]);
}

static int run(int argc, char **argv)
{
    static const char *const help[] = {"help", "--help", "-h", NULL};
    static const char *const version[] = {"version", "--version", "-V", NULL};
    const char *name = argc > 2 ? argv[2] : NULL;

    if (argc < 2) {
        help_print_overview(stderr);
        return STATUS_BAD_INPUT;
    }
    const struct command *command = command_find(argv[1]);
    if (command != NULL)
        return run_command(command, argc - 1, argv + 1);
    if (is_one_of(argv[1], help))
        return argc > 3                                ? refuse_argument(argv, 3)
               : name != NULL && is_one_of(name, help) ? help_run(NULL)
                                                       : help_run(name);
    if (is_one_of(argv[1], version)) {
        if (name != NULL)
            return refuse_argument(argv, 2);
        version_print(stdout);
        return STATUS_DONE;
    }
    return argv[1][0] == '-' ? refuse_option(argv[1]) : help_refuse_command(argv[1]);
}

/* The reason why standard output did not take the output. If an earlier write failed, the reason is
 * lost, and one more byte is written to find it. */
static const char *output_reason(bool flushed)
{
    if (flushed && write(STDOUT_FILENO, "\n", 1) == 1)
        return "an earlier write failed";
    return strerror(errno);
}

int main(int argc, char **argv)
{
    process_begin();
    int status = run(argc, argv);
    bool flushed = fflush(stdout) == 0;

    if (flushed && !ferror(stdout))
        return status;
    fprintf(stderr, "mmsim: standard output: cannot write: %s\n", output_reason(flushed));
    return STATUS_FAILED;
}
