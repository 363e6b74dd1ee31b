/* Classifies instructions: sensitive ones, and those that use the FPU. */
#include "runner/instruction_operand.h"
#include "runner/instructions.h"

/* ---- instructions that must be replaced ---- */

enum sensitivity {
    NATIVE, /* the host executes it correctly, or it traps */
    SENSITIVE,
    SENSITIVE_TO_SEGMENT, /* it is sensitive if an operand is a segment register */
    SENSITIVE_IF_FAR,     /* it is sensitive if it is a far branch */
};

static const unsigned char sensitivities[ZYDIS_MNEMONIC_MAX_VALUE + 1] = {
    /* These access IF, IOPL and NT, which the runner keeps separately, and do not trap at CPL 3. */
    [ZYDIS_MNEMONIC_PUSHF] = SENSITIVE,
    [ZYDIS_MNEMONIC_PUSHFD] = SENSITIVE,
    [ZYDIS_MNEMONIC_POPF] = SENSITIVE,
    [ZYDIS_MNEMONIC_POPFD] = SENSITIVE,
    /* It would load a selector of the guest that happens to be valid for the host. */
    [ZYDIS_MNEMONIC_IRET] = SENSITIVE,
    [ZYDIS_MNEMONIC_IRETD] = SENSITIVE,
    /* The host has gates that CPL 3 may use: int 3, int 4, and int 0x80, which is a system call.
       (INT3 and INTO become signals, which are delivered to the guest.) */
    [ZYDIS_MNEMONIC_INT] = SENSITIVE,
    /* These enter the host's kernel. */
    [ZYDIS_MNEMONIC_SYSENTER] = SENSITIVE,
    [ZYDIS_MNEMONIC_SYSCALL] = SENSITIVE,
    [ZYDIS_MNEMONIC_SYSEXIT] = SENSITIVE,
    [ZYDIS_MNEMONIC_SYSRET] = SENSITIVE,
    /* These show the host's tables and CR0; with UMIP, some of them trap. */
    [ZYDIS_MNEMONIC_SGDT] = SENSITIVE,
    [ZYDIS_MNEMONIC_SIDT] = SENSITIVE,
    [ZYDIS_MNEMONIC_SLDT] = SENSITIVE,
    [ZYDIS_MNEMONIC_STR] = SENSITIVE,
    [ZYDIS_MNEMONIC_SMSW] = SENSITIVE,
    /* These look up a selector in the host's tables. (ARPL only compares two numbers.) */
    [ZYDIS_MNEMONIC_LAR] = SENSITIVE,
    [ZYDIS_MNEMONIC_LSL] = SENSITIVE,
    [ZYDIS_MNEMONIC_VERR] = SENSITIVE,
    [ZYDIS_MNEMONIC_VERW] = SENSITIVE,
    /* The host's segment registers hold other selectors than the guest's, and a load does not trap
       if the selector is valid for the host. */
    [ZYDIS_MNEMONIC_MOV] = SENSITIVE_TO_SEGMENT,
    [ZYDIS_MNEMONIC_PUSH] = SENSITIVE_TO_SEGMENT,
    [ZYDIS_MNEMONIC_POP] = SENSITIVE_TO_SEGMENT,
    [ZYDIS_MNEMONIC_LDS] = SENSITIVE,
    [ZYDIS_MNEMONIC_LES] = SENSITIVE,
    [ZYDIS_MNEMONIC_LFS] = SENSITIVE,
    [ZYDIS_MNEMONIC_LGS] = SENSITIVE,
    [ZYDIS_MNEMONIC_LSS] = SENSITIVE,
    /* These load CS, and for the host selector 0x33 is 64-bit code. */
    [ZYDIS_MNEMONIC_JMP] = SENSITIVE_IF_FAR,
    [ZYDIS_MNEMONIC_CALL] = SENSITIVE_IF_FAR,
    [ZYDIS_MNEMONIC_RET] = SENSITIVE_IF_FAR,
    /* These describe the host's processor. */
    [ZYDIS_MNEMONIC_CPUID] = SENSITIVE,
    [ZYDIS_MNEMONIC_XGETBV] = SENSITIVE,
    [ZYDIS_MNEMONIC_RDPID] = SENSITIVE,
    /* These read the host's time and counters, with which no two runs would be the same. */
    [ZYDIS_MNEMONIC_RDTSC] = SENSITIVE,
    [ZYDIS_MNEMONIC_RDTSCP] = SENSITIVE,
    [ZYDIS_MNEMONIC_RDPMC] = SENSITIVE,
    [ZYDIS_MNEMONIC_RDPRU] = SENSITIVE,
    /* These return random numbers. */
    [ZYDIS_MNEMONIC_RDRAND] = SENSITIVE,
    [ZYDIS_MNEMONIC_RDSEED] = SENSITIVE,
};

static bool has_segment_register(const struct instruction *instruction)
{
    for (uint32_t i = 0; i < instruction->decoded.operand_count_visible; i++)
        if (operand_is_register(&instruction->operands[i], ZYDIS_REGCLASS_SEGMENT))
            return true;
    return false;
}

