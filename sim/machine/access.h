/* The four accesses that a CPU can make to a page. They have a header of their own because
   <mm/machine.h> needs them before mmu.h can be included. */
#ifndef MACHINE_ACCESS_H
#define MACHINE_ACCESS_H

/* An access is a read or a write, by a supervisor or a user. Its bits are those of a page fault's
   error code. */
#define MMU_READ       0x0u
#define MMU_WRITE      0x2u
#define MMU_SUPERVISOR 0x0u
#define MMU_USER       0x4u

/* The bit of an access in a set of accesses. */
#define ACCESS_BIT(access) (1u << ((access) >> 1))
#define ACCESS_BITS        4u

#endif
