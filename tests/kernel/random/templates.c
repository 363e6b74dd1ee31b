#include "templates.h"

#include "program.h"

#define W  TEMPLATE_WORD
#define L  (TEMPLATE_LOCK | TEMPLATE_REWRITES)
#define M  TEMPLATE_MEMORY
#define R  TEMPLATE_REGISTER
#define L3 TEMPLATE_LOW3
#define L4 TEMPLATE_LOW4
#define B  TEMPLATE_BYTES
#define F  TEMPLATE_FLOAT
#define RD TEMPLATE_READS
#define X  TEMPLATE_ENDS
#define Q  TEMPLATE_LONG
#define P  TEMPLATE_SSE
#define RW TEMPLATE_REWRITES
#define F1 TEMPLATE_FIRST
#define RF TEMPLATE_REFUSED
#define MX (TEMPLATE_MMX | TEMPLATE_ENDS)

#define NIL MODRM_NONE
#define ANY MODRM_ANY

/* What the manual (SDM vol. 2) leaves undefined. */
#define LOGIC    FLAG_AF
#define MULTIPLY (FLAG_SF | FLAG_ZF | FLAG_AF | FLAG_PF)
#define BIT      (FLAG_OF | FLAG_SF | FLAG_AF | FLAG_PF)
#define SCAN     (FLAG_CF | FLAG_OF | FLAG_SF | FLAG_AF | FLAG_PF)

/* The six forms of ADD, OR, ADC, SBB, AND, SUB, XOR, CMP. */
#define ALU(name, a, lock, undefined)                                                              \
    {name, 0, 0, a, ANY, 0, B | lock, undefined},                                                  \
        {name, 0, 0, a + 1, ANY, 0, W | lock, undefined},                                          \
        {name, 0, 0, a + 2, ANY, 0, B | RD, undefined},                                            \
        {name, 0, 0, a + 3, ANY, 0, W | RD, undefined}, {name, 0, 0, a + 4, NIL, 1, B, undefined}, \
    {                                                                                              \
        name, 0, 0, a + 5, NIL, -1, W, undefined                                                   \
    }

