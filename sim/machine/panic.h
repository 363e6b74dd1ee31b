/*
 * Panics of the simulated machine: one line, and the end of the process or of the run that caught
 * it. A debugger stops at one with a breakpoint on panic_raise.
 */
#ifndef MACHINE_PANIC_H
#define MACHINE_PANIC_H

/* Exit status of a process that a panic ended. */
#define MACHINE_PANIC_STATUS 70

/* Longer lines are cut. */
#define PANIC_LINE_BYTES 512u

/*
 * Call run(context) and catch its panic. NULL: it returned. Else the panic's line, without a
 * newline, valid until the next panic; nothing is printed, the signal mask is as at the call, and
 * what run() had under way is simply abandoned. Calls nest; the innermost catches. run() must not
 * leave by a longjmp of its own.
 */
const char *machine_catch_panic(void (*run)(void *context), void *context);

/* Panic with "panic: " and the text that printf would make. machine_panic() of the seam is made of
 * it. */
_Noreturn void panic_raise(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, where the host fails and not the code that the machine runs: the line is the text
   alone. */
_Noreturn void panic_raise_of_host(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
