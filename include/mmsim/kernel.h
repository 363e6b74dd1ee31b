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
 * Any number of kernels can exist at once; each is used by one thread at a time, and ends when the
 * thread that created it ends.
 *
 * Errors are values. A function that can fail returns an outcome, or the value that its comment
 * names; kernel_error() then explains it in one sentence. What the kernel itself does wrong (it
 * panics, it faults, it uses a stale TLB entry, it never returns) is an outcome, too;
 * kernel_report() describes it, with the kernel's source lines. After such an outcome memory and
 * registers are as the kernel left them, and can be read. The kernel can go on only after
 * kernel_restart() or kernel_set_registers(); after KERNEL_LIMIT it can go on at once.
 *
 * Where a function takes a symbol, it takes an address, too: "0xc0101000".
 *
 * Strings that are returned belong to the kernel, and are valid until the next call with it.
 * Strings that are passed are copied.
 *
 * Costs: a call and its return take about 2 us when each process has a core, and more when both
 * share one. Reading memory takes one walk of the page tables for each page.
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
    bool check_tlb;       /* a use of a stale TLB entry ends the run with KERNEL_STALE_TLB */
    bool interpret;       /* emulate each instruction, even where the host can execute it */
    double limit_seconds; /* of real time, for each run and call. 0: 60 */
    bool patient; /* sleep rather than spin while the kernel runs: calls take longer, and the core
                     is free for other processes. On a single core this is always so */
    /* What the kernel writes to its serial port 0x3f8 or to port 0xe9, as it comes. NULL: it is
       kept, see kernel_output(). Must not run or call the kernel. */
    void (*output)(void *context, const char *bytes, size_t count);
    void *context;
};

/* NULL: the host refuses, or an option makes no sense; kernel_create_error() says what is missing
   and what to do. options may be NULL. */
struct kernel *kernel_create(const struct kernel_options *options);

/* Why this thread's last kernel_create() failed; "" when it did not. */
const char *kernel_create_error(void);

/* Ends its process, and gives everything back. NULL is ignored. */
void kernel_destroy(struct kernel *kernel);

/* Is each instruction emulated: since the host cannot execute 32-bit code for us, or since the
   options ask for it? Everything else is the same, and slower. */
bool kernel_is_interpreted(const struct kernel *kernel);

/* Why the last call with this kernel failed, one line without a newline; "" when it did not. */
const char *kernel_error(const struct kernel *kernel);

/* ---- outcomes ---- */

enum kernel_outcome {
    KERNEL_DONE,         /* a step that is none of the following */
    KERNEL_RETURNED,     /* the called function returned */
    KERNEL_UNTIL,        /* arrived at the symbol */
    KERNEL_EXIT,         /* wrote to port 0xf4: kernel_exit_value() */
    KERNEL_HALT,         /* hlt with interrupts off, or with nothing that would end it; or it asked
                            for a reset */
    KERNEL_PANIC,        /* called a function that was named as its panic */
    KERNEL_TRIPLE_FAULT, /* an exception that cannot be delivered */
    KERNEL_FAULT,        /* an exception while it had no interrupt descriptor table; or it left its
                            32-bit machine */
    KERNEL_STALE_TLB,    /* checking mode: used a stale TLB entry, or freed a frame too early */
    KERNEL_LIMIT,        /* the clock ran out */
    KERNEL_ERROR         /* the request, the file or the host: kernel_error() */
};

/* "returned", "stale_tlb": as in the JSON of `mmsim kernel`. */
const char *kernel_outcome_name(enum kernel_outcome outcome);

/* How the last run or call ended. */
enum kernel_outcome kernel_ended(const struct kernel *kernel);
uint32_t kernel_exit_value(const struct kernel *kernel);

/* The last failure in full, several lines: what failed and where (function, source line), the last
   exception if it failed in its handler, the walk of the page tables, registers, and the stack of
   calls. "" after an outcome that is no failure. */
const char *kernel_report(struct kernel *kernel);

/* ---- loading ---- */

/* Load an ELF file: its segments go to their physical addresses. KERNEL_ERROR: it is no 32-bit x86
   executable, it does not fit into RAM, or another kernel is loaded. */
enum kernel_outcome kernel_load(struct kernel *kernel, const char *path);

/* A boot module for kernel_boot(), with its words (NULL: none). Up to 32. */
enum kernel_outcome kernel_module(struct kernel *kernel, const char *path, const char *words);

/* More words for the kernel's command line, behind its path. */
void kernel_append(struct kernel *kernel, const char *words);

/* Symbols of a further ELF file, which is not loaded: for programs that the kernel loads by
   itself. */
enum kernel_outcome kernel_symbols(struct kernel *kernel, const char *path);