const struct template templates[] = {
    ALU("add", 0x00, L, 0),
    ALU("or", 0x08, L, LOGIC),
    ALU("adc", 0x10, L, 0),
    ALU("sbb", 0x18, L, 0),
    ALU("and", 0x20, L, LOGIC),
    ALU("sub", 0x28, L, 0),
    ALU("xor", 0x30, L, LOGIC),
    ALU("cmp", 0x38, 0, 0),
    {"group 1", 0, 0, 0x80, ANY, 1, B | RW, LOGIC},
    {"group 1", 0, 0, 0x81, ANY, -1, W | RW, LOGIC},
    {"group 1", 0, 0, 0x82, ANY, 1, B | RW, LOGIC},
    {"group 1", 0, 0, 0x83, ANY, 1, W | RW, LOGIC},
    {"test", 0, 0, 0x84, ANY, 0, B | RD, LOGIC},
    {"test", 0, 0, 0x85, ANY, 0, W | RD, LOGIC},
    {"test", 0, 0, 0xa8, NIL, 1, B, LOGIC},
    {"test", 0, 0, 0xa9, NIL, -1, W, LOGIC},
    {"test", 0, 0, 0xf6, 0, 1, B | RD, LOGIC},
    {"test", 0, 0, 0xf7, 0, -1, W | RD, LOGIC},
    {"inc", 0, 0, 0x40, NIL, 0, W | L3, 0},
    {"dec", 0, 0, 0x48, NIL, 0, W | L3, 0},
    {"inc", 0, 0, 0xfe, 0, 0, B | L, 0},
    {"dec", 0, 0, 0xfe, 1, 0, B | L, 0},
    {"inc", 0, 0, 0xff, 0, 0, W | L, 0},
    {"dec", 0, 0, 0xff, 1, 0, W | L, 0},
    {"not", 0, 0, 0xf6, 2, 0, B | L, 0},
    {"neg", 0, 0, 0xf6, 3, 0, B | L, 0},
    {"not", 0, 0, 0xf7, 2, 0, W | L, 0},
    {"neg", 0, 0, 0xf7, 3, 0, W | L, 0},

    {"mul", 0, 0, 0xf6, 4, 0, B | RD, MULTIPLY},
    {"imul", 0, 0, 0xf6, 5, 0, B | RD, MULTIPLY},
    {"mul", 0, 0, 0xf7, 4, 0, W | RD, MULTIPLY},
    {"imul", 0, 0, 0xf7, 5, 0, W | RD, MULTIPLY},
    {"imul", 0, 0, 0x69, ANY, -1, W | RD, MULTIPLY},
    {"imul", 0, 0, 0x6b, ANY, 1, W | RD, MULTIPLY},
    {"imul", 0, 0x0f, 0xaf, ANY, 0, W | RD, MULTIPLY},
    {"daa", 0, 0, 0x27, NIL, 0, 0, FLAG_OF},
    {"das", 0, 0, 0x2f, NIL, 0, 0, FLAG_OF},
    {"aaa", 0, 0, 0x37, NIL, 0, 0, FLAG_OF | FLAG_SF | FLAG_ZF | FLAG_PF},
    {"aas", 0, 0, 0x3f, NIL, 0, 0, FLAG_OF | FLAG_SF | FLAG_ZF | FLAG_PF},
    {"aam", 0, 0, 0xd4, NIL, 1, 0, FLAG_OF | FLAG_AF | FLAG_CF},
    {"aad", 0, 0, 0xd5, NIL, 1, 0, FLAG_OF | FLAG_AF | FLAG_CF},
    {"salc", 0, 0, 0xd6, NIL, 0, 0, 0},

    {"bt", 0, 0x0f, 0xba, 4, 1, W | RD, BIT},
    {"bts", 0, 0x0f, 0xba, 5, 1, W | L, BIT},
    {"btr", 0, 0x0f, 0xba, 6, 1, W | L, BIT},
    {"btc", 0, 0x0f, 0xba, 7, 1, W | L, BIT},

    {"xchg", 0, 0, 0x86, ANY, 0, B | L, 0},
    {"xchg", 0, 0, 0x87, ANY, 0, W | L, 0},
    {"xchg", 0, 0, 0x90, NIL, 0, W | L3, 0},
    {"cmpxchg", 0, 0x0f, 0xb0, ANY, 0, B | L, 0},
    {"cmpxchg", 0, 0x0f, 0xb1, ANY, 0, W | L, 0},
    {"cmpxchg8b", 0, 0x0f, 0xc7, 1, 0, M | L | F1, 0},
    {"xadd", 0, 0x0f, 0xc0, ANY, 0, B | L, 0},
    {"xadd", 0, 0x0f, 0xc1, ANY, 0, W | L, 0},
    {"bswap", 0, 0x0f, 0xc8, NIL, 0, L3, 0},

    {"mov", 0, 0, 0x88, ANY, 0, B, 0},
    {"mov", 0, 0, 0x89, ANY, 0, W, 0},
    {"mov", 0, 0, 0x8a, ANY, 0, B | RD, 0},
    {"mov", 0, 0, 0x8b, ANY, 0, W | RD, 0},
    {"mov", 0, 0, 0xb0, NIL, 1, L3 | B, 0},
    {"mov", 0, 0, 0xb8, NIL, -1, W | L3, 0},
    {"mov", 0, 0, 0xc6, 0, 1, B, 0},
    {"mov", 0, 0, 0xc7, 0, -1, W, 0},
    {"movzx", 0, 0x0f, 0xb6, ANY, 0, W | RD, 0},
    {"movzx", 0, 0x0f, 0xb7, ANY, 0, W | RD, 0},
    {"movsx", 0, 0x0f, 0xbe, ANY, 0, W | RD, 0},
    {"movsx", 0, 0x0f, 0xbf, ANY, 0, W | RD, 0},
    {"movnti", 0, 0x0f, 0xc3, ANY, 0, M, 0},
    {"cmovcc", 0, 0x0f, 0x40, ANY, 0, W | L4 | RD, 0},
    {"setcc", 0, 0x0f, 0x90, ANY, 0, L4 | B | F1, 0},
    {"lea", 0, 0, 0x8d, ANY, 0, W | M, 0},
    {"cbw", 0, 0, 0x98, NIL, 0, W, 0},
    {"cwd", 0, 0, 0x99, NIL, 0, W, 0},
    {"sahf", 0, 0, 0x9e, NIL, 0, 0, 0},
    {"lahf", 0, 0, 0x9f, NIL, 0, 0, 0},
    {"cmc", 0, 0, 0xf5, NIL, 0, 0, 0},
    {"clc", 0, 0, 0xf8, NIL, 0, 0, 0},
    {"stc", 0, 0, 0xf9, NIL, 0, 0, 0},
    {"cld", 0, 0, 0xfc, NIL, 0, 0, 0},
    {"std", 0, 0, 0xfd, NIL, 0, 0, 0},
    {"arpl", 0, 0, 0x63, ANY, 0, RW, 0},
    {"nop", 0, 0x0f, 0x1f, 0, 0, W | M, 0},
    {"prefetch", 0, 0x0f, 0x18, 1, 0, M, 0},
    {"ud2", 0, 0x0f, 0x0b, NIL, 0, X | RF, 0},
    {"invlpg", 0, 0x0f, 0x01, 7, 0, M | RF, 0},
    {"clts", 0, 0x0f, 0x06, NIL, 0, X | RF, 0},

    {"push", 0, 0, 0x50, NIL, 0, W | L3, 0},
    {"pop", 0, 0, 0x58, NIL, 0, W | L3, 0},
    {"push", 0, 0, 0x68, NIL, -1, W, 0},
    {"push", 0, 0, 0x6a, NIL, 1, W, 0},
    {"push", 0, 0, 0xff, 6, 0, W | RD, 0},
    {"pop", 0, 0, 0x8f, 0, 0, W, 0},

    {"movups", 0, 0x0f, 0x10, ANY, 0, P | B | RD, 0},
    {"movups", 0, 0x0f, 0x11, ANY, 0, P | B | Q, 0},
    {"movss", 0xf3, 0x0f, 0x10, ANY, 0, B | RD, 0},
    {"movss", 0xf3, 0x0f, 0x11, ANY, 0, B, 0},
    {"movsd", 0xf2, 0x0f, 0x10, ANY, 0, B | RD, 0},
    {"movsd", 0xf2, 0x0f, 0x11, ANY, 0, B, 0},
    {"movlps", 0, 0x0f, 0x12, ANY, 0, P | B | M | RD, 0},
    {"movlps", 0, 0x0f, 0x13, ANY, 0, P | B | M, 0},
    {"movhps", 0, 0x0f, 0x16, ANY, 0, P | B | M | RD, 0},
    {"movhps", 0, 0x0f, 0x17, ANY, 0, P | B | M, 0},
    {"unpcklps", 0, 0x0f, 0x14, ANY, 0, P | B | Q | RD, 0},
    {"movaps", 0, 0x0f, 0x28, ANY, 0, P | B | Q | RD, 0},
    {"movaps", 0, 0x0f, 0x29, ANY, 0, P | B | Q, 0},
    {"movntps", 0, 0x0f, 0x2b, ANY, 0, P | B | M | Q, 0},
    {"movd", 0x66, 0x0f, 0x6e, ANY, 0, RD, 0},
    {"movd", 0x66, 0x0f, 0x7e, ANY, 0, 0, 0},
    {"movdqa", 0x66, 0x0f, 0x6f, ANY, 0, B | Q | RD, 0},
    {"movdqa", 0x66, 0x0f, 0x7f, ANY, 0, B | Q, 0},
    {"movdqu", 0xf3, 0x0f, 0x6f, ANY, 0, B | RD, 0},
    {"movdqu", 0xf3, 0x0f, 0x7f, ANY, 0, B | Q, 0},
    {"movq", 0xf3, 0x0f, 0x7e, ANY, 0, B | RD, 0},
    {"movq", 0x66, 0x0f, 0xd6, ANY, 0, B, 0},
    {"movmskps", 0, 0x0f, 0x50, ANY, 0, P | R, 0},
    {"andps", 0, 0x0f, 0x54, ANY, 0, P | B | Q | RD, 0},
    {"xorps", 0, 0x0f, 0x57, ANY, 0, P | B | Q | RD, 0},
    {"sqrtps", 0, 0x0f, 0x51, ANY, 0, P | B | F | RD, 0},
    {"addps", 0, 0x0f, 0x58, ANY, 0, P | B | F | RD, 0},
    {"mulps", 0, 0x0f, 0x59, ANY, 0, P | B | F | RD, 0},
    {"subps", 0, 0x0f, 0x5c, ANY, 0, P | B | F | RD, 0},
    {"minps", 0, 0x0f, 0x5d, ANY, 0, P | B | F | RD, 0},
    {"divps", 0, 0x0f, 0x5e, ANY, 0, P | B | F | RD, 0},
    {"maxps", 0, 0x0f, 0x5f, ANY, 0, P | B | F | RD, 0},
    {"addss", 0xf3, 0x0f, 0x58, ANY, 0, B | F | RD, 0},
    {"divsd", 0xf2, 0x0f, 0x5e, ANY, 0, B | F | RD, 0},
    {"cmpps", 0, 0x0f, 0xc2, ANY, 1, P | B | F | RD, 0},
    {"ucomiss", 0, 0x0f, 0x2e, ANY, 0, P | B | F | RD, 0},
    {"comiss", 0, 0x0f, 0x2f, ANY, 0, P | B | F | RD, 0},
    {"shufps", 0, 0x0f, 0xc6, ANY, 1, P | B | Q | RD, 0},
    {"cvtsi2sd", 0xf2, 0x0f, 0x2a, ANY, 0, RD, 0},
    {"cvttss2si", 0xf3, 0x0f, 0x2c, ANY, 0, F | RD, 0},
    {"cvtsd2si", 0xf2, 0x0f, 0x2d, ANY, 0, F | RD, 0},
    {"cvtdq2ps", 0, 0x0f, 0x5b, ANY, 0, B | F | RD, 0},
    {"cvttps2dq", 0xf3, 0x0f, 0x5b, ANY, 0, B | F | RD, 0},
    {"cvtps2pd", 0, 0x0f, 0x5a, ANY, 0, B | F | RD, 0},
    {"cvtsd2ss", 0xf2, 0x0f, 0x5a, ANY, 0, B | F | RD, 0},
    {"paddb", 0x66, 0x0f, 0xfc, ANY, 0, B | Q | RD, 0},
    {"pmaddwd", 0x66, 0x0f, 0xf5, ANY, 0, B | Q | RD, 0},
    {"packuswb", 0x66, 0x0f, 0x67, ANY, 0, B | Q | RD, 0},
    {"psadbw", 0x66, 0x0f, 0xf6, ANY, 0, B | Q | RD, 0},
    {"pshufd", 0x66, 0x0f, 0x70, ANY, 1, B | Q | RD, 0},
    {"pxor", 0x66, 0x0f, 0xef, ANY, 0, B | Q | RD, 0},
    {"psllw", 0x66, 0x0f, 0xf1, ANY, 0, B | Q | RD, 0},
    {"pmovmskb", 0x66, 0x0f, 0xd7, ANY, 0, R, 0},
    {"pextrw", 0x66, 0x0f, 0xc5, ANY, 1, R, 0},
    {"pinsrw", 0x66, 0x0f, 0xc4, ANY, 1, RD, 0},
    {"stmxcsr", 0, 0x0f, 0xae, 3, 0, M | B, 0},

    {"movd", 0, 0x0f, 0x6e, ANY, 0, RD | MX, 0},
    {"movd", 0, 0x0f, 0x7e, ANY, 0, MX, 0},
    {"movq", 0, 0x0f, 0x6f, ANY, 0, B | RD | MX, 0},
    {"movq", 0, 0x0f, 0x7f, ANY, 0, B | MX, 0},
    {"paddw", 0, 0x0f, 0xfd, ANY, 0, B | RD | MX, 0},
    {"pxor", 0, 0x0f, 0xef, ANY, 0, B | RD | MX, 0},
    {"pmullw", 0, 0x0f, 0xd5, ANY, 0, B | RD | MX, 0},
};

