/*
 * The most frequent instructions in a compact form, for the interpreter. It covers 32-bit addresses
 * and memory that is at hand (guest_memory.h) within the segment's limit. Everything else is left
 * to instruction_emulate(), which raises exceptions, fills the TLB and informs the oracle.
 */
#ifndef RUNNER_INSTRUCTION_QUICK_H
#define RUNNER_INSTRUCTION_QUICK_H

#include "runner/instructions.h"

/* The operations. quick_arithmetic() takes those up to QUICK_IMUL, except QUICK_NOT. */
enum quick_operation {
    QUICK_ADD,
    QUICK_OR,
    QUICK_ADC,
    QUICK_SBB,
    QUICK_AND,
    QUICK_SUB,
    QUICK_XOR,
    QUICK_CMP,
    QUICK_TEST,
    QUICK_INC,
    QUICK_DEC,
    QUICK_NEG,
    QUICK_NOT,
    QUICK_SHL,
    QUICK_SHR,
    QUICK_SAR,
    QUICK_IMUL,
    QUICK_MOV,
    QUICK_MOVSX,
    QUICK_LEA,
    QUICK_SETCC,
    QUICK_CMOVCC,
    QUICK_CDQ,
    QUICK_NOP,
    QUICK_PUSH,
    QUICK_POP,
    QUICK_LEAVE,
    QUICK_CALL,
    QUICK_RET,
    QUICK_JMP,
    QUICK_JCC,
    QUICK_NONE, /* the instruction has no compact form */
};

enum quick_kind { QUICK_ABSENT, QUICK_REGISTER, QUICK_MEMORY, QUICK_IMMEDIATE };

#define QUICK_NO_REGISTER GENERAL_COUNT

struct quick_operand {
    uint8_t kind;   /* enum quick_kind */
    uint8_t bytes;  /* 1, 2 or 4 */
    uint8_t number; /* enum general_register */
    uint8_t shift;  /* 8 for AH, CH, DH and BH, else 0 */
};

struct quick {
    uint8_t operation;
    uint8_t length;
    uint8_t condition;            /* for SETcc, CMOVcc and Jcc: the opcode's low four bits */
    uint8_t segment, base, index; /* address the operand in memory; QUICK_NO_REGISTER: none */
    uint8_t scale_shift;
    struct quick_operand to, from;
    uint32_t displacement, immediate;
};

/* ---- instruction_quick_form.c ---- */

/* Stores the compact form of an instruction; its operation is QUICK_NONE if it has none. */
void quick_make(const struct instruction *instruction, struct quick *quick);

/* ---- instruction_quick.c ---- */

/* Executes the instruction at EIP and moves EIP. Returns false, and changes nothing, if it has to
   be left to instruction_emulate(). */
bool quick_execute(const struct quick *quick);

/* ---- instruction_quick_arithmetic.c ---- */

/* Returns the result of an operation on operands of 1, 2 or 4 bytes. *flags holds EFLAGS before it;
   the status flags of *flags are replaced by the processor's. A shift's count is b, below 32. */
uint32_t quick_arithmetic(uint32_t operation, uint32_t bytes, uint32_t a, uint32_t b,
                          uint32_t *flags);

#endif
