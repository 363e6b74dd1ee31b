/*
 * The most frequent instructions in a compact form, for the interpreter: 32-bit addresses, and
 * memory that the TLB shows without further ado. What is not so (a page that the TLB does not have,
 * a device, a watched table, an access over a page's end, a segment's limit) is left to
 * instruction_emulate(), which raises, fills and tells.
 */
#ifndef RUNNER_INSTRUCTION_QUICK_H
#define RUNNER_INSTRUCTION_QUICK_H

#include "runner/instructions.h"

/* Operations; up to QUICK_IMUL, without QUICK_NOT, they are those of quick_arithmetic(). */
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
    QUICK_NONE, /* by instruction_emulate() */
};

enum quick_kind { QUICK_ABSENT, QUICK_REGISTER, QUICK_MEMORY, QUICK_IMMEDIATE };

#define QUICK_NO_REGISTER GENERAL_COUNT

struct quick_operand {
    uint8_t kind;   /* enum quick_kind */
    uint8_t bytes;  /* 1, 2 or 4 */
    uint8_t number; /* enum general_register */
    uint8_t shift;  /* 8: AH, CH, DH, BH */
};

struct quick {
    uint8_t operation;
    uint8_t length;
    uint8_t condition;            /* of SETcc, CMOVcc and Jcc: as in the opcode */
    uint8_t segment, base, index; /* of the operand in memory; QUICK_NO_REGISTER: none */
    uint8_t scale_shift;
    struct quick_operand to, from;
    uint32_t displacement, immediate;
};

/* ---- instruction_quick_form.c ---- */

/* The compact form of an instruction; .operation is QUICK_NONE where it has none. */
void quick_make(const struct instruction *instruction, struct quick *quick);

/* ---- instruction_quick.c ---- */

/* Execute the instruction at EIP. false: nothing was changed, it is for instruction_emulate(). */
bool quick_execute(const struct quick *quick);

/* ---- instruction_quick_arithmetic.c ---- */

/* The result of an operation on operands of 1, 2 or 4 bytes. *flags: EFLAGS before; its status
   flags become those that the processor leaves. Of the shifts, b counts; it is below 32. */
uint32_t quick_arithmetic(uint32_t operation, uint32_t bytes, uint32_t a, uint32_t b,
                          uint32_t *flags);

#endif
