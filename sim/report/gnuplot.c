#include "report/gnuplot.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trace/temporary_file.h"

#define PROGRAM "gnuplot"
#define PACKAGE "gnuplot-nox"
#define NOT_RUN                                                                                    \
    127 /* the status of a process that could not run the program, if posix_spawnp() cannot say    \
           so, as under Valgrind */

/* Start the program. Returns false if that failed; errno says why. Its streams are files, not
 * pipes, so that nobody has to read while it runs. */
static bool spawn(pid_t *pid, int in, int out, int err)
{
    /* -d: ignore the user's settings; -: read the script from standard input */
    static const char *const words[] = {PROGRAM, "-d", "-", NULL};
    posix_spawn_file_actions_t actions;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    errno = posix_spawnp(pid, PROGRAM, &actions, NULL, (char *const *)(uintptr_t)words, environ);
    posix_spawn_file_actions_destroy(&actions);
    return errno == 0;
}

/* Find the last line that is not empty. */
static void last_line(FILE *file, char *line, size_t room)
{
    char buffer[256];

    rewind(file);
    while (fgets(buffer, sizeof buffer, file) != NULL) {
        buffer[strcspn(buffer, "\n")] = '\0';
        if (buffer[strspn(buffer, " \t")] != '\0')
            snprintf(line, room, "%s", buffer + strspn(buffer, " \t"));
    }
}

static bool not_installed(struct sim_error *error)
{
    return sim_error_set_writing(error, PROGRAM
                                 " draws plots, and is not installed: apt-get install " PACKAGE);
}

static bool collect(pid_t pid, FILE *words, struct sim_error *error)
{
    char last[256] = "it said nothing";
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return sim_error_set_writing(error, PROGRAM ": %s", strerror(errno));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    if (WIFSIGNALED(status))
        return sim_error_set_writing(error, PROGRAM ": %s", strsignal(WTERMSIG(status)));
    if (WEXITSTATUS(status) == NOT_RUN)
        return not_installed(error);
    last_line(words, last, sizeof last);
    return sim_error_set_writing(error, PROGRAM " failed, status %d: %s", WEXITSTATUS(status),
                                 last);
}

static bool run(FILE *script, FILE *drawn, FILE *words, struct sim_error *error)
{
    pid_t pid;

    if (fflush(script) != 0 || fflush(drawn) != 0)
        return sim_error_set_writing(error, "cannot write the script: %s", strerror(errno));
    rewind(script);
    if (spawn(&pid, fileno(script), fileno(drawn), fileno(words)))
        return collect(pid, words, error);
    if (errno == ENOENT)
        return not_installed(error);
    return sim_error_set_writing(error, "cannot run " PROGRAM ": %s", strerror(errno));
}

bool gnuplot_run(FILE *script, FILE *drawn, struct sim_error *error)
{
    /* If SIGCHLD is ignored, which is inherited, nobody can wait for the program. */
    const struct sigaction wait_for_child = {.sa_handler = SIG_DFL};
    struct sigaction inherited;
    FILE *words = spool_open_file(error);

    if (words == NULL)
        return false;
    sigaction(SIGCHLD, &wait_for_child, &inherited);
    long before = ftell(drawn);
    bool done = run(script, drawn, words, error);
    if (done && (fseek(drawn, 0, SEEK_END) != 0 || ftell(drawn) == before))
        done = sim_error_set_writing(error, PROGRAM " drew nothing");
    sigaction(SIGCHLD, &inherited, NULL);
    fclose(words);
    return done;
}