/* ---- starting it ---- */

/* Set the state that a multiboot loader leaves (1 or 2, as the file's header asks; 1 where it has
   none). Nothing is executed yet. KERNEL_ERROR after the kernel has run. */
enum kernel_outcome kernel_boot(struct kernel *kernel);

/* A range that the boot code would have mapped, in whole pages of 4 KiB; large_pages: of 4 MiB. */
struct kernel_mapping {
    uint32_t va, pa, bytes;
    bool read_only, user, large_pages;
};

/*
 * Instead of booting: set the state that the kernel's boot code would have left, for calls of its
 * functions. Turns paging on, with a directory in the frame `tables_at` (a physical address, of RAM
 * that the kernel does not use; tables follow in the frames behind it), CR4.PSE where there are
 * large pages, flat segments, interrupts off, and a stack. Mappings must not overlap.
 */
struct kernel_boot_state {
    const struct kernel_mapping *mappings;
    size_t mapping_count;
    uint32_t tables_at;
    uint32_t stack_top; /* ESP; the memory below it must be mapped */
    bool cr0_wp;        /* CR0.WP is set */
};

/*
 * state NULL: the state that the file's program headers suggest. Of a kernel that is linked where
 * it is loaded, paging stays off. Of one that is linked at a distance from there, all RAM is mapped
 * at this distance, and where it is. Stack and tables are in the last 4 MiB of RAM.
 */
enum kernel_outcome kernel_set_boot_state(struct kernel *kernel,
                                          const struct kernel_boot_state *state);

/* ---- running ---- */

/* Go on until the kernel ends by itself. */
enum kernel_outcome kernel_run(struct kernel *kernel);

/* Go on until the symbol (a function, or any address of an instruction) is about to be executed. */
enum kernel_outcome kernel_run_until(struct kernel *kernel, const char *symbol);

/*
 * uint32_t kernel_call(struct kernel *kernel, const char *symbol, uint32_t argument...);
 *
 * Call a function with up to 64 arguments of 32 bits on the stack, as the i386 System V ABI has it,
 * and return EAX (of a function that returns bool or char, its lowest byte alone has a meaning).
 * The frame is put below the present ESP. Afterwards the general registers, EIP and the flags
 * except IF are as before. On any other outcome than KERNEL_RETURNED, 0 is returned: look at
 * kernel_ended().
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

/* The 64 bits of EDX:EAX of the last call. */
uint64_t kernel_result64(const struct kernel *kernel);

/* Memory, registers and devices as at the last kernel_checkpoint(). Breakpoints, hooks, counts and
   output stay as they are. Both cost time by the memory that the kernel has written. */
enum kernel_outcome kernel_checkpoint(struct kernel *kernel);
enum kernel_outcome kernel_restart(struct kernel *kernel);

/* ---- what it does wrong ---- */

/* Calling this function is a panic. The report shows its first argument as text, where it is one.
 */
enum kernel_outcome kernel_panic_symbol(struct kernel *kernel, const char *symbol);

/* ---- hooks ---- */

/* What a hook decides: go on into the function, or return to its caller at once. */
enum kernel_hook_verdict { KERNEL_HOOK_GO_ON, KERNEL_HOOK_RETURN };

/* Called when the function is about to be executed. Arguments: kernel_argument(); to return a value
   set *result. It may read and write memory and registers, and must not run or call the kernel. */
typedef enum kernel_hook_verdict kernel_hook(void *context, struct kernel *kernel,
                                             uint32_t *result);

/* One hook for each symbol: another replaces it. */
enum kernel_outcome kernel_hook_before(struct kernel *kernel, const char *symbol, kernel_hook *hook,
                                       void *context);

/* Take away its hook, and what kernel_fail() has set. */
enum kernel_outcome kernel_unhook(struct kernel *kernel, const char *symbol);

/* Inside a hook, or after kernel_run_until() a function: its i-th argument on the stack. */
uint32_t kernel_argument(struct kernel *kernel, unsigned i);

/* Without leaving the kernel's process: count from now on how often a function is entered; and let
   the k-th entry from now on (1: the next one; 0: every one) return `result` at once, as an
   allocator does that has nothing left. */
enum kernel_outcome kernel_count(struct kernel *kernel, const char *symbol);
uint64_t kernel_entries(struct kernel *kernel, const char *symbol);
enum kernel_outcome kernel_fail(struct kernel *kernel, const char *symbol, uint64_t k,
                                uint32_t result);

/* ---- timer interrupts, at points that are the same in each run ---- */

