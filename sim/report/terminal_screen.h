/*
 * The terminal as a screen, with ncurses, which knows the control sequences of every kind of
 * terminal, and sends only what has changed. However the program ends, the terminal is left as it
 * was: at exit(), by a signal, by ^Z, and also if the program itself crashes. There is one such
 * screen in a process.
 */
#ifndef REPORT_TERMINAL_SCREEN_H
#define REPORT_TERMINAL_SCREEN_H

#include "report/screen.h"
#include "trace/error.h"

/* Take over the terminal on standard output; keys are read from there, too, even if standard input
 * is something else. Returns false with the reason: there is no terminal, it cannot place the
 * cursor, its kind is unknown, or this program has been built without ncurses. */
bool terminal_screen_open(struct sim_error *error);

/* Leave the terminal as it was. */
void terminal_screen_close(void);

/* An empty screen of the terminal's present size. The caller draws on it, shows it, and frees it.
 */
struct screen terminal_screen_make(void);
void terminal_screen_show(const struct screen *screen);

/* What terminal_screen_wait() has waited for. */
struct terminal_screen_news {
    bool keys;   /* terminal_screen_key() has some */
    bool other;  /* the other descriptor can be read */
    bool redraw; /* the size has changed, or something else has used the terminal */
    int signal;  /* SIGINT, SIGTERM, SIGHUP or SIGQUIT has come; 0: none */
};

/* Wait for keys, a signal, the descriptor `other` (-1: none), or the end of so many milliseconds
 * (-1: without end). ^Z stops the process, as ever, before the function returns. */
struct terminal_screen_news terminal_screen_wait(int other, int most_ms);

/* The next key, as in report/watch_view.h; -1: there is none, 0: one that has no meaning. */
int terminal_screen_key(void);

#endif
