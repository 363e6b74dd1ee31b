/*
 * The block of memory that the parent and the runner of a kernel share, besides the arena. One word
 * says whose turn it is. The parent gives the turn to the runner, with the registers to run with;
 * the runner gives it back with an event. During one side's turn, the other side reads only the
 * output ring and the counter of traps.
 *
 * The parent must not trust the block, because a guest that has left its 32-bit segments controls
 * the runner's process. So the parent copies an event before it reads it, and checks each index.
 */
#ifndef KERNEL_CONTROL_H
#define KERNEL_CONTROL_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* The file descriptors that are open in the runner, besides standard error. */
#define CONTROL_FD       3
#define CONTROL_ARENA_FD 4

/* The return address of functions that the parent calls. Nothing can be mapped there: for the host
   it is in the hole below vm.mmap_min_addr, and for the guest it is the I/O APIC's page. */
#define CONTROL_RETURN_ADDRESS 0xfec00ff0u

#define CONTROL_OUTPUT_BYTES 65536u /* a power of two */
#define CONTROL_STOPS_MAX    256u
#define CONTROL_RANGES_MAX   64u
#define CONTROL_SYMBOLS_MAX  (1u << 17)
#define CONTROL_TEXTS_MAX    64u
#define CONTROL_TEXT_BYTES   160u

enum control_turn { TURN_PARENT, TURN_RUNNER };

/* Signals that the parent sends during the runner's turn. One that arrives at another time may be
   ignored or kept for the next turn, so the parent continues the run at an EVENT_INTERRUPTED that
   it did not request. */
#define CONTROL_SIGNAL_STOP SIGUSR1 /* give the turn back with EVENT_INTERRUPTED */
#define CONTROL_SIGNAL_TICK SIGUSR2 /* advance the guest's time: the guest does not trap */

/* General and segment registers in the order of the hardware's numbers. */
enum general_register { EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI, GENERAL_COUNT };
enum segment_register { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS, SEGMENT_COUNT };

/* A segment register with its hidden part (Intel SDM vol. 3A, 3.4.3). */
struct segment {
    uint16_t selector;
    uint16_t rights; /* bits 8-15 and 20-23 of the descriptor's upper half, shifted down by 8:
                        type, S, DPL, P; AVL, L, D/B, G. 0: unusable, as after a null selector */
    uint32_t base;
    uint32_t limit; /* offset of the last byte, with granularity applied */
};

#define SEGMENT_TYPE_ACCESSED 0x1u
#define SEGMENT_TYPE_WRITABLE 0x2u /* writable data; readable code */
#define SEGMENT_TYPE_DOWN     0x4u /* data that expands down; conforming code */
#define SEGMENT_TYPE_CODE     0x8u
#define SEGMENT_NOT_SYSTEM    0x10u
#define SEGMENT_DPL_SHIFT     5u
#define SEGMENT_PRESENT       0x80u
#define SEGMENT_BIG           0x4000u /* D/B */
#define SEGMENT_GRANULAR      0x8000u

#define SEGMENT_FLAT_CODE 0xc09bu /* ring 0, accessed, 4 GiB */
#define SEGMENT_FLAT_DATA 0xc093u

struct table_register {
    uint32_t base;
    uint32_t limit;
};

/* The last exception that was delivered to the guest; valid until its handler returns. */
struct control_exception {
    uint32_t in_progress; /* 0: no handler is in progress */
    uint32_t vector, error_code;
    uint32_t fault_address;               /* CR2, of vector 14 */
    uint32_t general[GENERAL_COUNT], eip; /* at the exception */
    uint32_t frame;                       /* address of the saved EIP: ESP at the handler's iret */
};

enum taken_kind {
    TAKEN_NOTHING,
    TAKEN_INTERRUPT,  /* from a device or the timer */
    TAKEN_DEBUG_TRAP, /* #DB after an instruction with TF, or after int1 */
};

/* The event whose delivery a report of a stale TLB entry has ended. It is delivered when the guest
   goes on. Other exceptions need no such record, because their instruction is repeated. */
