/* System calls: int 0x40, the number in EAX, arguments in EBX and ECX, the result in EAX; -1 is an
   error. Shared with assembly. */
#ifndef LOW_SYSCALL_H
#define LOW_SYSCALL_H

#define SYSCALL_VECTOR 0x40

#define SYS_exit  1 /* exit(failures) */
#define SYS_write 2 /* write(address, bytes): bytes written */
#define SYS_sbrk                                                                                   \
    3 /* sbrk(bytes): where the memory ended before. Negative bytes give memory back               \
       */

#endif
