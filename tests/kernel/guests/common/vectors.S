/* The 256 entries of the interrupt table, and the way into trap() and back. */
#include "descriptors.h"

/* The processor pushes an error code for these; the others push a 0 in its place. */
#define HAS_ERROR(v) ((v) == 8 || ((v) >= 10 && (v) <= 14) || (v) == 17)

        .text
.altmacro
.macro VECTOR number
vector_\number:
        .if !HAS_ERROR(\number)
        pushl   $0
        .endif
        pushl   $\number
        jmp     trap_entry
.endm

.set i, 0
.rept 256
        VECTOR  %i
        .set i, i + 1
.endr

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

        .section .rodata
        .globl  vectors
        .align  4
.macro ADDRESS number
        .long   vector_\number
.endm
vectors:
.set i, 0
.rept 256
        ADDRESS %i
        .set i, i + 1
.endr

        .section .note.GNU-stack, "", @progbits
