/* What the CPU can want of a page: one of four accesses. */
#ifndef MACHINE_ACCESS_H
#define MACHINE_ACCESS_H

/* An access: one of each line. The bits are those of the error code that it leads to. */
#define MMU_READ       0x0u
#define MMU_WRITE      0x2u
#define MMU_SUPERVISOR 0x0u
#define MMU_USER       0x4u

/* An access in a set of accesses, in 4 bits. */
#define ACCESS_BIT(access) (1u << ((access) >> 1))
#define ACCESS_BITS        4u

#endif
