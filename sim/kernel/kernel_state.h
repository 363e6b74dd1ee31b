/*
 * The inside of a kernel on the simulated machine: the state and the functions that the files which
 * implement mmsim/kernel.h share.
 *
 *     kernel.c             create, destroy, options
 *     kernel_files.c       ELF files, modules
 *     kernel_boot.c        the state in which a kernel starts
 *     kernel_run.c         turns, and how a run ends
 *     kernel_call.c        calls of the kernel's functions
 *     kernel_stops.c       actions at symbols
 *     kernel_hooks_file.c  the same from a file
 *     kernel_memory.c      the kernel's memory, through its page tables
 *     kernel_checkpoint.c  the kernel's state, saved and restored
 *     kernel_failure.c     the last failure, in parts
 *     kernel_report.c      the last failure, as text
 */
#ifndef KERNEL_KERNEL_STATE_H
#define KERNEL_KERNEL_STATE_H

#include "kernel/backtrace.h"
#include "kernel/elf_image.h"
#include "kernel/kernel_failure.h"
#include "kernel/multiboot.h"
#include "kernel/runner_process.h"
#include "machine/arena.h"
#include "machine/mmu.h"
#include <mmsim/kernel.h>

#define KERNEL_ERROR_BYTES 640u
#define KERNEL_FILES_MAX   64u

#define CR0_PE     0x00000001u
#define CR0_ET     0x00000010u
#define EFLAGS_ONE 0x00000002u /* always set */
#define EFLAGS_IF  0x00000200u
#define EFLAGS_DF  0x00000400u

/* The parent's actions when the guest arrives at an address. An address has at most one breakpoint,
   which has a STOP_REPORT in the runner's table while it has an action. */
struct breakpoint {
    uint32_t va;
    uint32_t slot; /* index in the table of stops */
    bool panic, until;
    kernel_hook *hook;
    void *context;
};

/* The parent's copy of the runner's table of stops, with the same indices. From the runner's own
   table the parent reads only the arrivals. */
struct stop_table {
    uint32_t count;
    bool changed;
    bool fresh[CONTROL_STOPS_MAX]; /* counting begins at 0; else the runner's count stays */
    struct control_stop stop[CONTROL_STOPS_MAX];
    uint32_t breakpoint_count;
    struct breakpoint breakpoint[CONTROL_STOPS_MAX];
};

struct kernel_output {
    char *bytes; /* ended by a 0 byte; NULL: none yet */
    size_t count, capacity;
};

struct checkpoint;

struct kernel {
    struct arena arena;
    struct runner_process process;

    /* of the options */
    struct pc_memmap map;
    uint64_t ram_bytes;
    uint32_t range_count; /* ranges of physical memory, sorted, with gaps between them */
    struct control_range range[CONTROL_RANGES_MAX];
    uint8_t fill;
    bool check_tlb;
    bool interpret;
    double limit_seconds;
    void (*output)(void *context, const char *bytes, size_t count);
    void *context;

    /* files */
    size_t file_count; /* the first is the kernel's own file, once it is loaded */
    struct elf_file *file[KERNEL_FILES_MAX];
    bool loaded;
    struct elf_image image;
    struct symbols symbols;
    struct lines *lines;
    struct call_frames *frames;
    uint32_t module_count;
    struct multiboot_module module[MULTIBOOT_MODULES_MAX];
    struct file_bytes module_file[MULTIBOOT_MODULES_MAX];
    char *words;

    /* the present state */
    struct control_registers registers; /* as at the end of the last turn, or set since */
    const char *boot_note;              /* kernel_boot_note(); NULL: none */
    bool state_set;                     /* the kernel was booted, or has the state of boot code */
    bool executed;                      /* the kernel had at least one turn */
    bool in_hook;
    bool failed;    /* the kernel failed and cannot continue */
    bool tlb_flush; /* still to be passed to the runner, as are the frames in: */
    struct control_written written;
    bool passing; /* the stop at EIP was reported: the next turn executes its
                     instruction */
    uint32_t passing_eip;

    /* how the last run ended */
    enum kernel_outcome ended;
    bool refused; /* the last request to run was refused; the end of the run before stays
                     readable */
    struct control_event event;
    uint32_t exit_value;
    uint64_t result64;
    double seconds; /* real time of all runs */

