/* The guest's x87, MMX and SSE state, in the signal's frame, for instructions that are emulated. */
#ifndef RUNNER_INSTRUCTION_FPU_H
#define RUNNER_INSTRUCTION_FPU_H

#include "runner/instruction_emulation.h"

#define FPU_CONTROL_MASKS     0x003fu /* x87: exceptions that are masked */
#define FPU_MXCSR_FLAGS       0x003fu /* SSE: exceptions that have happened, sticky */
#define FPU_MXCSR_OPERANDS    0x0007u /* those of operands: invalid, denormal, division by zero */
#define FPU_MXCSR_MASKS       0x1f80u /* the same bits, higher: do not raise */
#define FPU_MXCSR_MASKS_SHIFT 7u
#define FPU_MXCSR_VALID       0xffffu

/* May an instruction that instruction_uses_fpu() go on? false: raised #NM or #UD by CR0.MP, EM and
   TS, or #MF for an x87 exception that is pending. */
bool fpu_check(const struct instruction *instruction);

#endif