struct control_taken {
    uint32_t kind; /* enum taken_kind */
    uint32_t vector;
};

/* SYSENTER_CS, SYSENTER_ESP, SYSENTER_EIP: the model-specific registers that can be written. */
struct control_sysenter {
    uint32_t cs, esp, eip;
};

struct control_registers {
    uint32_t general[GENERAL_COUNT];
    uint32_t eip, eflags;
    uint32_t cr0, cr2, cr3, cr4;
    struct segment segment[SEGMENT_COUNT], ldt, task;
    struct table_register gdt, idt;
    uint32_t cpl;
    struct control_sysenter sysenter;
    struct control_exception handled;
    struct control_exception first_handled; /* the outermost of nested exceptions, each in the
                                               handler of the one before */
    uint32_t handlers_nested;               /* number of nested exceptions, `handled` included */
    struct control_taken taken;
};

/* The request that comes with the turn. */
enum control_request {
    REQUEST_RUN,
    REQUEST_SAVE, /* save the state of the devices for REQUEST_RESTORE; answered by EVENT_READY */
    REQUEST_RESTORE, /* answered by EVENT_READY */
};

/* ---- stops: addresses with an action ---- */

enum stop_action {
    STOP_REPORT,    /* EVENT_STOP, before the instruction is executed */
    STOP_COUNT,     /* count only */
    STOP_RETURN,    /* at its `when`-th arrival (0: each), return `value` to the caller */
    STOP_INTERRUPT, /* raise interrupt vector `value` (0: that of IRQ 0) at its `when`-th arrival
                       (0: each) */
    STOP_FREE,      /* a page allocator's freeing function: check for an early free */
};

/* How the argument of a freeing function names the block. */
enum free_argument { FREE_VIRTUAL, FREE_PHYSICAL, FREE_FRAME };

/* One address may have several stops, of which at most one is a STOP_REPORT. All that are enabled
   count the arrival. STOP_FREE and STOP_INTERRUPT act first; then a STOP_RETURN that is due
   returns; otherwise STOP_REPORT reports. After `step_over` the first instruction triggers no
   stop. */
struct control_stop {
    uint32_t va;
    uint32_t action; /* enum stop_action */
    uint32_t value;
    uint64_t when;
    uint64_t arrivals;      /* written by the runner */
    uint8_t argument;       /* STOP_FREE: index of the stack argument, from 0 */
    uint8_t argument_kind;  /* enum free_argument */
    uint8_t order_argument; /* index of the argument with the block's order; 255: one frame */
    uint8_t enabled;
};

/* ---- timer interrupts at deterministic points ---- */

struct control_timer {
    uint64_t every_traps; /* raise `vector` after this number of traps; 0: as the devices are
                             programmed */
    uint32_t vector;      /* 0: the vector of IRQ 0, as the guest programmed it */
    bool on_sti, on_hlt;  /* also at each sti; also at each hlt with interrupts on */
};

/* ---- events ---- */

enum event_kind {
    EVENT_NONE,
    EVENT_READY,        /* the runner is ready */
    EVENT_STOP,         /* at the stop with index `stop` */
    EVENT_RETURNED,     /* the guest arrived at CONTROL_RETURN_ADDRESS */
    EVENT_EXIT,         /* the guest wrote `value` to port 0xf4 */
    EVENT_RESET,        /* the guest asked for a reset: `text` says how */
    EVENT_HALT,         /* hlt with interrupts off, or hlt and no interrupt will come */
    EVENT_TRIPLE_FAULT, /* exception `vector` could not be delivered, and neither could a double
                           fault */
    EVENT_FAULT,        /* an exception while no IDT was loaded */
    EVENT_STALE,        /* a use of a stale TLB entry: `stale` */
    EVENT_EARLY_FREE,   /* `stale` */
    EVENT_INTERRUPTED,  /* the parent requested it */
    EVENT_OUTPUT,       /* the output ring is full */
    EVENT_UNSUPPORTED,  /* the runner does not support something: `text` */
    EVENT_ESCAPED,      /* the guest left 32-bit mode, or made a system call of the host: `text` */
    EVENT_HOST,         /* the host failed: `text` */
};

