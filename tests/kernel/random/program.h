/*
 * The few instructions of a case, as they are being written, and what is known of them: the general
 * registers of `before`, until an instruction may have changed them; the ring; how much of the x87
 * stack is in use; and which flags the last instruction leaves undefined.
 */
#ifndef RANDOM_PROGRAM_H
#define RANDOM_PROGRAM_H

#include "state.h"

#include <stdbool.h>
#include <stdint.h>

#define PROGRAM_BYTES_MAX 120u
#define INSTRUCTIONS_MAX  4u

struct program {
    unsigned char bytes[PROGRAM_BYTES_MAX];
    uint32_t count;
    uint32_t start; /* offset in the code pages */
    uint32_t ring;
    uint32_t instructions; /* complete ones */
    bool ends;             /* the last one: what follows it would not be comparable */
    uint32_t undefined;    /* flags */
    uint32_t undefined_at; /* offset of the instruction that leaves them so */
    uint32_t st_count;     /* x87 registers in use */
    bool cannot_return;    /* NT may be set: iret would switch tasks */
    bool keeps_gs;         /* GS may be null, whose use QEMU does not check */
    bool uses_mmx;
    bool may_trace;      /* TF may be set */
    bool may_be_refused; /* QEMU may do so before it has read all of an instruction */
    /* offsets of instructions, see rewrites_memory(), changes_fpu_early(), changes_flags_early() */
    uint32_t rewrites[INSTRUCTIONS_MAX], rewrite_count;
    uint32_t early[INSTRUCTIONS_MAX], early_count;
    uint32_t early_flags[INSTRUCTIONS_MAX], early_flags_count;
};
extern struct program program;

/* ---- numbers ---- */

void random_seed(uint32_t seed, uint32_t number);
uint32_t random_number(void);
uint32_t below(uint32_t n);
bool chance(uint32_t n); /* one in n */

/* One of the elements. */
#define PICK(array) ((array)[below(sizeof(array) / sizeof *(array))])

/* ---- writing ---- */

void put(uint32_t value, uint32_t bytes);

/* An offset in the window, mostly one where `bytes` bytes fit in the page. */
uint32_t aim(uint32_t bytes);
uint32_t aim_float(uint32_t bytes); /* in the page of floats, aligned */
uint32_t aim_stack(void);           /* in the second page of the stack, far from its ends */

/* A general register other than ESP in ring 0, where the stack must stay. */
uint32_t any_register(void);

/* The register gets this value: now, if it is not known any more; else from the start. */
void set_register(uint32_t number, uint32_t value);

/* Prefixes of a memory operand, chosen anew: a segment other than CS, 16-bit addresses. To be put
   before the opcode; put_memory() heeds them. */
void choose_prefixes(bool may_read_code);
void choose_exact_prefixes(void);
void put_prefixes(void);

/* ModRM, SIB and displacement: `reg` beside memory at an offset, or beside a register. */
void put_memory(uint32_t reg, uint32_t offset);

/* Memory at a linear address, whatever registers and segments are. The prefixes are "exact". */
void put_exact_memory(uint32_t reg, uint32_t linear);

/* The base of the segment that the prefixes name, by themselves DS. */
uint32_t prefixed_base(void);
uint32_t stack_base(void);
void put_registers(uint32_t reg, uint32_t rm);

/* The next instruction begins; its flags are undefined. */
void leaves_undefined(uint32_t flags);

/* The next instruction reads its operand in memory and writes it. */
void rewrites_memory(void);

/* QEMU changes the FPU's state for the next instruction before it accesses memory. */
void changes_fpu_early(void);

/* QEMU changes flags for the next instruction, and then it may fault. */
void changes_flags_early(void);

#endif
