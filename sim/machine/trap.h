/*
 * Page faults of the simulated CPU: how they reach the memory manager, and SIGSEGV, by which the
 * host says that code has touched a page that the window does not hold.
 */
#ifndef MACHINE_TRAP_H
#define MACHINE_TRAP_H

#include "machine/machine.h"

/*
 * Walk for an access; deliver page faults to mm_page_fault() and walk again while it resolves them.
 * A fault drops the TLB entry of its page (Intel SDM vol. 3A, 4.10.4.1). false: not resolved; *walk
 * is the fault. through_window: the access is native. Panics when a fault is called resolved and
 * stays, and when faults nest without end.
 */
bool trap_translate(struct machine *machine, vaddr_t va, uint32_t access, bool through_window,
                    struct mmu_walk *walk);

/* Take SIGSEGV and SIGBUS for the current machine, and give them back. */
void trap_install(struct machine *machine);
void trap_remove(struct machine *machine);

#endif
