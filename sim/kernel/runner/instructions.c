#include "runner/instructions.h"

#include "runner/instruction_emulation.h"

/* ---- decoding ---- */

/*
 * The same instructions trap again and again, so decoded ones are kept in a direct-mapped cache.
 * The first bytes select the slot; a hit needs the same bytes, which determine the instruction.
 */
#define CACHE_SLOTS 256u
#define KEY_BYTES   4u

static struct instruction cache[CACHE_SLOTS];

static const ZydisDecoder *decoder(void)
{
    static ZydisDecoder decoder32;
    static bool ready;

    if (!ready) {
        ZydisDecoderInit(&decoder32, ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32);
        ready = true;
    }
    return &decoder32;
}

static struct instruction *cache_slot(const unsigned char *bytes, uint32_t count)
{
    uint32_t key = 0;

    memcpy(&key, bytes, count < KEY_BYTES ? count : KEY_BYTES);
    return &cache[key * 0x9e3779b1u >> 24];
}
_Static_assert(CACHE_SLOTS == 1u << 8, "the hash has eight bits");

static bool is_same(const struct instruction *cached, const unsigned char *bytes, uint32_t count)
{
    uint32_t length = cached->decoded.length;

    return length != 0 && length <= count && memcmp(cached->bytes, bytes, length) == 0;
}

/* Copies only the operands that the instruction has. */
static void instruction_copy(struct instruction *to, const struct instruction *from)
{
    to->decoded = from->decoded;
    memcpy(to->operands, from->operands, from->decoded.operand_count * sizeof *from->operands);
    memcpy(to->bytes, from->bytes, sizeof from->bytes);
}

bool instruction_decode(const unsigned char *bytes, uint32_t count, struct instruction *instruction)
{
    struct instruction *cached = cache_slot(bytes, count);

    if (!is_same(cached, bytes, count)) {
        cached->decoded.length = 0;
        if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(decoder(), bytes, count, &cached->decoded,
                                                 cached->operands))) {
            cached->decoded.length = 0;
            return false;
        }
        memset(cached->bytes, 0, sizeof cached->bytes);
        memcpy(cached->bytes, bytes, cached->decoded.length);
    }
    instruction_copy(instruction, cached);
    return true;
}

bool instruction_is_cut_off(const unsigned char *bytes, uint32_t count)
{
    struct instruction ignored;

    return ZydisDecoderDecodeFull(decoder(), bytes, count, &ignored.decoded, ignored.operands) ==
           ZYDIS_STATUS_NO_MORE_DATA;
}

/* ---- emulation ---- */

