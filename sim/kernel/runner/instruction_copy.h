/*
 * Copies of instructions that the host executes in 64-bit mode, with their operand in memory of
 * ours: what instruction_native.c decides, made and entered. Nothing is checked here.
 */
#ifndef RUNNER_INSTRUCTION_COPY_H
#define RUNNER_INSTRUCTION_COPY_H

#include "runner/instructions.h"

#define COPY_OPERAND_MAX 128u /* FNSAVE's 108 bytes are the most */
#define COPY_FPU_BYTES   512u /* FXSAVE's image */

/* What the copy begins with, and ends with. The layout is known to copy_execute(). */
struct copy_registers {
    uint64_t general[GENERAL_COUNT]; /* in the hardware's order; that of ESP is not loaded */
    uint64_t flags;                  /* status flags only */
    void *fpu; /* x87, MMX and SSE state, aligned to 16; NULL: not loaded, not stored */
    _Alignas(16) unsigned char host_fpu[COPY_FPU_BYTES];
};

/* Make the memory of the copies executable, the first time. false: the host forbids it. */
bool copy_create(void);

/* The operand's memory. */
void *copy_operand(void);

#define COPY_SLOTS 2048u

/*
 * Write the copy in a slot. An operand in memory that ModRM names becomes copy_operand().
 * modrm_change is added to ModRM's bits modulo 2: for a register in another's place.
 */
void copy_write(uint32_t slot, const struct instruction *instruction, uint32_t modrm_change);

/* Execute it. */
void copy_execute(uint32_t slot, struct copy_registers *registers);

#endif
