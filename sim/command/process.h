/* What a process of ours expects of its surroundings, and how it ends where a signal ends it. */
#ifndef COMMAND_PROCESS_H
#define COMMAND_PROCESS_H

/*
 * At the start of the program: the standard descriptors are open, so that no file that is opened
 * later takes the place of one that was closed, and gets the messages; and a limit on the size of
 * files (`ulimit -f`) is a failed write with its reason, not a signal.
 */
void process_begin(void);

/* End by this signal, as if nobody had handled it: a shell's status is 128 and its number. */
_Noreturn void process_end_by_signal(int number);

#endif
