/* The single accesses of <asm/access.h> in ring 0, and all code that runs in ring 3. */
#include "selectors.h"
#include <asm/access.h>

    /* Makes an access of kind %ecx at %edx; the value read is in %eax. */
    .macro ACCESS
    xorl %eax, %eax
    cmpl $ACCESS_WRITE8, %ecx
    je 1f
    ja 2f
    movb (%edx), %al
    jmp 3f
1:  lock xaddb %al, (%edx) /* adds 0 */
    jmp 3f
2:  movl (%edx), %eax
3:
    .endm

    .text
    .global access_supervisor, access_begin, access_end, access_failed
    .type access_supervisor, @function
access_supervisor:
    movl 4(%esp), %edx
    movl 8(%esp), %ecx
access_begin:
    ACCESS
access_end:
    movl 12(%esp), %ecx
    movl %eax, (%ecx)
    movl $1, %eax
    ret
access_failed: /* traps.c resumes here after a fault between access_begin and access_end */
    xorl %eax, %eax
    ret
    .size access_supervisor, . - access_supervisor

    /* user_run() enters each of the following; the page may be mapped at any address. */
    .macro USER_DONE
    int $VECTOR_USER_DONE
    .endm

    .section .user, "ax"
    .global user_access, user_access_end, user_store, user_jump, user_push
    .global user_disable_interrupts, user_load_cr3, user_halt, user_port
user_access:
    ACCESS
user_access_end:
    USER_DONE
user_store: /* a write that does not read first */
    movb %al, (%edx)
    USER_DONE
user_jump:
    jmp *%edx
user_push: /* stores the 4 bytes below %edx */
    movl %edx, %esp
    pushl %eax
    USER_DONE
user_disable_interrupts:
    cli
    USER_DONE
user_load_cr3:
    movl %edx, %cr3
    USER_DONE
user_halt:
    hlt
    USER_DONE
user_port:
    outb %al, $0xf4
    USER_DONE

    .section .note.GNU-stack, "", @progbits
