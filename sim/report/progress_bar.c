#include "report/progress_bar.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "report/numbers.h"
#include "report/terminal.h"

#define BAR_CELLS   20u
#define FIRST_MS    300u /* a step that ends before this shows nothing */
#define INTERVAL_MS 100u /* the time between two lines */
#define CLEAR       "\r\033[K"

/* ---- the text ---- */

static void put_time(char *text, size_t bytes, uint64_t seconds)
{
    if (seconds < 3600u)
        snprintf(text, bytes, ", %" PRIu64 ":%02" PRIu64 " to go", seconds / 60u, seconds % 60u);
    else
        snprintf(text, bytes, ", %" PRIu64 ":%02" PRIu64 ":%02" PRIu64 " to go", seconds / 3600u,
                 seconds / 60u % 60u, seconds % 60u);
}

/* "12.3 M events/s", "4.5 MiB/s" */
static void put_rate(char *text, size_t bytes, const struct progress *progress, uint64_t elapsed_ms)
{
    double rate = (double)progress->counted * 1000.0 / (double)elapsed_ms;

    if (strcmp(progress->unit, PROGRESS_BYTES) == 0)
        snprintf(text, bytes, ", %s/s", number_size((uint64_t)rate).text);
    else if (rate >= 999500.0)
        snprintf(text, bytes, ", %.1f M %s/s", rate / 1e6, progress->unit);
    else
        snprintf(text, bytes, ", %s %s/s", number_grouped((uint64_t)(rate + 0.5)).text,
                 progress->unit);
}

static void put_part(char *text, size_t bytes, double part)
{
    char bar[BAR_CELLS + 1u];

    memset(bar, '.', BAR_CELLS);
    memset(bar, '#', (size_t)(part * BAR_CELLS));
    bar[BAR_CELLS] = '\0';
    snprintf(text, bytes, "[%s] %.0f %%", bar, part * 100.0);
}

static void put_amount(char *text, size_t bytes, const struct progress *progress)
{
    if (strcmp(progress->unit, PROGRESS_BYTES) == 0)
        snprintf(text, bytes, "%s", number_size(progress->counted).text);
    else
        snprintf(text, bytes, "%s %s", number_grouped(progress->counted).text, progress->unit);
}

struct progress_text progress_text(const char *what, const char *note,
                                   const struct progress *progress, uint64_t elapsed_ms)
{
    double part = progress->total != 0 ? (double)progress->done / (double)progress->total : 0;
    char done[64];
    char rate[48] = "";
    char time[40] = "";
    struct progress_text line;

    if (progress->total != 0)
        put_part(done, sizeof done, part);
    else
        put_amount(done, sizeof done, progress);
    if (progress->counted != 0 && elapsed_ms != 0)
        put_rate(rate, sizeof rate, progress, elapsed_ms);
    if (part > 0)
        put_time(time, sizeof time,
                 (uint64_t)((double)elapsed_ms * (1.0 - part) / part / 1000.0 + 0.5));
    snprintf(line.text, sizeof line.text, "%s: %s%s%s%s%s", what, done, rate, time,
             note[0] != '\0' ? ", " : "", note);
    return line;
}

/* ---- the line on the terminal ---- */

static const char *shown_what;
static char shown_note[61];
static volatile sig_atomic_t line_stands;
static uint64_t step_began_ms; /* 0: there is no step */
static uint64_t last_ms;

/* ---- signals ---- */

static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
#define ENDING_COUNT (sizeof ending / sizeof ending[0])

static struct sigaction before[ENDING_COUNT];

static void write_clear(void)
{
    (void)!write(STDERR_FILENO, CLEAR, sizeof CLEAR - 1u);
}

/* Clear the line, and pass the signal on to its handler from before. */
static void on_signal(int number)
{
    write_clear();
    line_stands = 0;
    for (size_t i = 0; i < ENDING_COUNT; i++)
        if (ending[i] == number)
            sigaction(number, &before[i], NULL);
    raise(number);
}

/* The signals are taken only while the line is shown, because others that have files to remove
 * check the handlers. */
static void take_signals(void)
{
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

    for (size_t i = 0; i < ENDING_COUNT; i++) {
        sigaction(ending[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN)
            sigaction(ending[i], &action, NULL);
    }
}

/* Give back the signals that nobody else has taken meanwhile. */
static void give_signals_back(void)
{
    struct sigaction present;

    for (size_t i = 0; i < ENDING_COUNT; i++)
        if (sigaction(ending[i], NULL, &present) == 0 && present.sa_handler == on_signal)
            sigaction(ending[i], &before[i], NULL);
}

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

void progress_bar_clear(void)
{
    if (!line_stands)
        return;
    write_clear();
    line_stands = 0;
    give_signals_back();
}

/* The line is written by one call, and is narrower than the terminal, so that it does not wrap. */
static void put_line(const struct progress *progress, uint64_t elapsed_ms)
{
    struct progress_text text = progress_text(shown_what, shown_note, progress, elapsed_ms);
    char line[sizeof CLEAR + sizeof text.text];
    uint32_t width = terminal_width_of(STDERR_FILENO);

    if (width != 0 && strlen(text.text) >= width)
        text.text[width - 1u] = '\0';
    int bytes = snprintf(line, sizeof line, "%s%s", CLEAR, text.text);
    if (!line_stands)
        take_signals();
    line_stands = 1;
    (void)!write(STDERR_FILENO, line, (size_t)bytes);
}

static void show(const struct progress *progress, bool ended)
{
    uint64_t ms = now_ms();

    if (step_began_ms == 0)
        step_began_ms = last_ms = ms;
    if (ended) {
        progress_bar_clear();
        step_began_ms = 0;
        return;
    }
    if (ms - step_began_ms < FIRST_MS || ms - last_ms < INTERVAL_MS)
        return;
    last_ms = ms;
    put_line(progress, ms - step_began_ms);
}

void progress_bar_note(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(shown_note, sizeof shown_note, format, arguments);
    va_end(arguments);
}

void progress_bar_start(const char *what)
{
    if (!terminal_takes_escapes(STDERR_FILENO))
        return;
    shown_what = what;
    atexit(progress_bar_clear);
    progress_enable(show);
}
