/* Instructions that are a prefix, an opcode, ModRM and an immediate, and nothing more. */
#ifndef RANDOM_TEMPLATES_H
#define RANDOM_TEMPLATES_H

#include <stdint.h>

#define MODRM_NONE (-1)
#define MODRM_ANY  (-2) /* 0 .. 7: an extension of the opcode */

enum {
    TEMPLATE_WORD = 0x001,      /* also with the prefix for 16-bit operands */
    TEMPLATE_LOCK = 0x002,      /* lock, if the operand is memory */
    TEMPLATE_MEMORY = 0x004,    /* no register form */
    TEMPLATE_REGISTER = 0x008,  /* no memory form */
    TEMPLATE_LOW3 = 0x010,      /* the opcode's low bits name a register */
    TEMPLATE_LOW4 = 0x020,      /* ... or a condition */
    TEMPLATE_BYTES = 0x040,     /* registers have 8 bits, or are not general */
    TEMPLATE_FLOAT = 0x080,     /* memory: aligned numbers */
    TEMPLATE_READS = 0x100,     /* memory is not written: CS will do */
    TEMPLATE_ENDS = 0x200,      /* nothing comparable follows */
    TEMPLATE_LONG = 0x400,      /* an operand of 16 bytes, aligned */
    TEMPLATE_REWRITES = 0x1000, /* memory is read and written */
    TEMPLATE_MMX = 0x2000,
    TEMPLATE_FIRST = 0x4000,   /* only as a case's first instruction */
    TEMPLATE_REFUSED = 0x8000, /* may be refused, for the ring */
    TEMPLATE_SSE = 0x800,      /* also with the prefix 66, for doubles or integers of XMM */
};

struct template
{
    const char *name;
    unsigned char mandatory; /* prefix; 0: none */
    unsigned char escape;    /* 0x0f: the opcode is of the second map; 0 */
    unsigned char opcode;
    signed char modrm;
    signed char immediate; /* bytes; -1: as the operand */
    uint16_t flags;
    uint16_t undefined; /* flags, afterwards */
};

extern const struct template templates[];
extern const uint32_t template_count;

/* Writes it with random operands. */
void template_write(const struct template *template);

#endif
