/* The entries of all traps, and the switches to ring 3 and back. */
#include "selectors.h"

#define VECTORS 33 /* the exceptions, and VECTOR_USER_DONE */
/* A bit for each exception with an error code: 8, 10-14, 17, 21, 29, 30 (Intel SDM vol. 3A, table
   6-1). */
#define PUSHES_ERROR_CODE 0x60227d00

    .text

    /* Each vector has an entry. All push the same frame; 0 stands for a missing error code. */
    .macro TRAP_ENTRY vector
    .balign 16
trap_entry_\vector:
    .if ((PUSHES_ERROR_CODE >> \vector) & 1) == 0
    pushl $0
    .endif
    pushl $\vector
    jmp trap_enter
    .endm

    .altmacro
    .macro TRAP_ENTRY_OF vector
    TRAP_ENTRY \vector
    .endm
    .set vector, 0
    .rept VECTORS
    TRAP_ENTRY_OF %vector
    .set vector, vector + 1
    .endr

    /* Completes struct trap_frame, whose last fields the CPU and the entry pushed first. */
    .type trap_enter, @function
trap_enter:
    pushal
    pushl %ds
    pushl %es
    movl $DATA_SELECTOR, %eax
    movl %eax, %ds
    movl %eax, %es
    cld
    movl %esp, %ebx
    andl $-16, %esp
    subl $12, %esp
    pushl %ebx
    call trap_handle
    movl %ebx, %esp
trap_return:
    popl %es
    popl %ds
    popal
    addl $8, %esp
    iret
    .size trap_enter, . - trap_enter

    /*
     * void trap_enter_user(const struct trap_frame *frame) enters ring 3 with these registers. It
     * returns when trap_leave_user() is called during a trap from ring 3: ESP0 of the task state
     * points to the registers that were saved here. The previous ESP0 is saved with them, because
     * calls may be nested.
     */
    .global trap_enter_user
    .type trap_enter_user, @function
trap_enter_user:
    pushl %ebp
    pushl %ebx
    pushl %esi
    pushl %edi
    movl 20(%esp), %eax
    pushl task_state + TASK_ESP0
    movl %esp, task_state + TASK_ESP0
    movl %eax, %esp
    jmp trap_return
    .size trap_enter_user, . - trap_enter_user

    .global trap_leave_user
    .type trap_leave_user, @function
trap_leave_user:
    movl task_state + TASK_ESP0, %esp
    popl task_state + TASK_ESP0
    popl %edi
    popl %esi
    popl %ebx
    popl %ebp
    ret
    .size trap_leave_user, . - trap_leave_user

    .macro TRAP_ENTRY_ADDRESS vector
    .long trap_entry_\vector
    .endm

    .section .rodata
    .balign 4
    .global trap_entries
trap_entries:
    .set vector, 0
    .rept VECTORS
    TRAP_ENTRY_ADDRESS %vector
    .set vector, vector + 1
    .endr

    .section .note.GNU-stack, "", @progbits
