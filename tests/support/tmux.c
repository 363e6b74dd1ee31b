#include "support/tmux.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/program.h"
#include "support/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS  10000u
#define SLEEP_MS 20u

static struct program tmux;
static char size_text[2][16];

/* Each terminal has a server of its own, because one that has been told to end needs a moment. The
   sockets lie in the directory of the test program. */
static unsigned server;
static bool running;

static const char *socket_path(void)
{
    char name[32];

    snprintf(name, sizeof name, "tmux-%u", server);
    return scratch_path(name);
}

static void run(const char *const words[])
{
    const char *argv[32] = {"tmux", "-f", "/dev/null", "-S", socket_path()};
    size_t count = 5;

    for (size_t i = 0; words[i] != NULL && count < 31; i++)
        argv[count++] = words[i];
    program_run(&tmux, NULL, NULL, argv);
}

#define TMUX(...) run((const char *const[]){__VA_ARGS__, NULL})

static void assert_done(void)
{
    if (tmux.status != 0)
        fail_msg("tmux: %s", tmux.err);
}

bool tmux_is_installed(void)
{
    static const char *const argv[] = {"tmux", "-V", NULL};

    program_run(&tmux, NULL, NULL, argv);
    return tmux.status == 0;
}

static const char *number(unsigned value, unsigned i)
{
    snprintf(size_text[i], sizeof size_text[i], "%u", value);
    return size_text[i];
}

void tmux_start(unsigned columns, unsigned rows, const char *kind)
{
    char shell[128];

    server++;
    snprintf(shell, sizeof shell,
             "env -u NO_COLOR -u COLORTERM PS1='ready ' LC_ALL=C.UTF-8 TERM=%s sh", kind);
    TMUX("new-session", "-d", "-x", number(columns, 0), "-y", number(rows, 1), shell);
    assert_done();
    running = true;
    tmux_wait_for("ready");
}

void tmux_end(void)
{
    if (running)
        TMUX("kill-server");
    running = false;
}

void tmux_type(const char *text)
{
    TMUX("send-keys", "-l", text);
    assert_done();
}

void tmux_press(const char *key)
{
    TMUX("send-keys", key);
    assert_done();
}

void tmux_command(const char *line)
{
    tmux_type(line);
    tmux_press("Enter");
}

void tmux_resize(unsigned columns, unsigned rows)
{
    TMUX("resize-window", "-x", number(columns, 0), "-y", number(rows, 1));
    assert_done();
}

const char *tmux_screen(void)
{
    TMUX("capture-pane", "-p", "-J");
    assert_done();
    return tmux.out;
}

static void wait_until(const char *text, bool shown)
{
    const struct timespec nap = {0, SLEEP_MS * 1000000L};

    for (unsigned ms = 0; (strstr(tmux_screen(), text) != NULL) != shown; ms += SLEEP_MS) {
        if (ms >= WAIT_MS)
            fail_msg("the screen %s '%s':\n%s", shown ? "does not show" : "still shows", text,
                     tmux.out);
        nanosleep(&nap, NULL);
    }
}

void tmux_wait_for(const char *text)
{
    wait_until(text, true);
}

void tmux_wait_without(const char *text)
{
    wait_until(text, false);
}

const char *tmux_format(const char *format)
{
    TMUX("display-message", "-p", format);
    assert_done();
    tmux.out[strcspn(tmux.out, "\n")] = '\0';
    return tmux.out;
}

int tmux_child_of(int process)
{
    char path[64];
    int child = 0;

    snprintf(path, sizeof path, "/proc/%d/task/%d/children", process, process);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%d", &child) != 1)
        child = 0;
    fclose(file);
    return child;
}

int tmux_process(void)
{
    return tmux_child_of(atoi(tmux_format("#{pane_pid}")));
}
