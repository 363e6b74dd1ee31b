/*
 * Exceptions. A page fault goes to the memory manager first. If the memory manager does not resolve
 * it, an access of <asm/access.h> returns false, and code in ring 3 ends; any other exception in
 * ring 0 ends the machine with a report.
 */
#ifndef I386_TRAPS_H
#define I386_TRAPS_H

#include <mm/types.h>

#define VECTOR_GENERAL_PROTECTION 13u
#define VECTOR_PAGE_FAULT         14u

/* The registers that trap_entries.S pushes on a trap, and pops on the return from it. */
struct trap_frame {
    uint32_t es, ds;
    uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax; /* pushal */
    uint32_t vector;
    uint32_t error_code;
    uint32_t eip, cs, eflags;   /* pushed by the CPU */
    uint32_t user_esp, user_ss; /* pushed by the CPU only if cs is ring 3's */
};
_Static_assert(sizeof(struct trap_frame) == 68, "trap_entries.S pushes a frame of this size");

struct trap_fault {
    vaddr_t va;
    uint32_t error_code;
};

/* Loads the interrupt descriptor table. Interrupts stay disabled: the image uses no device that
   interrupts. */
void traps_init(void);

/* Returns the number of page faults that the memory manager resolved since the start. */
uint32_t traps_faults_resolved(void);

/* Returns the last page fault, resolved or not. */
struct trap_fault traps_last_fault(void);

#endif
