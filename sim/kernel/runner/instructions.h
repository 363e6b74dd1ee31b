/*
 * Instructions that do not run natively: they trapped, or they were replaced since they would not
 * trap and should (instruction_is_sensitive()), or they touch memory that the host does not show
 * (devices, page tables that are watched, code that was executed).
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
    OUTCOME_DONE,    /* registers and memory are as after it, EIP too. A repeated string instruction
                        may pause at the end of a page: EIP is still at it, and ECX counts the
                        rest */
    OUTCOME_RAISED,  /* Either cpu.exception holds what it raised, and registers and memory are as
                        before it, except that a repeated string instruction keeps its progress.
                        Or it has delivered an interrupt, and no exception is pending */
    OUTCOME_UNKNOWN, /* not emulated; nothing was changed */
};

/* Decode at most `count` bytes of 32-bit code. false: no instruction, or cut off. */
bool instruction_decode(const unsigned char *bytes, uint32_t count,
                        struct instruction *instruction);

/* Of bytes that instruction_decode() refuses: may they be the beginning of an instruction?
   Otherwise they are an undefined opcode, whatever follows them. */
bool instruction_is_cut_off(const unsigned char *bytes, uint32_t count);

/* Must it be replaced where it is executed? It would not trap at the host's CPL 3, or not always,
   and shows or changes what is the host's. */
bool instruction_is_sensitive(const struct instruction *instruction);

/* Does the host refuse it at its ring 3, whatever the guest's ring? Or is it sensitive? */
bool instruction_is_refused(const struct instruction *instruction);

/* Does it use x87, MMX or SSE state: #NM while CR0.TS or EM is set (WAIT: TS and MP)? */
bool instruction_uses_fpu(const struct instruction *instruction);

/* May an instruction that instruction_uses_fpu() go on? false: raised #NM or #UD by CR0.MP, EM and
   TS, or #MF for an x87 exception that is pending. */
bool fpu_check(const struct instruction *instruction);

/* MOV and POP to SS: no trap of TF follows, but one after the next instruction (SDM vol. 3A,
   6.8.3). */
bool instruction_delays_traps(const struct instruction *instruction);

/* Execute the instruction at EIP. */
enum outcome instruction_emulate(const struct instruction *instruction);

#endif
