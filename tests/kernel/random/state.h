/* The processor's state before and after a case. */
#ifndef RANDOM_STATE_H
#define RANDOM_STATE_H

#include "layout.h"

#include <stdint.h>

enum { EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI, GENERAL_COUNT };

#define FLAG_CF 0x0001u
#define FLAG_PF 0x0004u
#define FLAG_AF 0x0010u
#define FLAG_ZF 0x0040u
#define FLAG_SF 0x0080u
#define FLAG_TF 0x0100u
#define FLAG_IF 0x0200u
#define FLAG_DF 0x0400u
#define FLAG_OF 0x0800u
#define FLAG_NT 0x4000u
#define FLAG_RF 0x10000u
#define FLAG_AC 0x40000u
#define FLAG_ID 0x200000u

#define FLAGS_STATUS (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

/* As entry.S reads it: esp and ss, eip and cs are far pointers. */
struct state {
    uint32_t general[GENERAL_COUNT];
    uint32_t esp, ss;
    uint32_t eip, cs;
    uint32_t eflags;
    uint32_t ds, es, fs, gs;
    uint32_t cr0;
    /* what only a trap sets */
    uint32_t vector, error, cr2, dr6;
};
_Static_assert(__builtin_offsetof(struct state, cr0) == 68, "entry.S relies on this offset");

/* FXSAVE's image. */
struct fpu_state {
    uint16_t control, status;
    uint8_t valid, reserved;
    uint16_t opcode;
    uint32_t instruction[2], operand[2];
    uint32_t mxcsr, mxcsr_mask;
    uint32_t st[8][4];
    uint32_t xmm[8][4];
    uint32_t unused[56];
} __attribute__((aligned(16)));
_Static_assert(sizeof(struct fpu_state) == 512, "the processor writes a structure of this size");

extern struct state before, after;
extern struct fpu_state before_fpu, after_fpu;

#endif
