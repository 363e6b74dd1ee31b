/* How the process begins, and how it ends by a signal. */
#ifndef COMMAND_PROCESS_H
#define COMMAND_PROCESS_H

/* Call this at the start of the program. It opens the standard descriptors that are closed, so that
 * no other file gets their numbers, and the messages. And it makes a write beyond the limit on the
 * size of files (`ulimit -f`) fail with a reason, instead of a signal. */
void process_begin(void);

/* End the process by this signal, as if it had not been handled: a shell sees the status 128 plus
 * its number. */
_Noreturn void process_end_by_signal(int number);

#endif
