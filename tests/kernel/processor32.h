/*
 * The host's processor executes one instruction of 32-bit code, in memory of its own, and says what
 * it left. The code around the instruction is full of HLT, so that wherever the instruction goes,
 * the processor traps there. Signals say the rest.
 *
 * A host without 32-bit segments executes the instructions that 64-bit mode has, too, with the same
 * operands: those that do not use the stack, and name their addresses with 32 bits.
 */
#ifndef TESTS_KERNEL_PROCESSOR32_H
#define TESTS_KERNEL_PROCESSOR32_H

#include "runner/instructions.h"

#define PROCESSOR32_BYTES   0x10000u /* addresses 0x1000 to 0xffff are memory */
#define PROCESSOR32_GS_BASE 0x1000u  /* DS, ES and SS begin at 0; all reach to the end of 4 GiB */
#define PROCESSOR32_EIP     0x4000u  /* where the instruction is, in a code segment of 64 KiB */
#define PROCESSOR32_FXSAVE  512u

/* Registers in the hardware's order. */
struct processor32 {
    uint32_t general[8], eip, eflags;
    _Alignas(16) unsigned char fpu[PROCESSOR32_FXSAVE]; /* FXSAVE's image */
    uint32_t vector, error, cr2; /* of the exception; 13 with EIP at a HLT: there was none */
};

/* false: the host does not let it have this memory; `reason` says what is missing. */
bool processor32_create(const char **reason);

/* Has the host 32-bit segments? */
bool processor32_has_segments(void);

/* Rights of a page of the memory, as of mprotect(). */
void processor32_protect(uint32_t address, int rights);

/* Can this host execute it? */
bool processor32_can(const struct instruction *instruction);

/* Execute it; eip is set here. Where eip is PROCESSOR32_EIP afterwards, it raised `vector`. */
void processor32_run(struct processor32 *processor, const unsigned char *bytes, uint32_t count);

#endif