const uint32_t template_count = sizeof templates / sizeof *templates;

/* ---- writing ---- */

static bool has(const struct template *template, uint32_t flag)
{
    return template->flags & flag;
}

/* QEMU does not check the alignment of 16 bytes everywhere; and a number may be one of those that
 * are spoilt. */
static bool is_exact(const struct template *template)
{
    return has(template, TEMPLATE_FLOAT | TEMPLATE_LONG);
}

static uint32_t place(const struct template *template)
{
    if (has(template, TEMPLATE_FLOAT))
        return aim_float(16);
    if (has(template, TEMPLATE_LONG))
        return aim(16) & ~15u;
    return aim(has(template, TEMPLATE_BYTES) ? 1 : 4);
}

/* ESP must stay in ring 0, whatever the register is for. */
static uint32_t operand_register(const struct template *template)
{
    return has(template, TEMPLATE_BYTES) ? below(8) : any_register();
}

static uint32_t opcode_of(const struct template *template)
{
    if (has(template, TEMPLATE_LOW3))
        return template->opcode | operand_register(template);
    if (has(template, TEMPLATE_LOW4))
        return template->opcode | below(16);
    return template->opcode;
}

static void put_operands(const struct template *template, bool memory)
{
    uint32_t reg = template->modrm >= 0 ? (uint32_t) template->modrm : operand_register(template);

    if (memory && is_exact(template))
        put_exact_memory(reg, place(template));
    else if (memory)
        put_memory(reg, place(template));
    else
        put_registers(reg, operand_register(template));
}