    struct stop_table stops;
    struct control_timer timer;
    uint32_t timer_slot; /* stop of the timer's symbol; CONTROL_STOPS_MAX: none */
    uint32_t direct_map, direct_map_bytes;
    struct checkpoint *checkpoint; /* NULL: none */

    struct kernel_output kept;
    struct kernel_failure failure; /* filled in at the first request */
    bool failure_made;
    char *report; /* NULL: not made yet */
    char where[WHERE_BYTES];
    char error[KERNEL_ERROR_BYTES];
};

/* ---- errors (kernel.c) ---- */

/* To be called first in each public function that can fail. */
static inline void kernel_clear_error(struct kernel *kernel)
{
    kernel->error[0] = '\0';
}

/* Set the sentence of kernel_error(). Always returns false. */
__attribute__((format(printf, 2, 3))) bool kernel_fail_with(struct kernel *kernel,
                                                            const char *format, ...);

/* Returns the outcome of a request that succeeded or failed. The end of the last run stays as it
   is. */
static inline enum kernel_outcome kernel_done_if(bool done)
{
    return done ? KERNEL_DONE : KERNEL_ERROR;
}

/* Set *va to the address of a symbol. Returns false after an error. */
bool kernel_address(struct kernel *kernel, const char *symbol, uint32_t *va);

/* Store output of the kernel, or pass it to the options' function. */
void kernel_take_output(void *context, const char *bytes, size_t count);

/* ---- physical memory (kernel.c) ---- */

/* Returns whether all of [pa, pa + count) is memory. */
bool kernel_is_memory(const struct kernel *kernel, uint32_t pa, size_t count);

/* Returns a pointer to the bytes at a physical address. */
static inline unsigned char *kernel_memory(const struct kernel *kernel, uint32_t pa)
{
    return (unsigned char *)kernel->arena.memory + pa;
}

/* ---- stops (kernel_stops.c) ---- */

struct breakpoint *kernel_breakpoint_at(struct kernel *kernel, uint32_t va);

/* Returns the breakpoint of an address, a new one if it has none; NULL after an error. */
struct breakpoint *kernel_breakpoint(struct kernel *kernel, uint32_t va);

/* To be called after a breakpoint has changed: the runner reports at its address while it has an
   action. */
void kernel_breakpoint_update(struct kernel *kernel, struct breakpoint *breakpoint);

/* ---- running (kernel_run.c) ---- */

/* Returns whether the kernel may run; false after an error. */
bool kernel_may_run(struct kernel *kernel);

/* Refuse a request to run, after an error. Returns KERNEL_ERROR. */
enum kernel_outcome kernel_refuse(struct kernel *kernel);

/* Give turns until the run ends: with KERNEL_UNTIL at a breakpoint that is an `until`, with
   KERNEL_RETURNED at CONTROL_RETURN_ADDRESS, or with another outcome. Sets kernel->ended. */
enum kernel_outcome kernel_give_turns(struct kernel *kernel);

/* Give one turn for a request that runs no code: to save or to restore the state of the devices.
   Returns false after an error. */
bool kernel_ask(struct kernel *kernel, enum control_request request);

/* Forget the end of the last run, and its report. */
void kernel_forget_end(struct kernel *kernel);

/* ---- memory (kernel_memory.c) ---- */

/* Read like kernel_read(), without a change of kernel_error(). */
bool kernel_peek(const struct kernel *kernel, uint32_t va, void *bytes, size_t count);

/* ---- the state that boot code leaves (kernel_boot.c) ---- */

/* Set flat segments of ring 0, interrupts off, paging off. */
void kernel_registers_reset(struct control_registers *registers);

/* ---- the last failure (kernel_failure.c) ---- */

/* The present table entries of an address. */
struct table_walk {
    bool paging;
    uint32_t directory_entry;
    bool has_table_entry; /* the directory names a table */
    uint32_t table_entry;
};

struct table_walk kernel_table_walk(const struct kernel *kernel, uint32_t va);

void kernel_checkpoint_free(struct checkpoint *checkpoint); /* NULL is ignored */

#endif
