/*
 * Executes the host's instructions on the guest's operands and flags, so that results and flags are
 * the processor's, including undefined flags. LAHF and SAHF transfer the flags: PUSHF and POPF are
 * slower, and would overwrite the compiler's red zone on the stack.
 */
#include "runner/instruction_quick.h"

/*     AH | SF ZF 0 AF 0 PF 1 CF |     AL | 0 0 0 0 0 0 0 OF |      */
#define AH_FLAGS (FLAGS_STATUS & 0xffu)

static uint32_t ax_of(uint32_t flags)
{
    return (flags & AH_FLAGS) << 8 | (flags >> 11 & 1u);
}

static uint32_t flags_of(uint32_t ax)
{
    return (ax >> 8 & AH_FLAGS) | (ax & 1u) << 11;
}
_Static_assert(FLAG_OF == 1u << 11, "ax_of() and flags_of() rely on the place of OF");

/* If AL is 1, adding 127 to it sets OF. */
#define LOAD_FLAGS "addb $0x7f, %%al\n\tsahf\n\t"
#define TAKE_FLAGS "\n\tlahf\n\tseto %%al"

#define BINARY(name, suffix, type, constraint)                                                     \
    static uint32_t name##_##suffix(uint32_t a, uint32_t b, uint32_t *flags)                       \
    {                                                                                              \
        uint32_t ax = ax_of(*flags);                                                               \
        type result = (type)a;                                                                     \
                                                                                                   \
        __asm__(LOAD_FLAGS #name #suffix " %[b], %[result]" TAKE_FLAGS                             \
                : [result] "+" constraint(result), "+&a"(ax)                                       \
                : [b] constraint((type)b)                                                          \
                : "cc");                                                                           \
        *flags = flags_of(ax);                                                                     \
        return result;                                                                             \
    }

#define UNARY(name, suffix, type, constraint)                                                      \
    static uint32_t name##_##suffix(uint32_t a, uint32_t b, uint32_t *flags)                       \
    {                                                                                              \
        uint32_t ax = ax_of(*flags);                                                               \
        type result = (type)a;                                                                     \
                                                                                                   \
        (void)b;                                                                                   \
        __asm__(LOAD_FLAGS #name #suffix " %[result]" TAKE_FLAGS                                   \
                : [result] "+" constraint(result), "+&a"(ax)                                       \
                :                                                                                  \
                : "cc");                                                                           \
        *flags = flags_of(ax);                                                                     \
        return result;                                                                             \
    }

#define SHIFT(name, suffix, type, constraint)                                                      \
    static uint32_t name##_##suffix(uint32_t a, uint32_t b, uint32_t *flags)                       \
    {                                                                                              \
        uint32_t ax = ax_of(*flags);                                                               \
        type result = (type)a;                                                                     \
                                                                                                   \
        __asm__(LOAD_FLAGS #name #suffix " %%cl, %[result]" TAKE_FLAGS                             \
                : [result] "+" constraint(result), "+&a"(ax)                                       \
                : "c"(b)                                                                           \
                : "cc");                                                                           \
        *flags = flags_of(ax);                                                                     \
        return result;                                                                             \
    }

#define ALL_SIZES(kind, name)                                                                      \
    kind(name, b, uint8_t, "q") kind(name, w, uint16_t, "r") kind(name, l, uint32_t, "r")

ALL_SIZES(BINARY, add)
ALL_SIZES(BINARY, or)
ALL_SIZES(BINARY, adc)
ALL_SIZES(BINARY, sbb)
ALL_SIZES(BINARY, and)
ALL_SIZES(BINARY, sub)
ALL_SIZES(BINARY, xor)
ALL_SIZES(UNARY, inc)
ALL_SIZES(UNARY, dec)
ALL_SIZES(UNARY, neg)
ALL_SIZES(SHIFT, shl)
ALL_SIZES(SHIFT, shr)
ALL_SIZES(SHIFT, sar)
BINARY(imul, w, uint16_t, "r")
BINARY(imul, l, uint32_t, "r")

typedef uint32_t arithmetic(uint32_t a, uint32_t b, uint32_t *flags);

#define SIZES(name)                                                                                \
    {                                                                                              \
        name##_b, name##_w, name##_l                                                               \
    }

/* Indexed by operation and bytes / 2. CMP and TEST are SUB and AND without the result. */
static arithmetic *const functions[][3] = {
    [QUICK_ADD] = SIZES(add),  [QUICK_OR] = SIZES(or),
    [QUICK_ADC] = SIZES(adc),  [QUICK_SBB] = SIZES(sbb),
    [QUICK_AND] = SIZES(and),  [QUICK_SUB] = SIZES(sub),
    [QUICK_XOR] = SIZES(xor),  [QUICK_CMP] = SIZES(sub),
    [QUICK_TEST] = SIZES(and), [QUICK_INC] = SIZES(inc),
    [QUICK_DEC] = SIZES(dec),  [QUICK_NEG] = SIZES(neg),
    [QUICK_SHL] = SIZES(shl),  [QUICK_SHR] = SIZES(shr),
    [QUICK_SAR] = SIZES(sar),  [QUICK_IMUL] = {NULL, imul_w, imul_l},
};

uint32_t quick_arithmetic(uint32_t operation, uint32_t bytes, uint32_t a, uint32_t b,
                          uint32_t *flags)
{
    return functions[operation][bytes >> 1](a, b, flags);
}
