/* The 256 entries of the interrupt table, and the way into trap() and back. */
#include "descriptors.h"

#define VECTORS 256
#include "vector_stubs.inc"

trap_entry:
        pushal
        pushl   %ds
        pushl   %es
        pushl   %fs
        pushl   %gs
        movl    $SEL_KERNEL_DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %fs
        movl    $SEL_PERCPU, %eax
        movl    %eax, %gs
        cld
        pushl   %esp                    /* struct trap_frame * */
        call    trap
        addl    $4, %esp

trap_resume:
        popl    %gs
        popl    %fs
        popl    %es
        popl    %ds
        popal
        addl    $8, %esp                /* vector and error code */
        iret

        /* _Noreturn void trap_return(struct trap_frame *frame) */
        .globl  trap_return
trap_return:
        movl    4(%esp), %esp
        jmp     trap_resume

        .section .note.GNU-stack, "", @progbits
