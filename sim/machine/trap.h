/*
 * Page faults of the simulated CPU: their delivery to the memory manager, and the handler of
 * SIGSEGV, the signal by which the host reports an access to a page that the window does not hold.
 */
#ifndef MACHINE_TRAP_H
#define MACHINE_TRAP_H

#include "machine/machine.h"

/*
 * Walk the page tables for an access. Page faults are delivered to mm_page_fault(), and the walk is
 * repeated while it resolves them. A fault drops the TLB entry of its page (Intel SDM vol. 3A,
 * 4.10.4.1). Returns false when a fault is not resolved; *walk then describes the fault.
 * through_window tells whether a plain pointer made the access. Panics when a fault that was
 * reported as resolved occurs again and again, and when faults nest without end.
 */
bool trap_translate(struct machine *machine, vaddr_t va, uint32_t access, bool through_window,
                    struct mmu_walk *walk);

/* Shows pages that will be written, as their traps would: machine_will_write(). start is page
   aligned. O(pages). */
void trap_will_write(struct machine *machine, vaddr_t start, uint32_t bytes);

/* Install the handlers of SIGSEGV and SIGBUS for a machine, and restore the earlier handlers. */
void trap_install(struct machine *machine);
void trap_remove(struct machine *machine);

#endif
