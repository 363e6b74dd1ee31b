/*
 * A foreign kernel on the simulated machine, for tests on the host.
 *
 *     struct kernel *kernel = kernel_create(&(struct kernel_options){.ram_bytes = 64 << 20});
 *     kernel_load(kernel, "kernel.elf");
 *     kernel_boot(kernel);
 *     kernel_run_until(kernel, "kernel_ready");
 *     uint32_t page = kernel_call(kernel, "kalloc");
 *     assert_int_not_equal(page, 0);
 *     kernel_destroy(kernel);
 *
 * The kernel is an ordinary i386 ELF file, unmodified. Its code runs in a process of its own, in
 * 32-bit mode where the host can execute that, on 4 GiB of simulated physical memory with a
 * simulated MMU. The test's process reads and writes that memory, and calls the kernel's functions.
 * Any number of kernels can exist at once. Each kernel is used by one thread at a time, and ends
 * when the thread that created it ends.
 *
 * Errors are values. A function that can fail returns an outcome, or the value that its comment
 * names; kernel_error() then explains the failure in one sentence. An error of the kernel itself (a
 * panic, a fault, the use of a stale TLB entry, a call that never returns) is also an outcome;
 * kernel_report() describes it with the kernel's source lines. After such an outcome, memory and
 * registers are as the kernel left them, and can be read. The kernel can continue only after
 * kernel_restart() or kernel_set_registers(); after KERNEL_LIMIT it can continue at once.
 *
 * A function that takes a symbol also takes an address as text: "0xc0101000".
 *
 * A returned string belongs to the kernel, and is valid until the next call with this kernel.
 * Strings that are passed are copied.
 *
 * Costs: a call and its return take about 2 us when each of the two processes has a core, and more
 * when both share one. Reading memory takes one walk of the page tables for each page.
 */
#ifndef MMSIM_KERNEL_H
#define MMSIM_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kernel;

/* ---- a kernel is a value ---- */

struct kernel_options {
    uint64_t ram_bytes;   /* 8 MiB to 63 GiB; the memory map is that of QEMU's PC. 0: 64 MiB */
    const char *memmap;   /* instead, a file with BIOS-e820 lines. NULL: ram_bytes decides */
    uint8_t fill;         /* the byte that fills the RAM before the kernel is loaded. 0: zeros, as
                             emulators have; real RAM has anything. Other bytes take memory of the
                             host for all of the RAM below 4 GiB */
    bool check_tlb;       /* a use of a stale TLB entry ends the run with KERNEL_STALE_TLB */
    bool interpret;       /* emulate each instruction, even where the host can execute it */
    double limit_seconds; /* real time for each run and each call. 0: 60 */
    bool patient; /* sleep instead of spinning while the kernel runs: calls take longer, and the
                     core is free for other processes. With a single core this is always so */
    /* Called with the bytes that the kernel writes to its serial port 0x3f8 or to port 0xe9, as
       they come. It must not run or call the kernel. NULL: the bytes are kept for
       kernel_output(). */
    void (*output)(void *context, const char *bytes, size_t count);
    void *context;
};

/* Create a kernel. options may be NULL. Returns NULL when the host refuses a resource or an option
   has a wrong value; kernel_create_error() then says what is missing and what to do. */
struct kernel *kernel_create(const struct kernel_options *options);

/* Returns the reason why this thread's last kernel_create() failed; "" when it succeeded. */
const char *kernel_create_error(void);

/* End the kernel's process, and free all that belongs to the kernel. NULL is ignored. */
void kernel_destroy(struct kernel *kernel);

/* Returns whether each instruction is emulated, because the host cannot execute 32-bit code or
   because the options ask for emulation. Results are the same as without emulation; only the speed
   is lower. */
bool kernel_is_interpreted(const struct kernel *kernel);

/* Returns the reason why the last call with this kernel failed, as one line without a newline; ""
   when it succeeded. */
const char *kernel_error(const struct kernel *kernel);

/* ---- outcomes ---- */

enum kernel_outcome {
    KERNEL_DONE,         /* a step succeeded that has no other outcome of this list */
    KERNEL_RETURNED,     /* the called function returned */
    KERNEL_UNTIL,        /* the kernel arrived at the symbol */
    KERNEL_EXIT,         /* the kernel wrote to port 0xf4: kernel_exit_value() */
    KERNEL_HALT,         /* hlt with interrupts off, or with no device that could end it; or the
                            kernel asked for a reset */
    KERNEL_PANIC,        /* the kernel called a function that was named as its panic */
    KERNEL_TRIPLE_FAULT, /* an exception that cannot be delivered */
    KERNEL_FAULT,        /* an exception while the kernel had no interrupt descriptor table; or the
                            kernel left 32-bit protected mode */
    KERNEL_STALE_TLB,    /* checking mode: the kernel used a stale TLB entry, or freed a frame too
                            early */
    KERNEL_LIMIT,        /* limit_seconds have passed */
    KERNEL_ERROR         /* the request is wrong, or the file or the host failed: kernel_error() */
};

