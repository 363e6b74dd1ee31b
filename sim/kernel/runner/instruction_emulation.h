/*
 * One function for each instruction that is emulated in C; the table in instructions.c maps
 * mnemonics to functions. A function works on the guest's registers in the signal's frame, and
 * changes nothing before the last access that can raise an exception.
 */
#ifndef RUNNER_INSTRUCTION_EMULATION_H
#define RUNNER_INSTRUCTION_EMULATION_H

#include "runner/instructions.h"

enum progress {
    PROGRESS_NEXT,    /* it is done; the caller moves EIP to the next instruction */
    PROGRESS_JUMPED,  /* it is done, and EIP is set */
    PROGRESS_RAISED,  /* cpu.exception is pending, or an interrupt was delivered */
    PROGRESS_UNKNOWN, /* it is not emulated, and nothing was changed */
};

typedef enum progress emulate_function(const struct instruction *instruction);

/* ---- instruction_flags.c: flags and interrupts ---- */
emulate_function emulate_cli, emulate_sti, emulate_pushf, emulate_popf, emulate_cld, emulate_std;
emulate_function emulate_hlt, emulate_int, emulate_int1, emulate_int3, emulate_into, emulate_bound,
    emulate_iret;

/* ---- instruction_system.c: control and debug registers, descriptor tables, descriptors ---- */
emulate_function emulate_move_control, emulate_move_debug;
emulate_function emulate_clts, emulate_lmsw, emulate_smsw, emulate_invlpg, emulate_flush_caches;
emulate_function emulate_lgdt, emulate_lidt, emulate_sgdt, emulate_sidt;
emulate_function emulate_lldt, emulate_ltr, emulate_sldt, emulate_str;
emulate_function emulate_lar, emulate_lsl, emulate_verr, emulate_verw, emulate_arpl;

/* ---- instruction_model.c: the processor's description, its clock, SYSENTER ---- */
emulate_function emulate_cpuid, emulate_rdtsc, emulate_rdpmc, emulate_rdmsr, emulate_wrmsr;
emulate_function emulate_sysenter, emulate_sysexit;
emulate_function emulate_undefined, emulate_nothing;

/* ---- instruction_port.c ---- */
emulate_function emulate_in, emulate_out, emulate_ins, emulate_outs;

/* ---- instruction_segment.c ---- */
emulate_function emulate_move_segment, emulate_load_far_pointer;
emulate_function emulate_far_jump, emulate_far_call, emulate_far_return;

/* ---- instruction_move.c ---- */
emulate_function emulate_mov, emulate_movzx, emulate_movsx, emulate_xchg, emulate_lea, emulate_xlat,
    emulate_bswap;
emulate_function emulate_push, emulate_pop, emulate_pusha, emulate_popa, emulate_enter,
    emulate_leave;

/* ---- instruction_branch.c ---- */
emulate_function emulate_jmp, emulate_call, emulate_ret, emulate_jcc, emulate_loop, emulate_jcxz;

/* ---- instruction_string.c ---- */
emulate_function emulate_movs, emulate_stos, emulate_lods, emulate_cmps, emulate_scas;

/* ---- instruction_arithmetic.c: arithmetic that a native copy cannot execute safely ---- */
emulate_function emulate_divide, emulate_adjust_ascii, emulate_adjust_decimal, emulate_aam,
    emulate_aad, emulate_salc;

/* ---- instruction_fpu.c: whole states of the FPU ---- */
emulate_function emulate_fxsave, emulate_fxrstor, emulate_ldmxcsr, emulate_stmxcsr;

/* ---- instruction_native.c: instructions that the host executes as a copy ---- */

/* Returns PROGRESS_UNKNOWN if the instruction is not of this kind, or if the host forbids memory
   that is writable and executable. A division must not fault: emulate_divide() checks it first. */
emulate_function emulate_native;

/* ---- bits of the FPU's registers ---- */

#define FPU_CONTROL_MASKS     0x003fu /* x87: the masks of exceptions */
#define FPU_MXCSR_FLAGS       0x003fu /* SSE: sticky flags of exceptions */
#define FPU_MXCSR_OPERANDS    0x0007u /* flags of operands: invalid, denormal, division by zero */
#define FPU_MXCSR_MASKS       0x1f80u /* the masks, in the order of the flags */
#define FPU_MXCSR_MASKS_SHIFT 7u
#define FPU_MXCSR_VALID       0xffffu

/* ---- shared functions ---- */

/* Raise #GP(0) and return false unless CPL is 0, or for check_io_privileged() CPL <= IOPL. */
bool check_privileged(void);
bool check_io_privileged(void);

/* Evaluates the condition in the low four bits of an opcode (SDM vol. 1, appendix B); bit 0
   negates it. */
static inline bool condition_is_met(uint32_t code, uint32_t flags)
{
    static const uint32_t any_of[8] = {FLAG_OF, FLAG_CF, FLAG_ZF, FLAG_CF | FLAG_ZF,
                                       FLAG_SF, FLAG_PF, 0,       FLAG_ZF};
    uint32_t pair = code >> 1 & 7;
    bool is_signed = pair >= 6; /* less: SF and OF differ */
    bool less = (flags & FLAG_SF) / FLAG_SF != (flags & FLAG_OF) / FLAG_OF;

    return ((flags & any_of[pair]) != 0 || (is_signed && less)) != (code & 1);
}

/* Returns the address after the instruction at EIP. */
static inline uint32_t next_eip(const struct instruction *instruction)
{
    return cpu_eip() + instruction->decoded.length;
}

/* Converts the result of an access, for "return progress_of(guest_read(...))". */
static inline enum progress progress_of(bool passed)
{
    return passed ? PROGRESS_NEXT : PROGRESS_RAISED;
}

/* Converts the result of a function that sets EIP itself. */
static inline enum progress progress_of_outcome(enum outcome outcome)
{
    static const enum progress progresses[] = {[OUTCOME_DONE] = PROGRESS_JUMPED,
                                               [OUTCOME_RAISED] = PROGRESS_RAISED,
                                               [OUTCOME_UNKNOWN] = PROGRESS_UNKNOWN};

    return progresses[outcome];
}

/* Replaces the flags in mask, a subset of FLAGS_NATIVE, in the host's register. */
static inline void status_set(uint32_t mask, uint32_t flags)
{
    cpu.host[REG_EFL] = (greg_t)(((uint64_t)cpu.host[REG_EFL] & ~(uint64_t)mask) | (flags & mask));
}

#endif
