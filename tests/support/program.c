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

#define SECONDS_MAX 300u /* long enough for a busy machine, and an end for a program that hangs */
#define WORDS_MAX   14u

extern char **environ;

/* Returns a nameless file that collects what a program writes. */
static int collect_open(void)
{
    char path[] = "/tmp/mmsim-test-XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);

    if (fd < 0)
        fail_msg("cannot make a temporary file: %s", strerror(errno));
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

void mmsim_run(struct program *program, const char *const words[])
{
    const char *argv[WORDS_MAX + 2u] = {MMSIM_PROGRAM};
    size_t count = 0;

    while (words[count] != NULL) {
        assert_true(count < WORDS_MAX);
        argv[count + 1u] = words[count];
        count++;
    }
    program_run(program, NULL, NULL, argv);
}

void assert_output_has(const struct program *program, const char *text)
{
    if (strstr(program->out, text) == NULL)
        fail_msg("\"%s\" is not in:\n%s", text, program->out);
}

void assert_error_has(const struct program *program, const char *text)
{
    if (strstr(program->err, text) == NULL)
        fail_msg("\"%s\" is not in:\n%s", text, program->err);
}

void assert_commands_refused(const struct refused_command commands[], size_t count)
{
    static struct program program;

    for (size_t i = 0; i < count; i++) {
        const char *words[REFUSED_WORDS_MAX + 1u] = {NULL};

        memcpy(words, commands[i].words, sizeof commands[i].words);
        mmsim_run(&program, words);
        if (program.status != 2 || strncmp(program.err, "mmsim: ", 7) != 0 ||
            text_lines(program.err) != 1 || strpbrk(program.err, "\033\r") != NULL ||
            strstr(program.err, commands[i].message) == NULL)
            fail_msg("%s: expected status 2 and one line with \"%s\"; got status %d and:\n%s",
                     words[0], commands[i].message, program.status, program.err);
        assert_string_equal(program.out, "");
    }
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
