/*
 * The host's processor in 32-bit mode: executes one instruction in segments of its own, and says
 * what it left. The code segment is full of HLT, so that wherever the instruction goes, the
 * processor traps there. Signals say the rest.
 */
#ifndef TESTS_KERNEL_PROCESSOR32_H
#define TESTS_KERNEL_PROCESSOR32_H

#include <stdbool.h>
#include <stdint.h>

#define PROCESSOR32_BYTES    0x10000u /* of the data segment, and of the code segment */
#define PROCESSOR32_GS_BASE  0x1000u  /* where GS begins in the data segment */
#define PROCESSOR32_PAGE     0x1000u
#define PROCESSOR32_EIP      0x4000u  /* where the instruction is */
#define PROCESSOR32_FXSAVE   512u

/* Registers in the hardware's order. */
struct processor32 {
    uint32_t general[8], eip, eflags;
    _Alignas(16) unsigned char fpu[PROCESSOR32_FXSAVE]; /* FXSAVE's image */
    uint32_t vector, error, cr2; /* of the exception; 13 with EIP at a HLT: there was none */
};

/* false: the host has no 32-bit segments, and `reason` says why. */
bool processor32_create(const char **reason);

/* The data segment's bytes; DS, ES and SS have all of it, GS what is from PROCESSOR32_GS_BASE on. */
unsigned char *processor32_memory(void);

/* Rights of a page of the data segment, as of mprotect(). */
void processor32_protect(uint32_t page, int rights);

/* Execute an instruction; eip is set here. Does it begin at PROCESSOR32_EIP afterwards, it raised
   the exception `vector`. */
void processor32_run(struct processor32 *processor, const unsigned char *bytes, uint32_t count);

#endif