/* Returns the name of an outcome as in the JSON of `mmsim kernel`: "returned", "stale_tlb". */
const char *kernel_outcome_name(enum kernel_outcome outcome);

/* The first returns how the last run or call ended; the second returns the value that the kernel
   wrote to port 0xf4 at KERNEL_EXIT. */
enum kernel_outcome kernel_ended(const struct kernel *kernel);
uint32_t kernel_exit_value(const struct kernel *kernel);

/* Returns the full description of the last failure, in several lines: what failed and where
   (function, source line), the last exception if its handler failed, the walk of the page tables,
   the registers, and the stack of calls. Returns "" after an outcome that is no failure. */
const char *kernel_report(struct kernel *kernel);

/* ---- loading ---- */

/* Load an ELF file: its segments go to their physical addresses. Returns KERNEL_ERROR when the file
   is not a 32-bit x86 executable, when it does not fit into RAM, or when another kernel is
   loaded. */
enum kernel_outcome kernel_load(struct kernel *kernel, const char *path);

/* Add a boot module for kernel_boot(), with the words of its command line (NULL: none). At most 32
   modules. Returns KERNEL_DONE or KERNEL_ERROR. */
enum kernel_outcome kernel_module(struct kernel *kernel, const char *path, const char *words);

/* Append words to the kernel's command line, which begins with its path. */
void kernel_append(struct kernel *kernel, const char *words);

/* Read the symbols of another ELF file without loading it, for programs that the kernel loads by
   itself. Returns KERNEL_DONE or KERNEL_ERROR. */
enum kernel_outcome kernel_symbols(struct kernel *kernel, const char *path);

/* ---- starting it ---- */

/* Set the state that a multiboot loader leaves: multiboot 1 or 2, as the file's header asks, or 1
   when the file has no such header. Executes nothing yet. Returns KERNEL_ERROR after the kernel has
   run. */
enum kernel_outcome kernel_boot(struct kernel *kernel);

/* Returns which request of the kernel's multiboot header kernel_boot() could not meet, such as that
   for EFI boot services; "" when there is none. */
const char *kernel_boot_note(const struct kernel *kernel);

/* A range that the boot code would have mapped, in whole pages: of 4 MiB with large_pages, else of
   4 KiB. */
struct kernel_mapping {
    uint32_t va, pa, bytes;
    bool read_only, user, large_pages;
};

/*
 * The state that the kernel's boot code would have left, for calls of its functions without
 * booting. Paging is on, with the page directory in the frame at physical address `tables_at`; the
 * page tables follow in the next frames. These frames must be RAM that the kernel does not use.
 * CR4.PSE is set when there are large pages; segments are flat, and interrupts are off. Mappings
 * must not overlap.
 */
struct kernel_boot_state {
    const struct kernel_mapping *mappings;
    size_t mapping_count;
    uint32_t tables_at;
    uint32_t stack_top; /* ESP; the memory below it must be mapped */
    bool cr0_wp;        /* CR0.WP is set */
};

/*
 * Set this state instead of booting. NULL selects a state by the file's program headers. For a
 * kernel that is linked at its physical addresses, paging stays off. For a kernel that is linked at
 * a constant distance above them, all RAM is mapped twice: at this distance and at its physical
 * addresses. Stack and tables are then in the last 4 MiB of RAM. Returns KERNEL_DONE or
 * KERNEL_ERROR.
 */
enum kernel_outcome kernel_set_boot_state(struct kernel *kernel,
                                          const struct kernel_boot_state *state);

/* ---- running ---- */

/* Run until the kernel ends by itself. Returns the outcome. */
enum kernel_outcome kernel_run(struct kernel *kernel);

/* Run until the instruction at the symbol (a function, or the address of any instruction) is about
   to be executed. Returns KERNEL_UNTIL when it is, else another outcome. */
enum kernel_outcome kernel_run_until(struct kernel *kernel, const char *symbol);

