/* Encodings of the emulated instructions, for random operands. */
#ifndef TESTS_KERNEL_INSTRUCTION_TEMPLATES_H
#define TESTS_KERNEL_INSTRUCTION_TEMPLATES_H

#include <stdint.h>

enum template_flags {
    TEMPLATE_WORD = 1 << 0,     /* takes the operand-size prefix */
    TEMPLATE_MEMORY = 1 << 1,   /* ModRM names memory */
    TEMPLATE_REGISTER = 1 << 2, /* ModRM names a register */
    TEMPLATE_LOCK = 1 << 3,     /* takes LOCK, with memory */
    TEMPLATE_STRING = 1 << 4,   /* takes REP and REPNE */
    TEMPLATE_LOW3 = 1 << 5,     /* a register in the opcode's low three bits */
    TEMPLATE_LOW4 = 1 << 6,     /* a condition in the opcode's low four bits */
    TEMPLATE_ADDRESS = 1 << 7,  /* has no ModRM, but the address-size prefix has an effect */
};

enum template_immediate {
    IMMEDIATE_NONE,
    IMMEDIATE_BYTE,
    IMMEDIATE_WORD,
    IMMEDIATE_OPERAND, /* as large as the operand size */
    IMMEDIATE_ADDRESS, /* as large as the address size */
    IMMEDIATE_ENTER,   /* a word, and a byte */
};

#define MODRM_NONE (-1)
#define MODRM_ANY  8 /* 0 to 7: the digit in its reg field */

struct template
{
    const char *name;
    unsigned char opcode[3];
    uint8_t opcode_bytes;
    int8_t modrm;
    uint8_t immediate;
    uint16_t flags;
};

extern const struct template templates[];
extern const uint32_t template_count;

#endif
