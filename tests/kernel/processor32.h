/*
 * The host's processor executes one instruction of 32-bit code in a memory of its own, and returns
 * the resulting state. The code around the instruction is filled with HLT, so the processor traps
 * wherever the instruction goes. Signals report all other exceptions.
 *
 * A host without 32-bit segments can also execute instructions, if 64-bit mode has them with the
 * same operands: they must not use the stack, and must have 32-bit addresses.
 */
#ifndef TESTS_KERNEL_PROCESSOR32_H
#define TESTS_KERNEL_PROCESSOR32_H

#include "runner/instructions.h"

#define PROCESSOR32_BYTES   0x10000u /* addresses 0x1000 to 0xffff are memory */
#define PROCESSOR32_GS_BASE 0x1000u  /* DS, ES and SS begin at 0; all reach to the end of 4 GiB */
#define PROCESSOR32_EIP     0x4000u  /* address of the instruction, in a code segment of 64 KiB */
#define PROCESSOR32_FXSAVE  512u

/* Registers in the hardware's order. */
struct processor32 {
    uint32_t general[8], eip, eflags;
    _Alignas(16) unsigned char fpu[PROCESSOR32_FXSAVE]; /* FXSAVE's image */
    uint32_t vector, error, cr2; /* of the exception; vector 13 with EIP at a HLT: none was
                                    raised */
};

/* Create the memory. Returns false when the host refuses; `reason` says what is missing. */
bool processor32_create(const char **reason);

/* Returns whether the host has 32-bit segments. */
bool processor32_has_segments(void);

/* Set the rights of a page of the memory, as for mprotect(). */
void processor32_protect(uint32_t address, int rights);

/* Returns whether this host can execute the instruction. */
bool processor32_can(const struct instruction *instruction);

/* Execute an instruction; eip is set here. If eip is PROCESSOR32_EIP afterwards, the instruction
   raised `vector`. */
void processor32_run(struct processor32 *processor, const unsigned char *bytes, uint32_t count);

#endif
