/*
 * System calls: the number in EAX, arguments in EBX and ESI, the result in EAX; -1 is an error.
 * By int 0x80, or by sysenter with ESP in ECX and the address to return to in EDX.
 * Shared with assembly.
 */
#ifndef SLAB_SYSCALL_H
#define SLAB_SYSCALL_H

#define SYSCALL_VECTOR 0x80

#define SYS_exit  1 /* exit(failures) */
#define SYS_write 2 /* write(address, bytes): bytes */
#define SYS_map   3 /* map(address): a page of zeroes, there */
#define SYS_unmap 4 /* unmap(address) */
#define SYS_yield 5 /* yield(): the other thread runs */
#define SYS_preempted                                                                              \
    6              /* preempted(): how often the timer has taken the processor from the thread */
#define SYS_name 7 /* name(address): writes the 8 bytes of the kernel's name there */

#endif
