/*
 * What a person does with `mmsim watch`, without a terminal: keys become orders to the replay, and
 * its answers become what is shown.
 */
#ifndef REPORT_WATCH_VIEW_H
#define REPORT_WATCH_VIEW_H

#include "lab/replay_worker.h"

/* Keys are characters, or one of these. */
enum watch_key { WATCH_ENTER = '\n', WATCH_ESCAPE = 0x1b, WATCH_BACKSPACE = 0x7f };

enum watch_mode {
    WATCH_PAUSED,
    WATCH_RUNNING, /* at `speed` */
    WATCH_SEEKING  /* to `goal`, as fast as it goes */
};

#define WATCH_TICK_MS       50u                  /* between two pictures, about */
#define WATCH_SPEED_MAX     UINT64_C(1000000000) /* events a second */
#define WATCH_PROMPT_DIGITS 15u

struct watch_view {
    uint64_t events; /* of the trace */
    uint64_t speed;  /* events a second, at least 1 */
    enum watch_mode mode;
    uint64_t event; /* memory is that before this event */
    bool at_failure;
    bool lost;             /* the replay has ended before its time */
    uint64_t next;         /* the first event that is still to be replayed */
    uint64_t goal;         /* WATCH_SEEKING: the event */
    uint64_t failure_from; /* stop at a failure from this event on; UINT64_MAX: at none */
    bool restart;          /* the replay must start again, because it cannot go back */
    bool looking;          /* for a failure, not for the goal */
    uint64_t last_ms;      /* WATCH_RUNNING: when events were last due; 0: not yet */
    double due;            /* events that are due and not yet ordered */
    bool help;
    bool prompting; /* for an event to go to */
    char prompt[WATCH_PROMPT_DIGITS + 1u];
    const char *message; /* NULL: none */
    bool quit;
};

/* speed 0: so that the trace takes about a minute. */
struct watch_view watch_begin(uint64_t events, uint64_t speed);

/* Do what a key means. `shown` has the failures that are known. Unknown keys do nothing. */
void watch_press(struct watch_view *view, const struct worker_view *shown, int key);

enum watch_action { WATCH_WAIT, WATCH_ORDER, WATCH_RESTART };

/* What to do now, if the worker is not busy: wait, give it *order, or restart it first and ask
   again when it has answered. */
enum watch_action watch_next(struct watch_view *view, uint64_t now_ms, struct worker_order *order);

/* The worker has answered. */
void watch_take(struct watch_view *view, const struct worker_view *shown);

/* "paused", "13,289 events/s", "going to event 5,000", "end of the trace" */
#define WATCH_STATE_BYTES 64u
struct watch_state_text {
    char text[WATCH_STATE_BYTES];
};
struct watch_state_text watch_state_text(const struct watch_view *view);

/* A key and what it does. */
struct watch_help_line {
    const char *keys;
    const char *meaning;
};
#define WATCH_HELP_LINES 13u
extern const struct watch_help_line watch_help[WATCH_HELP_LINES];

#endif
