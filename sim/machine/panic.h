/*
 * Panics of the simulated machine. A panic prints one line and ends the process, or ends the run
 * that catches it. To stop at panics in a debugger, set a breakpoint on panic_raise.
 */
#ifndef MACHINE_PANIC_H
#define MACHINE_PANIC_H

/* Exit status of a process that a panic ended. */
#define MACHINE_PANIC_STATUS 70

/* Longer lines are cut. */
#define PANIC_LINE_BYTES 512u

/*
 * Call run(context) and catch its panic. Returns NULL when run() returned. Otherwise returns the
 * panic's line without a newline, valid until the next panic; nothing is printed, the signal mask
 * is as at the call, and what run() had begun is abandoned. Calls can nest; the innermost one
 * catches. run() must not leave by a longjmp of its own.
 */
const char *machine_catch_panic(void (*run)(void *context), void *context);

/* Panic with "panic: " and the formatted text. machine_panic() of <mm/machine.h> uses it. */
_Noreturn void panic_raise(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for failures of the host instead of the simulated code: the line is the text alone. */
_Noreturn void panic_raise_of_host(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
