#include "machine/trap.h"

#include "machine/panic.h"
#include "machine/watch.h"
#include <mm/machine.h>
#include <mm/mm.h>

#include <errno.h>
#include <stdio.h>
#include <ucontext.h>

#if !defined(__x86_64__) || !defined(__linux__)
#error "the window reads the kind of an access from the signal frame of x86-64 Linux"
#endif

/* ---- a page fault that is not resolved ---- */

#define LEVEL_TEXT_BYTES 96u

static const char *const cause_text[MM_CAUSE_COUNT] = {
    [MM_OK] = "gives no cause",
    [MM_NO_FRAMES] = "had no free frame for it",
    [MM_NO_RUN] = "had no contiguous frames for it",
    [MM_BRK_BLOCKED] = "could not move brk for it",
    [MM_NO_ADDRESS_SPACE] = "had no address space for it",
    [MM_ZONE] = "had no free frame for it in the zones that serve it",
    [MM_UNSUPPORTED] = "cannot serve it under this strategy",
    [MM_BAD_ACCESS] = "has given this address to no one",
};

static const char *fault_reason(vaddr_t va, const struct mmu_walk *walk)
{
    if (va.value < PAGE_SIZE)
        return "null dereference";
    if (walk->error_code & FAULT_RESERVED)
        return "a reserved bit is set in the directory entry";
    if (!(walk->directory_entry & PTE_PRESENT))
        return "no page table is present";
    if (!(walk->error_code & FAULT_PRESENT))
        return "the page is not present";
    if (walk->error_code & FAULT_WRITE)
        return "the page is read-only";
    return "the page belongs to the supervisor";
}

static void level_text(char *text, const char *name, uint32_t index, uint32_t entry)
{
    snprintf(text, LEVEL_TEXT_BYTES, "%s %u is %s", name, index, mmu_entry_text(entry).text);
}

static const char *manager_text(void)
{
    const struct mm *mm = mm_active();

    return mm ? cause_text[mm->failure.cause] : "is not active";
}

/* Panic with one line: the access, its address, the entries of the walk, the error code, and the
   memory manager's account of the address. *walk is the walk of the fault. */
static _Noreturn void panic_of_fault(vaddr_t va, uint32_t access, const struct mmu_walk *walk)
{
    char directory_text[LEVEL_TEXT_BYTES];
    char table_text[LEVEL_TEXT_BYTES] = "no table entry";
    uint32_t error_code = walk->error_code;

    level_text(directory_text, "directory entry", directory_index(va), walk->directory_entry);
    if ((walk->directory_entry & PTE_PRESENT) && !(error_code & FAULT_RESERVED))
        level_text(table_text, "table entry", table_index(va), walk->table_entry);

    panic_raise("kernel %s at 0x%08x: %s: %s, %s; error code 0x%x (%s, %s, %s); "
                "the memory manager %s",
                access & MMU_WRITE ? "write" : "read", va.value, fault_reason(va, walk),
                directory_text, table_text, error_code,
                error_code & FAULT_PRESENT ? "protection" : "not present",
                error_code & FAULT_WRITE ? "write" : "read",
                error_code & FAULT_USER ? "user" : "supervisor", manager_text());
}

/* ---- delivery ---- */

/* One access may fault four times: for its page, its page table, a right, and a copy on write. More
   faults mean that the handler resolves nothing. */
#define DELIVERIES_MAX 4u

/* The handler's own accesses may fault, too. On hardware, endless nesting ends in a triple
   fault. */
#define DEPTH_MAX 8u

static bool fault_deliver(struct machine *machine, vaddr_t va, uint32_t error_code)
{
    if (machine->fault_depth == DEPTH_MAX)
        machine_panic("mm_page_fault", "faults again and again while it handles a fault, last at",
                      va.value);
    window_drop(&machine->window, va);
    tlb_drop(&machine_tlb, va);
    if (machine->oracle)
        oracle_page_fault(machine->oracle, va);
    machine->cr2 = va;
    machine->error_code = error_code;
    machine->page_faults++;
    machine->fault_depth++;
    bool resolved = mm_page_fault(va, error_code);
    machine->fault_depth--;
    return resolved;
}

bool trap_translate(struct machine *machine, vaddr_t va, uint32_t access, bool through_window,
                    struct mmu_walk *walk)
{
    for (uint32_t delivered = 0;; delivered++) {
        if (machine->oracle)
            oracle_walk(machine, va, access, through_window);
        if (mmu_walk(&machine->mmu, va, access, walk))
            return true;
        if (delivered == DELIVERIES_MAX)
            break;
        if (!fault_deliver(machine, va, walk->error_code))
            return false;
    }
    machine_panic("mm_page_fault", "calls a fault resolved that the page tables still give, at",
                  va.value);
}

/* Restore the default action when no handler was installed before. The machine is destroyed first,
   because a core file and Valgrind's search for leaks would read all 4 GiB. */
