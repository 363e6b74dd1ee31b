/* What is said of a page fault that nobody resolved. */
#ifndef MACHINE_FAULT_REPORT_H
#define MACHINE_FAULT_REPORT_H

#include "machine/mmu.h"

/*
 * Panic with one line: the access, its address, what the tables say of it (the entries on the way,
 * the error code), and what the memory manager says. walk is that of the fault.
 */
_Noreturn void fault_report_panic(vaddr_t va, uint32_t access, const struct mmu_walk *walk);

#endif
