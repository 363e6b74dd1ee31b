#include "report/watch_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/numbers.h"

#define SECONDS_OF_TRACE 60u
#define SPEED_LEAST      10u /* that is chosen */
#define STEPS_OF_TRACE   200u
#define ORDER_MS         40u /* the longest time until the next picture */
#define NO_FAILURE       UINT64_MAX

const struct watch_help_line watch_help[WATCH_HELP_LINES] = {
    {"space", "run or pause"},
    {". or right", "one event forward"},
    {", or left", "one event back"},
    {"> or page down", "half a percent of the trace forward"},
    {"< or page up", "half a percent back"},
    {"n", "to the next failure, as its request found memory"},
    {"p", "to the previous failure"},
    {"+ or up", "twice as fast"},
    {"- or down", "half as fast"},
    {"g", "to an event: its number, then Enter"},
    {"0 or home, e or end", "to the start, to the end"},
    {"?", "this help"},
    {"q", "quit"},
};

struct watch_view watch_begin(uint64_t events, uint64_t speed)
{
    if (speed == 0)
        speed = events / SECONDS_OF_TRACE > SPEED_LEAST ? events / SECONDS_OF_TRACE : SPEED_LEAST;
    return (struct watch_view){.events = events,
                               .speed = speed,
                               .mode = WATCH_RUNNING,
                               .event = 1,
                               .next = 1,
                               .failure_from = NO_FAILURE};
}

/* ---- what keys do ---- */

static uint64_t end_of(const struct watch_view *view)
{
    return view->events + 1u;
}

/* An event from the first to the end. */
static uint64_t clamped(const struct watch_view *view, uint64_t event)
{
    return event < 1u ? 1u : event > end_of(view) ? end_of(view) : event;
}

static void seek(struct watch_view *view, uint64_t event, uint64_t failure_from)
{
    view->mode = WATCH_SEEKING;
    view->goal = clamped(view, event);
    view->failure_from = failure_from;
    view->restart = view->lost || view->goal < view->next || view->failure_from < view->next;
    view->looking = false;
    view->message = NULL;
}

/* The first event whose failure has not been shown. */
static uint64_t after_shown_failure(const struct watch_view *view)
{
    return view->at_failure ? view->event + 1u : view->event;
}

static void step_forward(struct watch_view *view)
{
    seek(view, view->event + 1u, after_shown_failure(view));
}

static void step_back(struct watch_view *view, uint64_t events)
{
    seek(view, view->event > events ? view->event - events : 1u, NO_FAILURE);
}

static uint64_t long_step(const struct watch_view *view)
{
    return view->events / STEPS_OF_TRACE + 1u;
}

static void go_to_next_failure(struct watch_view *view)
{
    seek(view, end_of(view), after_shown_failure(view));
    view->looking = true;
}

static void go_to_previous_failure(struct watch_view *view, const struct worker_view *shown)
{
    uint64_t known = shown->failures < WORKER_FAILURES ? shown->failures : WORKER_FAILURES;

    for (uint64_t i = 1; i <= known; i++) {
        uint64_t event = shown->recent[(shown->failures - i) % WORKER_FAILURES].failure.event;
        if (event < view->event) {
            seek(view, event + 1u, event);
            return;
        }
    }
    view->mode = WATCH_PAUSED;
    view->message = shown->failures <= WORKER_FAILURES ? "no earlier failure"
                                                       : "the failures before are not known here";
}

static void run_or_pause(struct watch_view *view)
{
    view->message = NULL;
    if (view->mode != WATCH_PAUSED || view->event == end_of(view)) {
        view->mode = WATCH_PAUSED;
        return;
    }
    view->mode = WATCH_RUNNING;
    view->last_ms = 0;
    view->due = 0;
}

static void prompt_press(struct watch_view *view, int key)
{
    size_t digits = strlen(view->prompt);

    if (key >= '0' && key <= '9' && digits < WATCH_PROMPT_DIGITS) {
        view->prompt[digits] = (char)key;
        view->prompt[digits + 1u] = '\0';
    } else if (key == WATCH_BACKSPACE && digits != 0) {
        view->prompt[digits - 1u] = '\0';
    } else if (key == WATCH_ENTER || key == WATCH_ESCAPE) {
        view->prompting = false;
        if (key == WATCH_ENTER && digits != 0)
            seek(view, strtoull(view->prompt, NULL, 10), NO_FAILURE);
    }
}

static void start_prompt(struct watch_view *view)
{
    if (view->mode == WATCH_SEEKING)
        view->mode = WATCH_PAUSED;
    view->prompting = true;
    view->prompt[0] = '\0';
}

