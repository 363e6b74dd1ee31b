/*
 * The state of the guest's CPU. The guest runs natively at the host's CPL 3, so the host's
 * registers cannot hold its ring, its segments and some of its flags; they are kept in struct cpu.
 * During a trap, the general registers and the arithmetic flags are in the signal's frame, where
 * cpu_general() and the functions beside it read and write them.
 */
#ifndef RUNNER_CPU_H
#define RUNNER_CPU_H

#include "kernel/control.h"
#include "machine/machine.h"

#include <sys/ucontext.h>

#define FLAG_CF   0x00000001u
#define FLAG_PF   0x00000004u
#define FLAG_AF   0x00000010u
#define FLAG_ZF   0x00000040u
#define FLAG_SF   0x00000080u
#define FLAG_TF   0x00000100u
#define FLAG_IF   0x00000200u
#define FLAG_DF   0x00000400u
#define FLAG_OF   0x00000800u
#define FLAG_IOPL 0x00003000u
#define FLAG_NT   0x00004000u
#define FLAG_RF   0x00010000u
#define FLAG_VM   0x00020000u
#define FLAG_AC   0x00040000u
#define FLAG_ID   0x00200000u

#define FLAGS_STATUS (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)
/* The guest's flags that are kept in the host's register. */
#define FLAGS_NATIVE (FLAGS_STATUS | FLAG_TF | FLAG_DF)

#define CR0_PE 0x00000001u
#define CR0_MP 0x00000002u
#define CR0_EM 0x00000004u
#define CR0_TS 0x00000008u
#define CR0_ET 0x00000010u
#define CR0_NE 0x00000020u
#define CR0_AM 0x00040000u

enum vector {
    VECTOR_DE = 0,
    VECTOR_DB = 1,
    VECTOR_BP = 3,
    VECTOR_OF = 4,
    VECTOR_BR = 5,
    VECTOR_UD = 6,
    VECTOR_NM = 7,
    VECTOR_DF = 8,
    VECTOR_TS = 10,
    VECTOR_NP = 11,
    VECTOR_SS = 12,
    VECTOR_GP = 13,
    VECTOR_PF = 14,
    VECTOR_MF = 16,
    VECTOR_AC = 17,
    VECTOR_XM = 19
};

/* An exception that an emulated instruction raised and that is not delivered yet. */
struct exception {
    bool pending;
    uint8_t vector;
    bool has_error;
    uint32_t error;
};

struct cpu {
    greg_t *host;           /* the registers in the signal's frame, indexed by REG_RAX and so on */
    struct machine machine; /* MMU with CR0, CR3 and CR4, window, oracle, CR2 */
    struct segment segment[SEGMENT_COUNT], ldt, task;
    struct table_register gdt, idt;
    bool interpreted;  /* no instruction is ever executed natively */
    bool interpreting; /* the current instruction is not: the host must not execute its page */
    uint32_t cpl;
    uint32_t flags_kept; /* the flags outside of FLAGS_NATIVE: IF, IOPL, NT, RF, AC, ID */
    uint32_t debug[8];
    struct exception exception;
    struct control_sysenter sysenter;
    struct control_exception handled, first_handled; /* struct control_registers says more */
    uint32_t handlers_nested;
    struct control_taken taken;
    bool user_is_limited; /* in ring 3, a segment limit protects the supervisor's pages */
    bool inhibited;       /* after sti and loads of SS: one instruction runs before an interrupt */
};

extern struct cpu cpu;

/* ---- registers in the frame ---- */

static const unsigned char cpu_general_index[GENERAL_COUNT] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX,
                                                               REG_RSP, REG_RBP, REG_RSI, REG_RDI};

static inline uint32_t cpu_general(uint32_t number)
{
    return (uint32_t)cpu.host[cpu_general_index[number]];
}

static inline void cpu_general_set(uint32_t number, uint32_t value)
{
    cpu.host[cpu_general_index[number]] = value;
}

static inline uint32_t cpu_eip(void)
{
    return (uint32_t)cpu.host[REG_RIP];
}

static inline void cpu_eip_set(uint32_t value)
{
    cpu.host[REG_RIP] = value;
}

/* Returns EFLAGS as the guest sees it. */
uint32_t cpu_eflags(void);

/* Sets all of EFLAGS, except RF, which is cleared. It checks no privilege: popf and iret first
   decide which bits they may change. */
void cpu_eflags_set(uint32_t value);

static inline bool cpu_interrupts_on(void)
{
    return cpu.flags_kept & FLAG_IF;
}

static inline uint32_t cpu_iopl(void)
{
    return (cpu.flags_kept & FLAG_IOPL) >> 12;
}

static inline bool cpu_stack_is_big(void)
{
    return cpu.segment[SEG_SS].rights & SEGMENT_BIG;
}

/* Changes the guest's ring, and makes the supervisor's pages inaccessible in ring 3. Entering ring
   3 may cost a walk over all TLB entries. */
void cpu_set_cpl(uint32_t cpl);

/* Protects the supervisor's pages by unmapping, until the ring changes. Call it in ring 3, when a
   segment limit cannot protect them because a user page lies above a supervisor page. */
void cpu_hide_supervisor(void);

/* Returns the MMU's name of an access from the current ring. */
static inline uint32_t cpu_access(bool write)
{
    return (cpu.cpl == 3 ? MMU_USER : MMU_SUPERVISOR) | (write ? MMU_WRITE : MMU_READ);
}

/*
 * Execute MOV to a control register: they flush the TLB entries that the processor would flush, and
 * inform the oracle. Return false if they raised #GP, for reserved bits or a reserved combination
 * such as PG without PE. Real mode and PAE stop the guest with EVENT_UNSUPPORTED.
 */
bool cpu_load_cr0(uint32_t value);
bool cpu_load_cr3(uint32_t value);
bool cpu_load_cr4(uint32_t value);

/* Executes INVLPG of a linear address. */
void cpu_invlpg(uint32_t linear);

/* Flushes all TLB entries, and ends the watch over page tables. */
void cpu_forget_translations(void);

/* Tells if CR0.TS or CR0.EM disables x87, MMX and SSE. */
static inline bool cpu_fpu_is_off(void)
{
    return cpu.machine.mmu.cr0 & (CR0_TS | CR0_EM);
}

/* Returns the state of x87 and SSE in the signal's frame. */
struct _libc_fpstate *cpu_fpu(void);

/* ---- exceptions ---- */

/*
 * Record an exception, which is delivered when the emulation of the instruction returns. "To raise"
 * means this in all comments of the runner. The functions of type bool return false, so that a
 * caller can write "return cpu_raise(...)".
 */
bool cpu_raise(uint8_t vector);
bool cpu_raise_error(uint8_t vector, uint32_t error);
void cpu_raise_single_step(void); /* raises #DB after an instruction with TF; sets DR6.BS */
bool cpu_raise_page_fault(uint32_t linear, uint32_t error); /* sets CR2, drops the TLB entry */

/* ---- the end of a turn ---- */

/* Gives the turn to the parent with this event. When the parent resumes the guest, it adopts the
   parent's changes of registers, memory and stops, and jumps to turn_resume: it does not return. */
void cpu_stop(const struct control_event *event);

/* Does the same with an event that has a formatted text. */
void cpu_stop_text(enum event_kind kind, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

extern struct control *control;

#endif
