/*
 * Exceptions: page faults go to the memory manager; what it does not resolve ends the access of
 * <asm/access.h> or the code of ring 3 that it struck, and any other exception the machine.
 */
#ifndef I386_TRAPS_H
#define I386_TRAPS_H

#include <mm/types.h>

#define VECTOR_GENERAL_PROTECTION 13u
#define VECTOR_PAGE_FAULT         14u

/* What trap_entries.S leaves on the stack, and takes from it. */
struct trap_frame {
    uint32_t es, ds;
    uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax; /* pushal */
    uint32_t vector;
    uint32_t error_code;
    uint32_t eip, cs, eflags;   /* the CPU's */
    uint32_t user_esp, user_ss; /* there when cs is that of ring 3 */
};
_Static_assert(sizeof(struct trap_frame) == 68, "as trap_entries.S has it");

struct trap_fault {
    vaddr_t va;
    uint32_t error_code;
};

/* Load the interrupt descriptor table. Interrupts stay off; there is nothing to interrupt for. */
void traps_init(void);

/* Page faults that the memory manager resolved since the start. */
uint32_t traps_faults_resolved(void);

/* The last page fault, resolved or not. */
struct trap_fault traps_last_fault(void);

#endif
