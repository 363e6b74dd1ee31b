#include "support/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS_MAX 300u /* for a program that hangs, on a machine that is busy */

extern char **environ;

/* A nameless file to collect what a program writes. */
static int collect_open(void)
{
    char path[] = "/tmp/mmsim-test-XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);

    if (fd < 0)
        fail_msg("no temporary file: %s", strerror(errno));
    unlink(path);
    return fd;
}

static size_t collect_close(int fd, char *text, size_t room)
{
    size_t bytes = 0;
    ssize_t got;

    while (bytes < room - 1 && (got = pread(fd, text + bytes, room - 1 - bytes, (off_t)bytes)) > 0)
        bytes += (size_t)got;
    text[bytes] = '\0';
    close(fd);
    return bytes;
}

static pid_t spawn(const char *in, const char *out, int out_fd, int err_fd,
                   const char *const argv[])
{
    posix_spawn_file_actions_t files;
    pid_t pid;

    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, in != NULL ? in : "/dev/null", O_RDONLY,
                                     0);
    if (out != NULL)
        posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out, O_WRONLY | O_CREAT | O_TRUNC,
                                         0666);
    else
        posix_spawn_file_actions_adddup2(&files, out_fd, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, err_fd, STDERR_FILENO);
    int error = posix_spawnp(&pid, argv[0], &files, NULL, (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&files);
    if (error != 0)
        fail_msg("cannot run %s: %s", argv[0], strerror(error));
    return pid;
}

void program_run(struct program *program, const char *in, const char *out, const char *const argv[])
{
    int out_fd = collect_open();
    int err_fd = collect_open();
    struct rusage usage;
    int status;

    pid_t pid = spawn(in, out, out_fd, err_fd, argv);
    alarm(SECONDS_MAX);
    while (wait4(pid, &status, 0, &usage) < 0)
        if (errno != EINTR)
            fail_msg("cannot wait for %s: %s", argv[0], strerror(errno));
    alarm(0);
    program->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    program->peak_kib = usage.ru_maxrss;
    program->out_bytes = collect_close(out_fd, program->out, sizeof program->out);
    program->err_bytes = collect_close(err_fd, program->err, sizeof program->err);
}

void assert_output_has(const struct program *program, const char *lines)
{
    if (strstr(program->out, lines) == NULL)
        fail_msg("no \"%s\" in:\n%s", lines, program->out);
}

unsigned text_lines(const char *text)
{
    unsigned lines = 0;

    for (; *text != '\0'; text++)
        lines += *text == '\n' || text[1] == '\0';
    return lines;
}

unsigned text_columns(const char *text)
{
    unsigned widest = 0;
    unsigned columns = 0;

    for (; *text != '\0'; text++) {
        columns = *text == '\n' ? 0 : columns + (((unsigned char)*text & 0xc0) != 0x80);
        widest = columns > widest ? columns : widest;
    }
    return widest;
}
