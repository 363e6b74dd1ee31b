/* `mmsim watch`: memory over time on a terminal, while the replay runs. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <mm/strategy.h>

#include "command/command.h"
#include "command/process.h"
#include "report/terminal_screen.h"
#include "report/watch_screen.h"

#define HELD_MOST 16u

struct watch {
    struct watch_view view;
    struct watch_picture picture;
    struct replay_worker worker;
    int held[HELD_MOST]; /* keys that were pressed while the worker was busy */
    uint32_t held_count;
    bool stale; /* the picture is */
    int signal;
};

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/* ---- a turn of the loop ---- */

static void draw(struct watch *watch)
{
    struct screen screen = terminal_screen_make();

    watch_draw(&screen, &watch->picture);
    terminal_screen_show(&screen);
    screen_free(&screen);
    watch->stale = false;
}

/* The process of a worker that could not be started again is missing. */
static void restart(struct watch *watch)
{
    if (replay_worker_restart(&watch->worker))
        return;
    watch->worker.view->state = WORKER_LOST;
    snprintf(watch->worker.view->reason, RUN_REASON_BYTES, "no process: %s", strerror(errno));
    watch_take(&watch->view, watch->worker.view);
}

static void give_work(struct watch *watch)
{
    struct worker_order order;

    if (watch->worker.busy)
        return;
    switch (watch_next(&watch->view, now_ms(), &order)) {
    case WATCH_WAIT:
        return;
    case WATCH_ORDER:
        replay_worker_order(&watch->worker, &order);
        return;
    case WATCH_RESTART:
        restart(watch);
    }
}

static void press(struct watch *watch, int key)
{
    watch_press(&watch->view, watch->worker.view, key);
    watch->stale = true;
}

static void press_held(struct watch *watch)
{
    for (uint32_t i = 0; i < watch->held_count; i++)
        press(watch, watch->held[i]);
    watch->held_count = 0;
}

/* The view of a busy worker may not be read, so keys wait until it is done; but q does not. */
static void read_keys(struct watch *watch)
{
    int key;

    while ((key = terminal_screen_key()) >= 0) {
        if (watch->worker.busy && key == 'q' && !watch->view.prompting)
            watch->view.quit = true;
        else if (key != 0 && watch->held_count < HELD_MOST)
            watch->held[watch->held_count++] = key;
    }
}

static void take_answer(struct watch *watch)
{
    replay_worker_take(&watch->worker);
    watch_take(&watch->view, watch->worker.view);
    watch->stale = true;
}

static void wait_for_news(struct watch *watch)
{
    int other = watch->worker.busy ? watch->worker.socket : -1;
    int most_ms = watch->view.mode == WATCH_RUNNING ? (int)WATCH_TICK_MS : -1;
    struct terminal_screen_news news = terminal_screen_wait(other, most_ms);

    watch->signal = news.signal;
    watch->stale = watch->stale || news.redraw;
    if (news.keys)
        read_keys(watch);
    if (news.other)
        take_answer(watch);
}

static void watch_loop(struct watch *watch)
{
    uint64_t drawn_ms = 0;

    while (!watch->view.quit && watch->signal == 0) {
        wait_for_news(watch);
        if (watch->worker.busy)
            continue;
        press_held(watch);
        if (watch->stale &&
            (watch->view.mode != WATCH_SEEKING || now_ms() >= drawn_ms + WATCH_TICK_MS)) {
            draw(watch);
            drawn_ms = now_ms();
        }
        give_work(watch);
    }
}

/* ---- the command ---- */

static int refuse_terminal(const struct sim_error *error)
{
    return bad_input("watch needs a terminal: %s; `mmsim replay` prints the results of a trace, "
                     "and `mmsim map` a picture of one moment",
                     error->text);
}

static int end_status(const struct watch *watch)
{
    const struct worker_view *shown = watch->worker.view;

    if (!watch->view.lost)
        return STATUS_DONE;
    return shown->bad_trace ? bad_input("%s", shown->reason)
                            : report_failure(watch->picture.strategy, shown->reason);
}

static int watch_run(struct watch *watch, const struct experiment_setup *setup)
{
    struct sim_error error;

    if (!replay_worker_start(&watch->worker, setup))
        return report_failure(setup->strategy, strerror(errno));
    watch->picture.view = &watch->view;
    watch->picture.shown = watch->worker.view;
    if (!terminal_screen_open(&error)) {
        replay_worker_end(&watch->worker);
        return refuse_terminal(&error);
    }
    watch_loop(watch);
    terminal_screen_close();
    int status = end_status(watch);
    replay_worker_end(&watch->worker);
    if (watch->signal != 0)
        process_end_by_signal(watch->signal);
    return status;
}

static int watch_trace(const struct arguments *arguments, struct trace *trace,
                       const struct strategy *strategy)
{
    static struct watch watch;
    struct machine_choice choice;
    uint64_t speed = 0;

    if (!count_of_arguments(arguments, OPTION_SPEED, 1, WATCH_SPEED_MAX, &speed) ||
        !machine_for_trace(arguments, trace, &choice))
        return STATUS_BAD_INPUT;
    const struct experiment_setup setup = {trace, strategy, &choice.map, NULL};
    watch.view = watch_begin(trace->header.events, speed);
    watch.picture =
        (struct watch_picture){.trace = trace, .strategy = strategy, .ram_bytes = choice.ram_bytes};
    return watch_run(&watch, &setup);
}

static int run(const struct arguments *arguments)
{
    const struct strategy *strategy = strategy_of_arguments(arguments);
    struct sim_error error;
    struct trace trace;

    if (strategy == NULL)
        return STATUS_BAD_INPUT;
    if (!isatty(STDOUT_FILENO)) {
        sim_error_set(&error, "standard output is not one");
        return refuse_terminal(&error);
    }
    if (!trace_open(&trace, arguments->words[0], &error))
        return report_error(&error);
    int status = watch_trace(arguments, &trace, strategy);
    trace_close(&trace);
    return status;
}

const struct command command_watch = {
    .name = "watch",
    .synopsis = "watch TRACE --strategy NAME [--ram SIZE | --memmap FILE] [--speed EVENTS]",
    .summary = "watch memory on a terminal while a trace is replayed",
    .operands = {TRACE_OPERAND},
    .options = MACHINE_OPTIONS | OPTION_BIT(STRATEGY) | OPTION_BIT(SPEED),
    .required = OPTION_BIT(STRATEGY),
    .notes = "Space pauses, n goes to the next failure, ? lists all keys, and q quits. Without "
             "colour, a cell of the map is a letter. This command needs ncurses, of Debian's "
             "package libncurses-dev, when mmsim is built.",
    .examples = "mmsim watch bench/traces/boot_2048.mmb.zst --strategy brk --ram 70M\n",
    .run = run,
};