bool instruction_is_sensitive(const struct instruction *instruction)
{
    switch ((enum sensitivity)sensitivities[instruction->decoded.mnemonic]) {
    case SENSITIVE:
        return true;
    case SENSITIVE_TO_SEGMENT:
        return has_segment_register(instruction);
    case SENSITIVE_IF_FAR:
        return instruction->decoded.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR;
    default:
        return false;
    }
}

/* ---- instructions that use the FPU ---- */

/* Instruction sets that use FPU state even if no operand is a register of the FPU: CVTSS2SI with
   memory reads MXCSR. */
static const bool fpu_sets[ZYDIS_ISA_SET_MAX_VALUE + 1] = {
    [ZYDIS_ISA_SET_X87] = true,
    [ZYDIS_ISA_SET_SSE3X87] = true,
    [ZYDIS_ISA_SET_FCMOV] = true,
    [ZYDIS_ISA_SET_PENTIUMMMX] = true,
    [ZYDIS_ISA_SET_AMD3DNOW] = true,
    [ZYDIS_ISA_SET_FXSAVE] = true,
    [ZYDIS_ISA_SET_SSEMXCSR] = true,
    [ZYDIS_ISA_SET_SSE] = true,
    [ZYDIS_ISA_SET_SSE2] = true,
    [ZYDIS_ISA_SET_SSE2MMX] = true,
    [ZYDIS_ISA_SET_SSE3] = true,
    [ZYDIS_ISA_SET_SSSE3] = true,
    [ZYDIS_ISA_SET_SSSE3MMX] = true,
    [ZYDIS_ISA_SET_SSE4] = true,
    [ZYDIS_ISA_SET_SSE42] = true,
    [ZYDIS_ISA_SET_SSE4A] = true,
    [ZYDIS_ISA_SET_AVX] = true,
    [ZYDIS_ISA_SET_AVX2] = true,
    [ZYDIS_ISA_SET_AVX512F_SCALAR] = true,
    [ZYDIS_ISA_SET_XSAVE] = true,
    [ZYDIS_ISA_SET_XSAVEC] = true,
    [ZYDIS_ISA_SET_XSAVEOPT] = true,
    [ZYDIS_ISA_SET_XSAVES] = true,
};

/* Members of these sets that do not use FPU state. */
static bool is_outside_fpu(ZydisMnemonic mnemonic)
{
    switch ((unsigned)mnemonic) {
    case ZYDIS_MNEMONIC_LFENCE:
    case ZYDIS_MNEMONIC_MFENCE:
    case ZYDIS_MNEMONIC_SFENCE:
    case ZYDIS_MNEMONIC_MOVNTI:
    case ZYDIS_MNEMONIC_CRC32:
    case ZYDIS_MNEMONIC_XGETBV:
    case ZYDIS_MNEMONIC_XSETBV:
        return true;
    default:
        return false;
    }
}

static bool is_fpu_register(const ZydisDecodedOperand *operand)
{
    if (operand->type != ZYDIS_OPERAND_TYPE_REGISTER)
        return false;
    switch (ZydisRegisterGetClass(operand->reg.value)) {
    case ZYDIS_REGCLASS_X87:
    case ZYDIS_REGCLASS_MMX:
    case ZYDIS_REGCLASS_XMM:
    case ZYDIS_REGCLASS_YMM:
    case ZYDIS_REGCLASS_ZMM:
        return true;
    default:
        return false;
    }
}

bool instruction_uses_fpu(const struct instruction *instruction)
{
    if (is_outside_fpu(instruction->decoded.mnemonic))
        return false;
    if (fpu_sets[instruction->decoded.meta.isa_set])
        return true;
    for (uint32_t i = 0; i < instruction->decoded.operand_count; i++)
        if (is_fpu_register(&instruction->operands[i]))
            return true;
    return false;
}

bool instruction_is_refused(const struct instruction *instruction)
{
    switch (instruction->decoded.meta.category) {
    case ZYDIS_CATEGORY_IO:
    case ZYDIS_CATEGORY_IOSTRINGOP:
    case ZYDIS_CATEGORY_INTERRUPT:
    case ZYDIS_CATEGORY_SYSTEM:
        return true;
    default:
        return (instruction->decoded.attributes & ZYDIS_ATTRIB_IS_PRIVILEGED) ||
               instruction->decoded.mnemonic == ZYDIS_MNEMONIC_CLI ||
               instruction->decoded.mnemonic == ZYDIS_MNEMONIC_STI ||
               instruction_is_sensitive(instruction);
    }
}

/* ---- the trap flag ---- */

bool instruction_delays_traps(const struct instruction *instruction)
{
    ZydisMnemonic mnemonic = instruction->decoded.mnemonic;
    const ZydisDecodedOperand *to = &instruction->operands[0];

    return (mnemonic == ZYDIS_MNEMONIC_MOV || mnemonic == ZYDIS_MNEMONIC_POP) &&
           to->type == ZYDIS_OPERAND_TYPE_REGISTER && to->reg.value == ZYDIS_REGISTER_SS;
}
