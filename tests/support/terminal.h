/* Runs mmsim on a terminal of its own, and keeps what the terminal was told. */
#ifndef SUPPORT_TERMINAL_H
#define SUPPORT_TERMINAL_H

#include <stddef.h>

#define TERMINAL_OUT_BYTES 262144u

struct terminal {
    const char *kind;     /* TERM; NULL: xterm */
    const char *no_color; /* NO_COLOR; NULL: not set */
    unsigned columns;
    const char *out;       /* a file that standard output goes to; NULL: the terminal */
    const char *interrupt; /* when the terminal has been told this, press ^C; NULL: never */
    int status;            /* as a shell has it: 128 and the signal's number where one ended it */
    char text[TERMINAL_OUT_BYTES]; /* what the terminal was told, terminated */
};

/* Run argv, ended by NULL. COLUMNS is not set. */
void terminal_run(struct terminal *terminal, const char *const argv[]);

#define TERMINAL_MMSIM(terminal, ...)                                                              \
    terminal_run((terminal), (const char *const[]){MMSIM_PROGRAM, __VA_ARGS__, NULL})

#endif