struct control_stale {
    uint32_t kind; /* enum stale_kind */
    uint32_t va, access;
    uint32_t old_entry, new_entry;
    uint32_t frame;      /* of an early free */
    uint32_t changed_at; /* EIP of the change of the table; 0: not known */
    /* Only flags follow: the parent turns bytes that are neither 0 nor 1 into 1. */
    bool in_directory, global, cr3_loaded, native;
    bool still_mapped; /* early free: the tables still give this translation */
};

struct control_event {
    uint32_t kind; /* enum event_kind */
    uint32_t stop;
    uint32_t value;
    uint32_t vector, error_code; /* of an exception */
    uint32_t fault_address;      /* CR2, of vector 14 */
    struct control_stale stale;
    char text[CONTROL_TEXT_BYTES];
};

struct control_counters {
    uint64_t traps;      /* signals; the parent also reads this counter during the runner's turn */
    uint64_t fills;      /* pages that the MMU filled into the window */
    uint64_t faults;     /* page faults delivered to the guest */
    uint64_t interrupts; /* by devices and timer */
    uint64_t unknown_ports;
};

/* A range of physical memory, [first, end). Addresses outside of all ranges read as all ones. */
struct control_range {
    uint64_t first, end;
};

/* The frames that the parent wrote to since the last turn, some of them perhaps twice. */
#define CONTROL_WRITTEN_MAX 64u
#define CONTROL_WRITTEN_ANY (CONTROL_WRITTEN_MAX + 1u)

struct control_written {
    uint32_t count; /* CONTROL_WRITTEN_ANY: any frame may have been written to */
    uint32_t frame[CONTROL_WRITTEN_MAX];
};

struct control {
    _Alignas(64) uint32_t turn; /* enum control_turn; a futex */
    uint32_t spin;              /* how often each side reads `turn` before it sleeps */
    /* 1: the side sleeps on `turn`, or will. A side sets its own flag, reads `turn` once more, and
       only then waits. The other side stores `turn`, then reads the flag, and wakes the sleeper if
       it is 1. All four accesses are sequentially consistent. */
    uint32_t parent_sleeps, runner_sleeps;
    uint32_t interrupt_wanted;            /* set before CONTROL_SIGNAL_STOP; the runner clears it */
    _Alignas(64) uint64_t output_written; /* by the runner; the parent reads up to here */
    _Alignas(64) uint64_t output_read;

    struct control_registers registers;
    struct control_counters counters;
    struct control_event event;

    /* The parent sets these before it gives the turn. */
    uint32_t request; /* enum control_request */
    bool check_tlb;
    bool interpret;     /* emulate instructions, even when the host can run the guest natively */
    bool interpreted;   /* written by the runner: each instruction is emulated */
    bool stops_changed; /* `stops` or `symbols` have changed */
    bool tlb_flush;     /* the parent changed page tables: start with an empty TLB */
    uint8_t step_over;  /* do not stop at the first instruction */
    struct control_written written;
    uint32_t stop_count;
    struct control_stop stops[CONTROL_STOPS_MAX];
    struct control_timer timer;
    uint32_t range_count;
    struct control_range ranges[CONTROL_RANGES_MAX];
    uint32_t direct_map, direct_map_bytes; /* entries in this range do not make a free early */
    uint64_t ram_bytes;                    /* the RAM that CMOS reports */

    /* Sorted virtual addresses of code symbols, at which instructions begin; for the sweep of
       code. */
    uint32_t symbol_count;
    uint32_t symbols[CONTROL_SYMBOLS_MAX];
    /* Sorted ends of code sections: data follow from there to the next symbol, or to the end of the
       page. */
    uint32_t text_end_count;
    uint32_t text_ends[CONTROL_TEXTS_MAX];

    unsigned char output[CONTROL_OUTPUT_BYTES];
};

#endif