/* Returns false if the key means something else. */
static bool press_movement(struct watch_view *view, const struct worker_view *shown, int key)
{
    switch (key) {
    case '.':
        step_forward(view);
        return true;
    case ',':
        step_back(view, 1);
        return true;
    case '>':
        seek(view, view->event + long_step(view), NO_FAILURE);
        return true;
    case '<':
        step_back(view, long_step(view));
        return true;
    case 'n':
        go_to_next_failure(view);
        return true;
    case 'p':
        go_to_previous_failure(view, shown);
        return true;
    case '0':
        seek(view, 1, NO_FAILURE);
        return true;
    case 'e':
        seek(view, end_of(view), NO_FAILURE);
        return true;
    default:
        return false;
    }
}

static void press_control(struct watch_view *view, int key)
{
    switch (key) {
    case ' ':
        run_or_pause(view);
        break;
    case '+':
        view->speed = view->speed < WATCH_SPEED_MAX / 2u ? view->speed * 2u : WATCH_SPEED_MAX;
        break;
    case '-':
        view->speed = view->speed > 1u ? view->speed / 2u : 1u;
        break;
    case 'g':
        start_prompt(view);
        break;
    case '?':
    case 'h':
        view->help = true;
        break;
    case 'q':
        view->quit = true;
        break;
    default:
        break;
    }
}

void watch_press(struct watch_view *view, const struct worker_view *shown, int key)
{
    if (view->prompting)
        prompt_press(view, key);
    else if (view->help)
        view->help = false;
    else if (!press_movement(view, shown, key))
        press_control(view, key);
}

/* ---- orders ---- */

static uint64_t due_event(struct watch_view *view, uint64_t now_ms)
{
    if (view->last_ms != 0)
        view->due += (double)(now_ms - view->last_ms) * (double)view->speed / 1000.0;
    view->last_ms = now_ms;
    if (view->due > (double)(end_of(view) - view->next))
        return end_of(view);
    return view->next + (uint64_t)view->due;
}

static enum watch_action next_running(struct watch_view *view, uint64_t now_ms,
                                      struct worker_order *order)
{
    if (view->last_ms != 0 && now_ms < view->last_ms + WATCH_TICK_MS)
        return WATCH_WAIT;
    uint64_t until = due_event(view, now_ms);
    if (until == view->next && until != end_of(view))
        return WATCH_WAIT;
    view->due -= (double)(until - view->next);
    *order = (struct worker_order){until, NO_FAILURE, ORDER_MS};
    return WATCH_ORDER;
}

enum watch_action watch_next(struct watch_view *view, uint64_t now_ms, struct worker_order *order)
{
    if (view->mode == WATCH_RUNNING && view->lost)
        view->mode = WATCH_PAUSED;
    if (view->mode == WATCH_PAUSED)
        return WATCH_WAIT;
    if (view->mode == WATCH_RUNNING)
        return next_running(view, now_ms, order);
    if (view->restart) {
        view->restart = view->lost = false;
        view->next = 1;
        return WATCH_RESTART;
    }
    *order = (struct worker_order){view->goal, view->failure_from, ORDER_MS};
    return WATCH_ORDER;
}

/* ---- answers ---- */

static void take_seeking(struct watch_view *view)
{
    if (view->at_failure && view->event >= view->failure_from)
        view->mode = WATCH_PAUSED;
    if (view->mode != WATCH_SEEKING || view->event < view->goal)
        return;
    view->mode = WATCH_PAUSED;
    if (view->looking)
        view->message = "no further failure";
}

void watch_take(struct watch_view *view, const struct worker_view *shown)
{
    view->lost = shown->state == WORKER_LOST;
    if (view->lost) {
        view->mode = WATCH_PAUSED;
        return;
    }
    view->event = shown->event;
    view->next = shown->replayed + 1u;
    view->at_failure = shown->state == WORKER_AT_FAILURE;
    if (view->mode == WATCH_SEEKING)
        take_seeking(view);
    if (view->mode == WATCH_RUNNING && shown->state == WORKER_AT_END)
        view->mode = WATCH_PAUSED;
}

struct watch_state_text watch_state_text(const struct watch_view *view)
{
    struct watch_state_text state;

    if (view->lost)
        snprintf(state.text, sizeof state.text, "the replay has ended");
    else if (view->mode == WATCH_RUNNING)
        snprintf(state.text, sizeof state.text, "%s event%s/s", number_grouped(view->speed).text,
                 view->speed == 1 ? "" : "s");
    else if (view->mode == WATCH_SEEKING && view->looking)
        snprintf(state.text, sizeof state.text, "looking for a failure");
    else if (view->mode == WATCH_SEEKING)
        snprintf(state.text, sizeof state.text, "going to event %s",
                 number_grouped(view->goal).text);
    else if (view->event == end_of(view))
        snprintf(state.text, sizeof state.text, "end of the trace");
    else
        snprintf(state.text, sizeof state.text, "paused, %s events/s",
                 number_grouped(view->speed).text);
    return state;
}