/*
 * uint32_t kernel_call(struct kernel *kernel, const char *symbol, uint32_t argument...);
 *
 * Call a function with up to 64 arguments of 32 bits on the stack, as the i386 System V ABI defines
 * it, and return EAX. Of a function that returns bool or char, only the lowest byte has a meaning.
 * The call's stack frame is put below the present ESP. Afterwards the general registers, EIP and
 * the flags except IF are as before. Returns 0 on any other outcome than KERNEL_RETURNED;
 * kernel_ended() returns that outcome.
 */
#ifndef __cplusplus
#define kernel_call(kernel, ...)                                                                   \
    kernel_call_arguments((kernel), KERNEL_FIRST_(__VA_ARGS__, 0),                                 \
                          (const uint32_t[]){KERNEL_REST_(__VA_ARGS__, 0)},                        \
                          sizeof((const uint32_t[]){KERNEL_REST_(__VA_ARGS__, 0)}) / 4u - 1u)
#define KERNEL_FIRST_(first, ...) first
#define KERNEL_REST_(first, ...)  __VA_ARGS__
#endif

uint32_t kernel_call_arguments(struct kernel *kernel, const char *symbol, const uint32_t *arguments,
                               size_t count);

/* Returns the 64 bits of EDX:EAX of the last call. */
uint64_t kernel_result64(const struct kernel *kernel);

/* The first saves memory, registers and devices; the second sets them back to the last checkpoint.
   Breakpoints, hooks, counts and output stay as they are. Both take time in proportion to the
   memory that the kernel has written. Both return KERNEL_DONE or KERNEL_ERROR. */
enum kernel_outcome kernel_checkpoint(struct kernel *kernel);
enum kernel_outcome kernel_restart(struct kernel *kernel);

/* ---- panics of the kernel ---- */

/* Take each call of this function for a panic. The report shows its first argument as text if it is
   a string. Returns KERNEL_DONE or KERNEL_ERROR. */
enum kernel_outcome kernel_panic_symbol(struct kernel *kernel, const char *symbol);

/* ---- hooks ---- */

/* The decision of a hook: execute the function, or return to its caller at once. */
enum kernel_hook_verdict { KERNEL_HOOK_GO_ON, KERNEL_HOOK_RETURN };

/* Called when the function is about to be executed. kernel_argument() returns the arguments; to
   return a value, set *result. A hook may read and write memory and registers, and must not run or
   call the kernel. */
typedef enum kernel_hook_verdict kernel_hook(void *context, struct kernel *kernel,
                                             uint32_t *result);

/* Set the hook of a symbol; it replaces an earlier one. Returns KERNEL_DONE or KERNEL_ERROR. */
enum kernel_outcome kernel_hook_before(struct kernel *kernel, const char *symbol, kernel_hook *hook,
                                       void *context);

/* Remove the symbol's hook, and the effect of kernel_fail(). Returns KERNEL_DONE or
   KERNEL_ERROR. */
enum kernel_outcome kernel_unhook(struct kernel *kernel, const char *symbol);

/* Returns the function's i-th argument on the stack. To be called inside a hook, or after
   kernel_run_until() has stopped at a function. */
uint32_t kernel_argument(struct kernel *kernel, unsigned i);

/* These work without leaving the kernel's process. kernel_count() counts from now on how often a
   function is entered, and kernel_entries() returns the count. kernel_fail() lets the k-th entry
   from now on (1: the next one; 0: every one) return `result` at once, as an allocator does that
   has no memory left. */
enum kernel_outcome kernel_count(struct kernel *kernel, const char *symbol);
uint64_t kernel_entries(struct kernel *kernel, const char *symbol);
enum kernel_outcome kernel_fail(struct kernel *kernel, const char *symbol, uint64_t k,
                                uint32_t result);

/* ---- timer interrupts at points that are the same in each run ---- */

struct kernel_timer {
    uint64_t every_traps;  /* one interrupt after this number of traps; 0: as the kernel programs
                              its devices */
    bool on_sti, on_hlt;   /* also at each sti; also at each hlt with interrupts on */
    const char *at_symbol; /* also whenever this address is about to be executed. NULL: none */
    uint32_t vector;       /* 0: the vector of IRQ 0 */
};

/* Set the timer; it replaces an earlier one. Returns KERNEL_DONE or KERNEL_ERROR. */
enum kernel_outcome kernel_timer(struct kernel *kernel, const struct kernel_timer *timer);

/* ---- early free, in checking mode ---- */

/* How the argument of a page allocator's freeing function names the block: by its virtual address,
   its physical address or its frame number. */
enum kernel_free_kind { KERNEL_FREE_VIRTUAL, KERNEL_FREE_PHYSICAL, KERNEL_FREE_FRAME };

