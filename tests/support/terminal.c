#include "support/terminal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS_MAX   300u
#define INTERRUPT_KEY 3 /* ^C */

static void set(const char *name, const char *value)
{
    if (value != NULL)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

static _Noreturn void run(const struct terminal *terminal, const char *const argv[])
{
    set("TERM", terminal->kind != NULL ? terminal->kind : "xterm");
    set("NO_COLOR", terminal->no_color);
    set("COLUMNS", NULL);
    if (terminal->out != NULL) {
        int fd = open(terminal->out, O_WRONLY | O_CREAT | O_TRUNC, 0666);
        if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
            _exit(127);
    }
    alarm(SECONDS_MAX);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

/* Reads until every process has closed the terminal. */
static void listen(struct terminal *terminal, int fd)
{
    size_t bytes = 0;
    bool pressed = terminal->interrupt == NULL;
    ssize_t got;

    while (bytes < sizeof terminal->text - 1u) {
        got = read(fd, terminal->text + bytes, sizeof terminal->text - 1u - bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        bytes += (size_t)got;
        terminal->text[bytes] = '\0';
        if (!pressed && strstr(terminal->text, terminal->interrupt) != NULL)
            pressed = write(fd, &(char){INTERRUPT_KEY}, 1) == 1;
    }
    terminal->text[bytes] = '\0';
}

void terminal_run(struct terminal *terminal, const char *const argv[])
{
    const struct winsize size = {.ws_row = 40, .ws_col = (unsigned short)terminal->columns};
    int fd;
    int status;

    pid_t pid = forkpty(&fd, NULL, NULL, &size);
    assert_true(pid >= 0);
    if (pid == 0)
        run(terminal, argv);
    listen(terminal, fd);
    while (waitpid(pid, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    close(fd);
    terminal->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
