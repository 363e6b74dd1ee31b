/*
 * Instructions that the host's processor executes on a copy. One with general or FPU registers, and
 * at most one operand in memory that its ModRM byte names, is copied with an address of ours in
 * place of the guest's, and executed here, in 64-bit mode, with the guest's registers and flags:
 *
 *     or   %eax,0x123(%ebx,%esi,4)     read 4 bytes of the guest at DS:EBX+ESI*4+0x123,
 *     or   %eax,operand(%rip); ret     execute this, and write the 4 bytes back
 *
 * So results and flags are a processor's, those that the manuals leave undefined too.
 */
#ifndef RUNNER_INSTRUCTION_NATIVE_H
#define RUNNER_INSTRUCTION_NATIVE_H

#include "runner/instruction_emulation.h"

/* PROGRESS_UNKNOWN: not an instruction of the kind, or the host forbids memory that is writable and
   executable. #DE is not expected: emulate_divide() goes
   before. */
emulate_function emulate_native;

#endif
