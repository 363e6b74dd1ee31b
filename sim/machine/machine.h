/*
 * The simulated PC: a CPU with an MMU, 4 GiB of physical memory, and a window through which C code
 * dereferences its kernel virtual addresses (machine_pointer() of <mm/machine.h>).
 *
 * A machine is a value that is created and destroyed. One exists at a time in a process; the
 * services of <mm/machine.h> act on it. Create it after fork(), because children share its memory,
 * and use it from one thread.
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
    uint32_t window_entries;         /* bound of entries, at least WINDOW_ENTRIES_MIN; 0:
                                        WINDOW_ENTRIES_DEFAULT */
    struct tlb_shape tlb;            /* of the explicit accesses' TLB */
    bool check_tlb;                  /* checking mode: uses of stale entries are reported */
    stale_use_handler *on_stale_use; /* called for each report; NULL: stale_use_panic() */
    void *context;                   /* of on_stale_use */
    enum machine_watch watch;        /* let Valgrind or AddressSanitizer report accesses to memory
                                        that the memory manager has not given out */
};

struct machine {
    struct arena arena;
    struct mmu mmu;
    struct window window;
    struct oracle *oracle; /* NULL: not in checking mode */
    vaddr_t cr2;
    uint32_t error_code;   /* of the page fault that set cr2 */
    uint32_t fault_depth;  /* page faults being handled, one inside the other */
    uint64_t page_faults;  /* delivered to the memory manager */
    uint64_t untranslated; /* explicit accesses in segments of MIPS, which use no TLB */
    struct sigaction previous_sigsegv;
    struct sigaction previous_sigbus;
};

/* The machine that exists; NULL: none. */
extern struct machine *machine_current;

/*
 * A machine as boot code leaves it: CR0.PG and WP, CR4.PSE and PGE, CR3 at MACHINE_BOOT_DIRECTORY,
 * which has the direct map in writable, global 4 MiB pages. The rest of memory is zero. Handles
 * SIGSEGV and SIGBUS until machine_destroy(); faults outside the window and the arena are passed to
 * the handler that was there before. When the host has no memory left for the arena, the run ends
 * as by a panic.
 *
 * options may be NULL. NULL: the host refuses, or a machine exists already; machine_error() says
 * why. Constant time.
 */
struct machine *machine_create(const struct machine_options *options);

/* Why the last machine_create() returned NULL: one line, without a newline. */
const char *machine_error(void);

/* Give everything back to the host. NULL is ignored. O(memory written + window entries). */
void machine_destroy(struct machine *machine);

/* MOV to CR0 or CR4. A change drops every TLB entry, global ones too. */
void machine_load_cr0(struct machine *machine, uint32_t value);
void machine_load_cr4(struct machine *machine, uint32_t value);

/* The part of machine_load() for accesses that cross a page. */
bool machine_cpu_load(vaddr_t va, uint32_t access, void *value, uint32_t bytes);

static inline bool machine_load(vaddr_t va, bool user, void *value, uint32_t bytes)
{
    uint32_t access = user ? MMU_USER | MMU_READ : MMU_READ;
    paddr_t pa;

    if (__builtin_expect((va.value & PAGE_OFFSET_MASK) > PAGE_SIZE - bytes, 0))
        return machine_cpu_load(va, access, value, bytes);
    if (!machine_translate(va, access, &pa))
        return false;
    memcpy(value, arena_pointer(&machine_current->arena, pa), bytes);
    return true;
}

/*
 * Explicit accesses in the address space that CR3 names, as supervisor (user false) or from ring 3,
 * through machine_tlb. A page fault goes to mm_page_fault() first. false: it was not resolved, or
 * the access passes the end of 4 GiB; then nothing was read or written. Any alignment. No signals,
 * no system calls.
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
