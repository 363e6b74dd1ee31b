/*
 * The block of memory that the parent and the runner of a kernel share, besides the arena. One word
 * says whose turn it is. The parent gives the turn to the runner, with the registers to run with;
 * the runner gives it back with an event. While it is one side's turn, the other side reads nothing
 * but the output ring.
 *
 * The parent trusts nothing in it, because a guest that has left its 32-bit segments controls the
 * runner's process. So the parent copies an event before it looks at it, and checks each index.
 */
#ifndef KERNEL_CONTROL_H
#define KERNEL_CONTROL_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* The file descriptors that the runner finds open, besides standard error. */
#define CONTROL_FD       3
#define CONTROL_ARENA_FD 4

/* A guest that returns from a function that the parent called arrives here. Nothing can be mapped
   there: it is the host's hole below vm.mmap_min_addr, and the I/O APIC's page for the guest. */
#define CONTROL_RETURN_ADDRESS 0xfec00ff0u

#define CONTROL_OUTPUT_BYTES 65536u /* a power of two */
#define CONTROL_STOPS_MAX    256u
#define CONTROL_RANGES_MAX   64u
#define CONTROL_SYMBOLS_MAX  (1u << 17)
#define CONTROL_TEXTS_MAX    64u
#define CONTROL_TEXT_BYTES   160u

enum control_turn { TURN_PARENT, TURN_RUNNER };

/* Signals from the parent while it is the runner's turn. One that arrives at any other time may be
   ignored or kept for the next turn: the parent takes an EVENT_INTERRUPTED that it did not ask for
   as "go on". */
#define CONTROL_SIGNAL_STOP SIGUSR1 /* give the turn back with EVENT_INTERRUPTED */
#define CONTROL_SIGNAL_TICK SIGUSR2 /* the guest does not trap: let its time pass */

/* The order of the hardware's numbers, for general and for segment registers. */
enum general_register { EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI, GENERAL_COUNT };
enum segment_register { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS, SEGMENT_COUNT };

/* A segment register with its hidden part (Intel SDM vol. 3A, 3.4.3). */
struct segment {
    uint16_t selector;
    uint16_t rights; /* bits 8-15 and 20-23 of the descriptor's upper half, shifted down by 8:
                        type, S, DPL, P; AVL, L, D/B, G. 0: unusable, as after a null selector */
    uint32_t base;
    uint32_t limit; /* the last byte, granularity applied */
};

#define SEGMENT_TYPE_ACCESSED 0x1u
#define SEGMENT_TYPE_WRITABLE 0x2u /* data; of code: readable */
#define SEGMENT_TYPE_DOWN     0x4u /* data expands down; code is conforming */
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

/* The last exception that was delivered to the guest, while its handler has not returned. */
struct control_exception {
    uint32_t in_progress; /* 0: there is none */
    uint32_t vector, error_code;
    uint32_t fault_address;               /* CR2, of vector 14 */
    uint32_t general[GENERAL_COUNT], eip; /* when it came */
    uint32_t frame; /* ESP when the handler returns: where the CPU pushed EIP */
};

/* SYSENTER_CS, SYSENTER_ESP, SYSENTER_EIP: the model-specific registers that keep a value. */
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
    struct control_exception first_handled; /* of those that came one inside the other's handler */
    uint32_t handlers_nested;               /* the number of those, `handled` included */
    uint32_t interrupt_taken, interrupt_vector; /* struct cpu */
};

/* What the parent asks for with the turn. */
enum control_request {
    REQUEST_RUN,
    REQUEST_SAVE, /* keep the state of the devices for REQUEST_RESTORE; answered by EVENT_READY */
    REQUEST_RESTORE, /* answered by EVENT_READY */
};

/* ---- where the guest stops, and what happens there ---- */

enum stop_action {
    STOP_REPORT,    /* EVENT_STOP, before the instruction is executed */
    STOP_COUNT,     /* count only */
    STOP_RETURN,    /* at its `when`-th arrival (0: each), return `value` to the caller */
    STOP_INTERRUPT, /* raise interrupt vector `value` (0: that of IRQ 0) at its `when`-th arrival
                       (0: each) */
    STOP_FREE,      /* a page allocator's function that frees: check for an early free */
};

/* What a freeing function's argument is. */
enum free_argument { FREE_VIRTUAL, FREE_PHYSICAL, FREE_FRAME };

/* Several may have one address, of which at most one is a STOP_REPORT. Then all that are enabled
   count the arrival; STOP_FREE and STOP_INTERRUPT act; a STOP_RETURN that is due returns; else
   STOP_REPORT reports. After `step_over` none of them looks at the first instruction. */