static void put_immediate(const struct template *template, bool word)
{
    uint32_t value = chance(2) ? random_number() : below(300);

    if (template->immediate > 0)
        put(value, (uint32_t) template->immediate);
    else if (template->immediate < 0)
        put(value, word ? 2 : 4);
}

void template_write(const struct template *template)
{
    bool memory = template->modrm != MODRM_NONE && !has(template, TEMPLATE_REGISTER) &&
                  (has(template, TEMPLATE_MEMORY) || !chance(3));
    bool word = has(template, TEMPLATE_WORD) && chance(3);

    /* QEMU does not know the flags of the instruction before, for CMPXCHG8B, and for SETcc that
     * faults. */
    if (has(template, TEMPLATE_FIRST) && program.instructions > 0)
        return;
    leaves_undefined(template->undefined);
    if (is_exact(template))
        choose_exact_prefixes();
    else
        choose_prefixes(has(template, TEMPLATE_READS));
    if (has(template, TEMPLATE_REWRITES))
        rewrites_memory();
    if (has(template, TEMPLATE_MMX))
        changes_fpu_early();
    program.may_be_refused = program.may_be_refused || has(template, TEMPLATE_REFUSED);
    program.uses_mmx = program.uses_mmx || has(template, TEMPLATE_MMX);
    if (has(template, TEMPLATE_LOCK) && memory && chance(4))
        put(0xf0, 1);
    if (memory)
        put_prefixes();
    if (word || (has(template, TEMPLATE_SSE) && chance(2)))
        put(0x66, 1);
    if (template->mandatory)
        put(template->mandatory, 1);
    if (template->escape)
        put(template->escape, 1);
    put(opcode_of(template), 1);
    if (template->modrm != MODRM_NONE)
        put_operands(template, memory);
    put_immediate(template, word);
    program.ends = program.ends || has(template, TEMPLATE_ENDS);
}
