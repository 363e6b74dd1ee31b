/* A shell in a terminal that tmux emulates, so that a test can type, and look at the screen as a
 * person does. A test has one such terminal at a time. */
#ifndef SUPPORT_TMUX_H
#define SUPPORT_TMUX_H

#include <stdbool.h>

#define TMUX_SCREEN_BYTES 65536u

/* Whether tmux is installed. */
bool tmux_is_installed(void);

/* Start the terminal and a shell with this value of TERM, in the checkout's root. */
void tmux_start(unsigned columns, unsigned rows, const char *kind);
void tmux_end(void); /* if there is one */

/* Type a text, or press a key by tmux's name for it: "Enter", "Right", "C-c". */
void tmux_type(const char *text);
void tmux_press(const char *key);

/* Type a command line and Enter. */
void tmux_command(const char *line);

void tmux_resize(unsigned columns, unsigned rows);

/* What the screen shows; a line that was wrapped is one line again. Valid until the next call. */
const char *tmux_screen(void);

/* Wait until the screen shows the text, or does not. After ten seconds the test fails. */
void tmux_wait_for(const char *text);
void tmux_wait_without(const char *text);

/* A format of tmux's, such as "#{cursor_flag}", filled in; valid until the next call. */
const char *tmux_format(const char *format);

/* The process that the shell runs, and the first child of a process; 0: none. */
int tmux_process(void);
int tmux_child_of(int process);

#endif