struct kernel_timer {
    uint64_t every_traps;  /* after so many traps; 0: as the kernel programs its devices */
    bool on_sti, on_hlt;   /* besides: at each sti, at each hlt with interrupts on */
    const char *at_symbol; /* besides: whenever this is about to be executed. NULL: nowhere */
    uint32_t vector;       /* 0: that of IRQ 0 */
};

/* Replaces what was set before. */
enum kernel_outcome kernel_timer(struct kernel *kernel, const struct kernel_timer *timer);

/* ---- early free, in checking mode ---- */

/* How a page allocator's freeing function names what it frees. */
enum kernel_free_kind { KERNEL_FREE_VIRTUAL, KERNEL_FREE_PHYSICAL, KERNEL_FREE_FRAME };

/* Each call of this function frees the block that its argument (from 0) names, 2^order frames by
   its order_argument (-1: one frame). A frame that is freed while the TLB has an entry for it,
   outside of the direct map, is reported at the free. */
enum kernel_outcome kernel_free_function(struct kernel *kernel, const char *symbol,
                                         unsigned argument, enum kernel_free_kind kind,
                                         int order_argument);
void kernel_direct_map(struct kernel *kernel, uint32_t va, uint32_t bytes);

/* The same out of a file; its lines: "free SYMBOL [ARGUMENT] virtual|physical|frame [order
   ARGUMENT]", "direct VA SIZE", "panic SYMBOL", # comments. ARGUMENT is 0 where it is left out. The
   lines before a wrong one stay in force. */
enum kernel_outcome kernel_hooks_file(struct kernel *kernel, const char *path);

/* ---- memory ---- */

/* Through the kernel's page tables as they are now, as supervisor, without setting A or D, and also
   to read-only pages. false: not mapped to memory, at least in part; nothing was copied. A write
   into page tables in use empties the TLB. */
bool kernel_read(struct kernel *kernel, uint32_t va, void *bytes, size_t count);
bool kernel_write(struct kernel *kernel, uint32_t va, const void *bytes, size_t count);
bool kernel_read_physical(struct kernel *kernel, uint32_t pa, void *bytes, size_t count);
bool kernel_write_physical(struct kernel *kernel, uint32_t pa, const void *bytes, size_t count);

/* 32 bits; 0 where it is not mapped: kernel_error() then says so. */
uint32_t kernel_read32(struct kernel *kernel, uint32_t va);

/* The 32-bit variable of this name. */
uint32_t kernel_variable(struct kernel *kernel, const char *symbol);
bool kernel_set_variable(struct kernel *kernel, const char *symbol, uint32_t value);

/* A string of at most size - 1 bytes, ended by 0 or by what is not mapped. Returns its length. */
size_t kernel_read_string(struct kernel *kernel, uint32_t va, char *text, size_t size);

/* Where the tables map an address. false: nowhere. */
bool kernel_translate(struct kernel *kernel, uint32_t va, uint32_t *pa);

/* The address of a symbol. false: there is none. */
bool kernel_symbol(struct kernel *kernel, const char *symbol, uint32_t *va);

/* "page_remove+0x28 (pmap.c:412)"; "0xc0100000" for what has no name. */
const char *kernel_where(struct kernel *kernel, uint32_t va);

/* What it has written to its serial port and to port 0xe9 so far, ended by 0; and how many bytes
   that are. Nothing, where kernel_options.output takes it. */
const char *kernel_output(const struct kernel *kernel);
size_t kernel_output_bytes(const struct kernel *kernel);

/* ---- registers ---- */

struct kernel_registers {
    uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi, eip, eflags;
    uint32_t cr0, cr2, cr3, cr4;
    uint16_t cs, ss, ds, es, fs, gs;
};

struct kernel_registers kernel_registers(const struct kernel *kernel);

/* All except the segment registers. Makes a kernel that failed fit to go on. */
void kernel_set_registers(struct kernel *kernel, const struct kernel_registers *registers);

/* ---- counters, since the kernel was created ---- */

struct kernel_counters {
    uint64_t traps;  /* of the host: what the kernel's code did that the processor does not do */
    uint64_t fills;  /* entries that came into the TLB */
    uint64_t faults; /* page faults delivered to the kernel */
    uint64_t interrupts;
    uint64_t unknown_ports; /* accesses to ports and device memory that nobody has */
    double seconds;         /* of the clock, in runs and calls */
};

struct kernel_counters kernel_counters(const struct kernel *kernel);

#ifdef __cplusplus
}

/* The macro's arrays are not C++. */
template <typename... Arguments>
inline uint32_t kernel_call(struct kernel *kernel, const char *symbol, Arguments... argument)
{
    const uint32_t arguments[] = {static_cast<uint32_t>(argument)..., 0};

    return kernel_call_arguments(kernel, symbol, arguments, sizeof...(argument));
}
#endif

#endif