/* Indexed by mnemonic. NULL stands for emulate_native(). */
static emulate_function *const functions[ZYDIS_MNEMONIC_MAX_VALUE + 1] = {
    [ZYDIS_MNEMONIC_CLI] = emulate_cli,
    [ZYDIS_MNEMONIC_STI] = emulate_sti,
    [ZYDIS_MNEMONIC_PUSHF] = emulate_pushf,
    [ZYDIS_MNEMONIC_PUSHFD] = emulate_pushf,
    [ZYDIS_MNEMONIC_POPF] = emulate_popf,
    [ZYDIS_MNEMONIC_POPFD] = emulate_popf,
    [ZYDIS_MNEMONIC_CLD] = emulate_cld,
    [ZYDIS_MNEMONIC_STD] = emulate_std,
    [ZYDIS_MNEMONIC_HLT] = emulate_hlt,
    [ZYDIS_MNEMONIC_INT] = emulate_int,
    [ZYDIS_MNEMONIC_INT1] = emulate_int1,
    [ZYDIS_MNEMONIC_INT3] = emulate_int3,
    [ZYDIS_MNEMONIC_INTO] = emulate_into,
    [ZYDIS_MNEMONIC_BOUND] = emulate_bound,
    [ZYDIS_MNEMONIC_IRET] = emulate_iret,
    [ZYDIS_MNEMONIC_IRETD] = emulate_iret,

    [ZYDIS_MNEMONIC_CLTS] = emulate_clts,
    [ZYDIS_MNEMONIC_LMSW] = emulate_lmsw,
    [ZYDIS_MNEMONIC_SMSW] = emulate_smsw,
    [ZYDIS_MNEMONIC_INVLPG] = emulate_invlpg,
    [ZYDIS_MNEMONIC_INVD] = emulate_flush_caches,
    [ZYDIS_MNEMONIC_WBINVD] = emulate_flush_caches,

    [ZYDIS_MNEMONIC_LGDT] = emulate_lgdt,
    [ZYDIS_MNEMONIC_LIDT] = emulate_lidt,
    [ZYDIS_MNEMONIC_SGDT] = emulate_sgdt,
    [ZYDIS_MNEMONIC_SIDT] = emulate_sidt,
    [ZYDIS_MNEMONIC_LLDT] = emulate_lldt,
    [ZYDIS_MNEMONIC_LTR] = emulate_ltr,
    [ZYDIS_MNEMONIC_SLDT] = emulate_sldt,
    [ZYDIS_MNEMONIC_STR] = emulate_str,
    [ZYDIS_MNEMONIC_LAR] = emulate_lar,
    [ZYDIS_MNEMONIC_LSL] = emulate_lsl,
    [ZYDIS_MNEMONIC_VERR] = emulate_verr,
    [ZYDIS_MNEMONIC_VERW] = emulate_verw,
    [ZYDIS_MNEMONIC_ARPL] = emulate_arpl,

    [ZYDIS_MNEMONIC_CPUID] = emulate_cpuid,
    [ZYDIS_MNEMONIC_RDTSC] = emulate_rdtsc,
    [ZYDIS_MNEMONIC_RDPMC] = emulate_rdpmc,
    [ZYDIS_MNEMONIC_RDMSR] = emulate_rdmsr,
    [ZYDIS_MNEMONIC_WRMSR] = emulate_wrmsr,
    [ZYDIS_MNEMONIC_SYSENTER] = emulate_sysenter,
    [ZYDIS_MNEMONIC_SYSEXIT] = emulate_sysexit,

    /* CPUID does not announce these. */
    [ZYDIS_MNEMONIC_SYSCALL] = emulate_undefined,
    [ZYDIS_MNEMONIC_SYSRET] = emulate_undefined,
    [ZYDIS_MNEMONIC_RDTSCP] = emulate_undefined,
    [ZYDIS_MNEMONIC_XGETBV] = emulate_undefined,
    [ZYDIS_MNEMONIC_XSETBV] = emulate_undefined,
    [ZYDIS_MNEMONIC_RDRAND] = emulate_undefined,
    [ZYDIS_MNEMONIC_RDSEED] = emulate_undefined,
    [ZYDIS_MNEMONIC_RDPID] = emulate_undefined,
    [ZYDIS_MNEMONIC_RDPRU] = emulate_undefined,
    [ZYDIS_MNEMONIC_MONITOR] = emulate_undefined,
    [ZYDIS_MNEMONIC_MWAIT] = emulate_undefined,
    [ZYDIS_MNEMONIC_INVPCID] = emulate_undefined,
    [ZYDIS_MNEMONIC_STAC] = emulate_undefined,
    [ZYDIS_MNEMONIC_CLAC] = emulate_undefined,
    [ZYDIS_MNEMONIC_UD0] = emulate_undefined,
    [ZYDIS_MNEMONIC_UD1] = emulate_undefined,
    [ZYDIS_MNEMONIC_UD2] = emulate_undefined,

    [ZYDIS_MNEMONIC_NOP] = emulate_nothing,
    [ZYDIS_MNEMONIC_PAUSE] = emulate_nothing,
    [ZYDIS_MNEMONIC_ENDBR32] = emulate_nothing,
    [ZYDIS_MNEMONIC_LFENCE] = emulate_nothing,
    [ZYDIS_MNEMONIC_MFENCE] = emulate_nothing,
    [ZYDIS_MNEMONIC_SFENCE] = emulate_nothing,
    [ZYDIS_MNEMONIC_CLFLUSH] = emulate_nothing,
    [ZYDIS_MNEMONIC_PREFETCH] = emulate_nothing,
    [ZYDIS_MNEMONIC_PREFETCHW] = emulate_nothing,
    [ZYDIS_MNEMONIC_PREFETCHNTA] = emulate_nothing,
    [ZYDIS_MNEMONIC_PREFETCHT0] = emulate_nothing,
    [ZYDIS_MNEMONIC_PREFETCHT1] = emulate_nothing,
    [ZYDIS_MNEMONIC_PREFETCHT2] = emulate_nothing,

    [ZYDIS_MNEMONIC_IN] = emulate_in,
    [ZYDIS_MNEMONIC_OUT] = emulate_out,
    [ZYDIS_MNEMONIC_INSB] = emulate_ins,
    [ZYDIS_MNEMONIC_INSW] = emulate_ins,
    [ZYDIS_MNEMONIC_INSD] = emulate_ins,
    [ZYDIS_MNEMONIC_OUTSB] = emulate_outs,
    [ZYDIS_MNEMONIC_OUTSW] = emulate_outs,
    [ZYDIS_MNEMONIC_OUTSD] = emulate_outs,

    [ZYDIS_MNEMONIC_LDS] = emulate_load_far_pointer,
    [ZYDIS_MNEMONIC_LES] = emulate_load_far_pointer,
    [ZYDIS_MNEMONIC_LFS] = emulate_load_far_pointer,
    [ZYDIS_MNEMONIC_LGS] = emulate_load_far_pointer,
    [ZYDIS_MNEMONIC_LSS] = emulate_load_far_pointer,

    [ZYDIS_MNEMONIC_MOV] = emulate_mov,
    [ZYDIS_MNEMONIC_MOVZX] = emulate_movzx,
    [ZYDIS_MNEMONIC_MOVSX] = emulate_movsx,
    [ZYDIS_MNEMONIC_XCHG] = emulate_xchg,
    [ZYDIS_MNEMONIC_LEA] = emulate_lea,
    [ZYDIS_MNEMONIC_XLAT] = emulate_xlat,
    [ZYDIS_MNEMONIC_BSWAP] = emulate_bswap,

    [ZYDIS_MNEMONIC_PUSH] = emulate_push,
    [ZYDIS_MNEMONIC_POP] = emulate_pop,
    [ZYDIS_MNEMONIC_PUSHA] = emulate_pusha,
    [ZYDIS_MNEMONIC_PUSHAD] = emulate_pusha,
    [ZYDIS_MNEMONIC_POPA] = emulate_popa,
    [ZYDIS_MNEMONIC_POPAD] = emulate_popa,
    [ZYDIS_MNEMONIC_ENTER] = emulate_enter,
    [ZYDIS_MNEMONIC_LEAVE] = emulate_leave,

    [ZYDIS_MNEMONIC_JMP] = emulate_jmp,
    [ZYDIS_MNEMONIC_CALL] = emulate_call,
    [ZYDIS_MNEMONIC_RET] = emulate_ret,
    [ZYDIS_MNEMONIC_JB] = emulate_jcc,
    [ZYDIS_MNEMONIC_JBE] = emulate_jcc,
    [ZYDIS_MNEMONIC_JL] = emulate_jcc,
    [ZYDIS_MNEMONIC_JLE] = emulate_jcc,
    [ZYDIS_MNEMONIC_JNB] = emulate_jcc,
    [ZYDIS_MNEMONIC_JNBE] = emulate_jcc,
    [ZYDIS_MNEMONIC_JNL] = emulate_jcc,
    [ZYDIS_MNEMONIC_JNLE] = emulate_jcc,
    [ZYDIS_MNEMONIC_JNO] = emulate_jcc,
    [ZYDIS_MNEMONIC_JNP] = emulate_jcc,
    [ZYDIS_MNEMONIC_JNS] = emulate_jcc,
    [ZYDIS_MNEMONIC_JNZ] = emulate_jcc,
    [ZYDIS_MNEMONIC_JO] = emulate_jcc,
    [ZYDIS_MNEMONIC_JP] = emulate_jcc,
    [ZYDIS_MNEMONIC_JS] = emulate_jcc,
    [ZYDIS_MNEMONIC_JZ] = emulate_jcc,
    [ZYDIS_MNEMONIC_JCXZ] = emulate_jcxz,
    [ZYDIS_MNEMONIC_JECXZ] = emulate_jcxz,
    [ZYDIS_MNEMONIC_LOOP] = emulate_loop,
    [ZYDIS_MNEMONIC_LOOPE] = emulate_loop,
    [ZYDIS_MNEMONIC_LOOPNE] = emulate_loop,

    [ZYDIS_MNEMONIC_MOVSB] = emulate_movs,
    [ZYDIS_MNEMONIC_MOVSW] = emulate_movs,
    [ZYDIS_MNEMONIC_MOVSD] = emulate_movs,
    [ZYDIS_MNEMONIC_STOSB] = emulate_stos,
    [ZYDIS_MNEMONIC_STOSW] = emulate_stos,
    [ZYDIS_MNEMONIC_STOSD] = emulate_stos,
    [ZYDIS_MNEMONIC_LODSB] = emulate_lods,
    [ZYDIS_MNEMONIC_LODSW] = emulate_lods,
    [ZYDIS_MNEMONIC_LODSD] = emulate_lods,
    [ZYDIS_MNEMONIC_CMPSB] = emulate_cmps,
    [ZYDIS_MNEMONIC_CMPSW] = emulate_cmps,
    [ZYDIS_MNEMONIC_CMPSD] = emulate_cmps,
    [ZYDIS_MNEMONIC_SCASB] = emulate_scas,
    [ZYDIS_MNEMONIC_SCASW] = emulate_scas,
    [ZYDIS_MNEMONIC_SCASD] = emulate_scas,

    [ZYDIS_MNEMONIC_DIV] = emulate_divide,
    [ZYDIS_MNEMONIC_IDIV] = emulate_divide,
    [ZYDIS_MNEMONIC_AAA] = emulate_adjust_ascii,
    [ZYDIS_MNEMONIC_AAS] = emulate_adjust_ascii,
    [ZYDIS_MNEMONIC_DAA] = emulate_adjust_decimal,
    [ZYDIS_MNEMONIC_DAS] = emulate_adjust_decimal,
    [ZYDIS_MNEMONIC_AAM] = emulate_aam,
    [ZYDIS_MNEMONIC_AAD] = emulate_aad,
    [ZYDIS_MNEMONIC_SALC] = emulate_salc,

    [ZYDIS_MNEMONIC_FXSAVE] = emulate_fxsave,
    [ZYDIS_MNEMONIC_FXRSTOR] = emulate_fxrstor,
    [ZYDIS_MNEMONIC_LDMXCSR] = emulate_ldmxcsr,
    [ZYDIS_MNEMONIC_STMXCSR] = emulate_stmxcsr,
};

/* MOVSD and CMPSD are also mnemonics of SSE instructions. */
static emulate_function *function_of(const struct instruction *instruction)
{
    ZydisMnemonic mnemonic = instruction->decoded.mnemonic;
    bool is_string = instruction->decoded.meta.category == ZYDIS_CATEGORY_STRINGOP;

    if ((mnemonic == ZYDIS_MNEMONIC_MOVSD || mnemonic == ZYDIS_MNEMONIC_CMPSD) && !is_string)
        return emulate_native;
    return functions[mnemonic] ? functions[mnemonic] : emulate_native;
}

enum outcome instruction_emulate(const struct instruction *instruction)
{
    switch (function_of(instruction)(instruction)) {
    case PROGRESS_NEXT:
        cpu_eip_set(next_eip(instruction));
        return OUTCOME_DONE;
    case PROGRESS_JUMPED:
        return OUTCOME_DONE;
    case PROGRESS_RAISED:
        return OUTCOME_RAISED;
    default:
        return OUTCOME_UNKNOWN;
    }
}