static void default_action(struct machine *machine, int number, bool sent)
{
    machine_destroy(machine);
    if (sent)
        raise(number);
    /* Otherwise the access repeats, now under the earlier action. */
}

/* Call the earlier handler, because the signal does not concern the machine. */
static void pass_on(struct machine *machine, const struct sigaction *previous, int number,
                    siginfo_t *info, void *context)
{
    bool sent = info->si_code <= 0;

    if (previous->sa_flags & SA_SIGINFO)
        previous->sa_sigaction(number, info, context);
    else if (previous->sa_handler == SIG_DFL || (previous->sa_handler == SIG_IGN && !sent))
        default_action(machine, number, sent);
    else if (previous->sa_handler != SIG_IGN)
        previous->sa_handler(number);
}

static void show_page(struct machine *machine, vaddr_t va, const struct mmu_walk *walk)
{
    if (walk->allows & ACCESS_BIT(MMU_WRITE))
        arena_note_writes(&machine->arena, paddr(walk->pa.value & ~(walk->page_bytes - 1u)),
                          walk->page_bytes);
    window_fill(&machine->window, va, walk);
}

static void window_trap(struct machine *machine, vaddr_t va, uint32_t access)
{
    struct mmu_walk walk;

    if (machine->oracle && oracle_window_trap(machine, va, access))
        return;
    if (!trap_translate(machine, va, access, true, &walk))
        panic_of_fault(va, access, &walk);
    show_page(machine, va, &walk);
}

/* A CPU may cache a translation before it is used (Intel SDM vol. 3A, 4.10.2.3). It sets the dirty
   bit only for a write, and the manager will write to each of the pages. The oracle and the
   debuggers look at each access, so they get their traps. */
void trap_will_write(struct machine *machine, vaddr_t start, uint32_t bytes)
{
    struct mmu_walk walk;

    if (machine->oracle || machine_watching)
        return;
    for (uint32_t at = 0; at < bytes; at += PAGE_SIZE) {
        vaddr_t va = vaddr_add(start, at);
        if (!window_entries_find(&machine->window.entries, va) &&
            mmu_walk(&machine->mmu, va, MMU_WRITE, &walk))
            show_page(machine, va, &walk);
    }
}

static void watched_window_trap(struct machine *machine, vaddr_t va, uint32_t access)
{
    if (machine_watching)
        watch_manager_enters();
    window_trap(machine, va, access);
    if (machine_watching)
        watch_manager_leaves();
}

static void on_sigsegv(int number, siginfo_t *info, void *context)
{
    /* Intel SDM vol. 3A, 4.7: bit 1 of the host's own page-fault error code is W/R. */
    const ucontext_t *frame = context;
    bool write = frame->uc_mcontext.gregs[REG_ERR] & (greg_t)FAULT_WRITE;
    int interrupted_errno = errno;
    vaddr_t va;

    enum window_place place = WINDOW_OUTSIDE;
    if (info->si_code > 0)
        place = window_locate(&machine_current->window, info->si_addr, &va);

    if (place == WINDOW_INSIDE)
        watched_window_trap(machine_current, va, write ? MMU_WRITE : MMU_READ);
    else if (place == WINDOW_BEYOND)
        panic_raise("kernel %s past an end of virtual memory: %td bytes from address 0",
                    write ? "write" : "read", (unsigned char *)info->si_addr - machine_window);
    else
        pass_on(machine_current, &machine_current->previous_sigsegv, number, info, context);
    errno = interrupted_errno;
}

/* SIGBUS in the arena means that its file could not grow: the host has no memory for a page. */
static void on_sigbus(int number, siginfo_t *info, void *context)
{
    uintptr_t offset = (uintptr_t)info->si_addr - (uintptr_t)machine_current->arena.memory;
    bool access = info->si_code > 0;
    vaddr_t va;

    if (access && offset < ARENA_BYTES)
        panic_raise_of_host("the host has no memory left for the simulated machine's, at physical "
                            "address 0x%08x",
                            (unsigned)offset);
    if (access && window_locate(&machine_current->window, info->si_addr, &va) == WINDOW_INSIDE)
        panic_raise_of_host("the host has no memory left for the simulated machine's, at virtual "
                            "address 0x%08x",
                            va.value);
    pass_on(machine_current, &machine_current->previous_sigbus, number, info, context);
}

void trap_install(struct machine *machine)
{
    struct sigaction action = {.sa_sigaction = on_sigsegv, .sa_flags = SA_SIGINFO | SA_NODEFER};

    sigemptyset(&action.sa_mask);
    sigaction(SIGSEGV, &action, &machine->previous_sigsegv);
    action.sa_sigaction = on_sigbus;
    sigaction(SIGBUS, &action, &machine->previous_sigbus);
}

void trap_remove(struct machine *machine)
{
    sigaction(SIGSEGV, &machine->previous_sigsegv, NULL);
    sigaction(SIGBUS, &machine->previous_sigbus, NULL);
}
