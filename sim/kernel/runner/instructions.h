/*
 * Instructions that do not run natively, for one of three reasons: they trap; they were replaced,
 * because they must trap and would not (instruction_is_sensitive()); or they access memory that the
 * host does not map for them (devices, watched page tables, code frames).
 */
#ifndef RUNNER_INSTRUCTIONS_H
#define RUNNER_INSTRUCTIONS_H

#include "runner/cpu.h"

#include <Zydis/Zydis.h>

struct instruction {
    ZydisDecodedInstruction decoded;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    unsigned char bytes[ZYDIS_MAX_INSTRUCTION_LENGTH];
};

enum outcome {
    OUTCOME_DONE,   /* Registers, EIP and memory are as after the instruction. A repeated string
                       instruction may pause at the end of a page: then EIP still names it, and ECX
                       counts the remaining elements. */
    OUTCOME_RAISED, /* Either an exception is pending in cpu.exception, and registers and memory are
                       as before the instruction, except that a repeated string instruction keeps
                       its progress. Or an interrupt was delivered, and no exception is pending. */
    OUTCOME_UNKNOWN, /* The instruction is not emulated, and nothing was changed. */
};

/* Decodes at most `count` bytes of 32-bit code. Returns false if they are not an instruction, or
   not all of one. */
bool instruction_decode(const unsigned char *bytes, uint32_t count,
                        struct instruction *instruction);

/* Tells if bytes that instruction_decode() refuses may be the beginning of an instruction.
   Otherwise they are an undefined opcode, whatever follows them. */
bool instruction_is_cut_off(const unsigned char *bytes, uint32_t count);

/* Tells if the instruction must be replaced in the copy: at the host's CPL 3 it does not always
   trap, and it shows or changes state of the host. */
bool instruction_is_sensitive(const struct instruction *instruction);

/* Tells if the instruction is sensitive, or if the host refuses it at CPL 3 in every ring of the
   guest. */
bool instruction_is_refused(const struct instruction *instruction);

/* Tells if the instruction uses x87, MMX or SSE state, so that CR0.TS, EM and MP apply to it. */
bool instruction_uses_fpu(const struct instruction *instruction);

/* Checks CR0.MP, EM and TS and pending x87 exceptions for an instruction that uses the FPU. Returns
   false if it raised #NM, #UD or #MF. */
bool fpu_check(const struct instruction *instruction);

/* Tells if the instruction is MOV or POP to SS, after which a trap of TF is delayed until after the
   next instruction (SDM vol. 3A, 6.8.3). */
bool instruction_delays_traps(const struct instruction *instruction);

/* Executes the instruction, which is the one at EIP. */
enum outcome instruction_emulate(const struct instruction *instruction);

#endif