struct control_stop {
    uint32_t va;
    uint32_t action; /* enum stop_action */
    uint32_t value;
    uint64_t when;
    uint64_t arrivals;      /* written by the runner */
    uint8_t argument;       /* STOP_FREE: which stack argument, from 0 */
    uint8_t argument_kind;  /* enum free_argument */
    uint8_t order_argument; /* which argument is the order of the block; 255: one frame */
    uint8_t enabled;
};

/* ---- timer interrupts at deterministic points ---- */

struct control_timer {
    uint64_t every_traps; /* raise `vector` after so many traps; 0: as the devices are programmed */
    uint32_t vector;      /* 0: that of IRQ 0, as the guest programmed it */
    bool on_sti, on_hlt;  /* besides: at each sti, at each hlt with interrupts on */
};

/* ---- events ---- */

enum event_kind {
    EVENT_NONE,
    EVENT_READY,        /* the runner is there */
    EVENT_STOP,         /* `stop` says which */
    EVENT_RETURNED,     /* arrived at CONTROL_RETURN_ADDRESS */
    EVENT_EXIT,         /* wrote `value` to port 0xf4 */
    EVENT_RESET,        /* asked for a reset: `text` says how */
    EVENT_HALT,         /* hlt with interrupts off, or hlt and no interrupt will come */
    EVENT_TRIPLE_FAULT, /* the first exception, `vector`, could not be delivered, nor a double fault
                         */
    EVENT_FAULT,        /* an exception while no IDT was loaded */
    EVENT_STALE,        /* a use of a stale TLB entry: `stale` */
    EVENT_EARLY_FREE,   /* `stale` */
    EVENT_INTERRUPTED,  /* the parent asked for it */
    EVENT_OUTPUT,       /* the output ring is full */
    EVENT_UNSUPPORTED,  /* something that the runner cannot do: `text` */
    EVENT_ESCAPED,      /* the guest left 32-bit mode, or made a system call of the host: `text` */
    EVENT_HOST,         /* the host failed: `text` */
};

struct control_stale {
    uint32_t kind; /* enum stale_kind */
    uint32_t va, access;
    uint32_t old_entry, new_entry;
    uint32_t frame;      /* of an early free */
    uint32_t changed_at; /* the EIP that changed the table; 0: not known */
    /* Only flags from here on: the parent turns bytes that are neither 0 nor 1 into 1. */
    bool in_directory, global, cr3_loaded, native;
    bool still_mapped; /* early free: the tables say what the TLB says */
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
    uint64_t traps;      /* signals; the parent reads this one during the runner's turn, too */
    uint64_t fills;      /* pages that the MMU filled into the window */
    uint64_t faults;     /* page faults delivered to the guest */
    uint64_t interrupts; /* by devices and timer */
    uint64_t unknown_ports;
};

/* Physical memory, [first, end). What is in no range reads as all ones. */
struct control_range {
    uint64_t first, end;
};

struct control {
    _Alignas(64) uint32_t turn; /* enum control_turn; a futex */
    uint32_t spin;              /* how often each side looks at `turn` before it sleeps */
    /* 1: that side sleeps on `turn`, or is about to. A side sets its own flag, looks at `turn` once
       more, and only then waits. The other side stores `turn`, then reads the flag, and wakes the
       sleeper if it is 1. All four accesses are sequentially consistent. */
    uint32_t parent_sleeps, runner_sleeps;
    uint32_t interrupt_wanted;            /* set before CONTROL_SIGNAL_STOP; the runner clears it */
    _Alignas(64) uint64_t output_written; /* by the runner; the parent reads up to here */
    _Alignas(64) uint64_t output_read;

    struct control_registers registers;
    struct control_counters counters;
    struct control_event event;

    /* What the parent sets before it gives the turn. */
    uint32_t request; /* enum control_request */
    bool check_tlb;
    bool interpret;      /* even where the host could run the guest natively */
    bool interpreted;    /* written by the runner: each instruction is emulated */
    bool stops_changed;  /* `stops` or `symbols` are not as they were */
    bool memory_written; /* by the parent, in frames that may hold code */
    bool tlb_flush;      /* the parent changed tables: start with an empty TLB */
    uint8_t step_over;   /* do not stop at the first instruction */
    uint32_t stop_count;
    struct control_stop stops[CONTROL_STOPS_MAX];
    struct control_timer timer;
    uint32_t range_count;
    struct control_range ranges[CONTROL_RANGES_MAX];
    uint32_t direct_map, direct_map_bytes; /* for early frees: entries there do not count */
    uint64_t ram_bytes;                    /* the RAM that CMOS reports */

    /* Where instructions begin, for the sweep of code: sorted virtual addresses of symbols. */
    uint32_t symbol_count;
    uint32_t symbols[CONTROL_SYMBOLS_MAX];
    /* Where sections of code end, sorted: from there to the next symbol there are data. */
    uint32_t text_end_count;
    uint32_t text_ends[CONTROL_TEXTS_MAX];

    unsigned char output[CONTROL_OUTPUT_BYTES];
};

#endif