/* Declare a function that frees frames. `argument` is the index (from 0) of the argument that names
   the block; `order_argument` is the index of the argument with the block's order (2^order frames),
   or -1 for blocks of one frame. If the TLB has an entry for a freed frame outside of the direct
   map, the free is reported. Returns KERNEL_DONE or KERNEL_ERROR. */
enum kernel_outcome kernel_free_function(struct kernel *kernel, const char *symbol,
                                         unsigned argument, enum kernel_free_kind kind,
                                         int order_argument);
void kernel_direct_map(struct kernel *kernel, uint32_t va, uint32_t bytes);

/* The same from a file with the lines "free SYMBOL [ARGUMENT] virtual|physical|frame [order
   ARGUMENT]", "direct VA SIZE", "panic SYMBOL" and # comments. ARGUMENT is 0 when it is left out.
   Returns KERNEL_ERROR at the first wrong line; the lines before it stay in force. */
enum kernel_outcome kernel_hooks_file(struct kernel *kernel, const char *path);

/* ---- memory ---- */

/* Copy bytes from or to memory. kernel_read() and kernel_write() use the kernel's present page
   tables as a supervisor, do not set A or D, and also write to read-only pages. Return false when a
   part of the range is not mapped to memory; nothing is copied then. A write into page tables that
   are in use empties the TLB. */
bool kernel_read(struct kernel *kernel, uint32_t va, void *bytes, size_t count);
bool kernel_write(struct kernel *kernel, uint32_t va, const void *bytes, size_t count);
bool kernel_read_physical(struct kernel *kernel, uint32_t pa, void *bytes, size_t count);
bool kernel_write_physical(struct kernel *kernel, uint32_t pa, const void *bytes, size_t count);

/* Returns the 32 bits at va; 0 when va is not mapped, and kernel_error() then says so. */
uint32_t kernel_read32(struct kernel *kernel, uint32_t va);

/* Read or write the 32-bit variable of this name. A failed read returns 0, a failed write false. */
uint32_t kernel_variable(struct kernel *kernel, const char *symbol);
bool kernel_set_variable(struct kernel *kernel, const char *symbol, uint32_t value);

/* Read a string of at most size - 1 bytes, which ends at a 0 byte or at the first unmapped byte.
   Returns its length. */
size_t kernel_read_string(struct kernel *kernel, uint32_t va, char *text, size_t size);

/* Set *pa to the physical address to which the page tables map va. Returns false when va is not
   mapped. */
bool kernel_translate(struct kernel *kernel, uint32_t va, uint32_t *pa);

/* Set *va to the address of a symbol. Returns false when the symbol does not exist. */
bool kernel_symbol(struct kernel *kernel, const char *symbol, uint32_t *va);

/* Returns the name of an address: "page_remove+0x28 (pmap.c:412)", or "0xc0100000" when no symbol
   covers it. */
const char *kernel_where(struct kernel *kernel, uint32_t va);

/* Return the bytes that the kernel has written to its serial port and to port 0xe9 so far, with a 0
   byte at the end, and their number. There are none when kernel_options.output receives them. */
const char *kernel_output(const struct kernel *kernel);
size_t kernel_output_bytes(const struct kernel *kernel);

/* ---- registers ---- */

struct kernel_registers {
    uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi, eip, eflags;
    uint32_t cr0, cr2, cr3, cr4;
    uint16_t cs, ss, ds, es, fs, gs;
};

struct kernel_registers kernel_registers(const struct kernel *kernel);

/* Set all registers except the segment registers. After this, a kernel that failed can continue. */
void kernel_set_registers(struct kernel *kernel, const struct kernel_registers *registers);

/* ---- counters, since the kernel was created ---- */

struct kernel_counters {
    uint64_t traps;  /* traps to the simulator: instructions and accesses that the host's processor
                        cannot execute */
    uint64_t fills;  /* entries that came into the TLB */
    uint64_t faults; /* page faults delivered to the kernel */
    uint64_t interrupts;
    uint64_t unknown_ports; /* accesses to ports and device memory that no device has */
    double seconds;         /* real time in runs and calls */
};

struct kernel_counters kernel_counters(const struct kernel *kernel);

#ifdef __cplusplus
}

/* C++ has no compound literals, which the macro uses. */
template <typename... Arguments>
inline uint32_t kernel_call(struct kernel *kernel, const char *symbol, Arguments... argument)
{
    const uint32_t arguments[] = {static_cast<uint32_t>(argument)..., 0};

    return kernel_call_arguments(kernel, symbol, arguments, sizeof...(argument));
}
#endif

#endif
