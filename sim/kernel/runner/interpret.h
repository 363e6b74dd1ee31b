/*
 * Runs the guest without native execution: each instruction is decoded and emulated. This is for
 * hosts that cannot run 32-bit code (some virtual machines have no 32-bit segments), and for
 * parents that request it. MMU, TLB, devices, time, stops and events work as in native execution.
 * It is a few hundred times slower than the processor.
 */
#ifndef RUNNER_INTERPRET_H
#define RUNNER_INTERPRET_H

/* Installs the handlers of the parent's signals. */
void interpret_install(void);

/* Runs the guest until the process ends. */
_Noreturn void interpret(void);

/* Interprets until EIP has left the mixed frames; the rest of the guest runs natively. */
void interpret_mixed(void);

#endif
