/* Single accesses, in ring 0 for <asm/access.h>; and all the code that runs in ring 3. */
#include "selectors.h"
#include <asm/access.h>

    /* The access of kind %ecx at %edx; %eax is what was read. */
    .macro ACCESS
    xorl %eax, %eax
    cmpl $ACCESS_WRITE8, %ecx
    je 1f
    ja 2f
    movb (%edx), %al
    jmp 3f
1:  lock xaddb %al, (%edx) /* of 0 */
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
access_failed: /* where traps.c goes on from a fault between access_begin and access_end */
    xorl %eax, %eax
    ret
    .size access_supervisor, . - access_supervisor

    /* Each of these is entered by user_run(), anywhere that the page is mapped. */
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
user_store: /* one that reads nothing */
    movb %al, (%edx)
    USER_DONE
user_jump:
    jmp *%edx
user_push: /* below %edx */
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
