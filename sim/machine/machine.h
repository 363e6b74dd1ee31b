/*
 * The simulated PC: a CPU with an MMU, 4 GiB of physical memory, and a window through which C code
 * dereferences kernel virtual addresses (machine_pointer() of <mm/machine.h>).
 *
 * A machine is a value that is created and destroyed. A process has at most one at a time; the
 * services of <mm/machine.h> act on it. It must be created after fork(), because children share its
 * memory, and used from one thread.
 *
 * Only code may use pointers into the window: a system call that gets one fails with EFAULT when
 * the page was not touched before.
 */
#ifndef MACHINE_MACHINE_H
#define MACHINE_MACHINE_H

#include "machine/arena.h"
#include "machine/mmu.h"
#include "machine/oracle.h"
#include "machine/panic.h"
#include "machine/tlb.h"
#include "machine/watch.h"
#include "machine/window.h"
#include <mm/machine.h>

#include <signal.h>
#include <string.h>

/* Physical address of the directory that a machine starts with. */
#define MACHINE_BOOT_DIRECTORY 0x1000u

struct machine_options {
    uint32_t window_entries;         /* most entries of the window, at least WINDOW_ENTRIES_MIN; 0:
                                        WINDOW_ENTRIES_DEFAULT */
    struct tlb_shape tlb;            /* shape of the TLB that explicit accesses use */
    bool check_tlb;                  /* checking mode: uses of stale entries are reported */
    stale_use_handler *on_stale_use; /* called for each report; NULL: stale_use_panic() */
    void *context;                   /* of on_stale_use */
    bool keeps_memory; /* machine_destroy() keeps the memory for the next machine with this option,
                          which then starts without page faults of the host. To the same end a
                          flush of the whole TLB leaves the large pages of the direct map in it: a
                          CPU may fetch such entries again at any time. With check_tlb, or a bound
                          on the entries, nothing is kept */
    enum machine_watch watch; /* let Valgrind or AddressSanitizer report accesses to memory
                                 that the memory manager has not given out */
};

struct machine {
    struct arena arena;
    struct mmu mmu;
    struct window window;
    bool keeps_memory;
    struct oracle *oracle; /* NULL: not in checking mode */
    vaddr_t cr2;
    uint32_t error_code;   /* of the page fault that set cr2 */
    uint32_t fault_depth;  /* nested page faults that are being handled */
    uint64_t page_faults;  /* delivered to the memory manager */
    uint64_t untranslated; /* explicit accesses in segments of MIPS, which use no TLB */
    struct sigaction previous_sigsegv;
    struct sigaction previous_sigbus;
};

/* The machine of this process; NULL: none. */
extern struct machine *machine_current;

/*
 * Create a machine in the state that boot code leaves: CR0.PG and WP and CR4.PSE and PGE are set,
 * and CR3 is MACHINE_BOOT_DIRECTORY, a directory that has the direct map in writable, global 4 MiB
 * pages. The rest of memory is zero. The machine handles SIGSEGV and SIGBUS until
 * machine_destroy(); faults outside the window and the arena are passed to the earlier handlers.
 * When the host has no memory left for the arena, the run ends as by a panic.
 *
 * options may be NULL. Returns NULL when the host refuses, when an option is wrong, or when a
 * machine exists already; machine_error() then says why. Constant time.
 */
struct machine *machine_create(const struct machine_options *options);

/* Returns the reason why the last machine_create() returned NULL: one line without a newline. */
const char *machine_error(void);

/* Destroy a machine, and free all that it has. NULL is ignored. O(memory written + window
   entries). */
void machine_destroy(struct machine *machine);

/* MOV to CR0 or CR4. A change drops every TLB entry, also global ones. O(TLB entries + window
   entries). */
void machine_load_cr0(struct machine *machine, uint32_t value);
void machine_load_cr4(struct machine *machine, uint32_t value);

/* The slow path of machine_load(), for accesses that cross a page. */
bool machine_cpu_load(vaddr_t va, uint32_t access, void *value, uint32_t bytes);

static inline bool machine_load(vaddr_t va, bool user, void *value, uint32_t bytes)
{
    uint32_t access = user ? MMU_USER | MMU_READ : MMU_READ;

    const struct tlb_entry *entry;

    if (__builtin_expect((va.value & PAGE_OFFSET_MASK) > PAGE_SIZE - bytes, 0))
        return machine_cpu_load(va, access, value, bytes);
    if (__builtin_expect(tlb_hit(&machine_tlb, va, access, &entry), 1)) {
        memcpy(value, tlb_entry_pointer(entry, va), bytes);
        return true;
    }
    struct machine_translation slow = machine_cpu_translate(va, access);
    if (slow.found)
        memcpy(value, arena_pointer(&machine_current->arena, slow.pa), bytes);
    return slow.found;
}

/*
 * Explicit accesses in the address space of CR3, as a supervisor (user false) or from ring 3,
 * through machine_tlb. Any alignment. A page fault goes to mm_page_fault() first. Return false when
 * the fault is not resolved, or when the access passes the end of 4 GiB; then nothing was read or
 * written. They use no signals and no system calls.
 */
static inline bool machine_load8(vaddr_t va, bool user, uint8_t *value)
{
    return machine_load(va, user, value, sizeof *value);
}

static inline bool machine_load32(vaddr_t va, bool user, uint32_t *value)
{
    return machine_load(va, user, value, sizeof *value);
}

bool machine_store8(vaddr_t va, bool user, uint8_t value);
bool machine_store32(vaddr_t va, bool user, uint32_t value);

#endif
