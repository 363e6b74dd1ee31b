/* Runs mmsim on a pseudo-terminal and keeps what it writes there. */
#ifndef SUPPORT_TERMINAL_H
#define SUPPORT_TERMINAL_H

#include <stddef.h>

#define TERMINAL_OUT_BYTES 262144u

struct terminal {
    const char *kind;     /* the value of TERM; NULL: xterm */
    const char *no_color; /* the value of NO_COLOR; NULL: not set */
    unsigned columns;
    const char *out;       /* the file for standard output; NULL: the terminal */
    const char *interrupt; /* press ^C as soon as this text appears; NULL: never */
    int status; /* the exit status, or 128 plus the number of the signal that ended the program */
    char text[TERMINAL_OUT_BYTES]; /* what was written to the terminal; terminated */
};

/* Runs argv, which ends with NULL. COLUMNS is not set. */
void terminal_run(struct terminal *terminal, const char *const argv[]);

#define TERMINAL_MMSIM(terminal, ...)                                                              \
    terminal_run((terminal), (const char *const[]){MMSIM_PROGRAM, __VA_ARGS__, NULL})

#endif
