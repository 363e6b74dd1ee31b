/*
 * Writes and executes copies of guest instructions. The host executes a copy in 64-bit mode, and an
 * operand in memory is replaced by a buffer of the runner. instruction_native.c decides which
 * instructions are copied; nothing is checked here.
 */
#ifndef RUNNER_INSTRUCTION_COPY_H
#define RUNNER_INSTRUCTION_COPY_H

#include "runner/instructions.h"

#define COPY_OPERAND_MAX 128u /* FNSAVE's 108 bytes are the most */
#define COPY_FPU_BYTES   512u /* FXSAVE's image */

/* The registers before and after the copy. copy_execute() relies on the layout. */
struct copy_registers {
    uint64_t general[GENERAL_COUNT]; /* in the hardware's order; ESP's is not loaded */
    uint64_t flags;                  /* status flags only */
    void *fpu; /* x87, MMX and SSE state, aligned to 16; NULL: neither loaded nor stored */
    _Alignas(16) unsigned char host_fpu[COPY_FPU_BYTES];
};

/* Makes the memory of the copies executable; further calls do nothing. Returns false if the host
   forbids it. */
bool copy_create(void);

/* Returns the buffer that stands for an operand in memory, of COPY_OPERAND_MAX bytes. */
void *copy_operand(void);

#define COPY_SLOTS 2048u

/*
 * Writes the copy of an instruction in a slot. An operand in memory that ModRM names becomes
 * copy_operand(). ModRM is XORed with modrm_change, which replaces a register by another.
 */
void copy_write(uint32_t slot, const struct instruction *instruction, uint32_t modrm_change);

/* Executes the copy in a slot. */
void copy_execute(uint32_t slot, struct copy_registers *registers);

#endif
