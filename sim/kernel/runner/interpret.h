/*
 * The guest without native execution, for hosts whose processor runs no 32-bit code for us (some
 * virtual machines have no 32-bit segments), and where the parent asks for it: each instruction is
 * decoded and emulated. Everything else is the same: MMU, TLB, devices, time, stops, events. It is
 * some hundred times slower than the processor.
 */
#ifndef RUNNER_INTERPRET_H
#define RUNNER_INTERPRET_H

/* Take the parent's signals. */
void interpret_install(void);

/* Run until the process ends. */
_Noreturn void interpret(void);

/* The same for a while, where the rest runs natively: until EIP has left the mixed frames. */
void interpret_mixed(void);

#endif
