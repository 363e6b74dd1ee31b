/* What the kernel enters and leaves in ways that C has none for. */
#include "descriptors.h"
#include "syscall.h"

        .text

/*
 * void swtch(struct context **old, struct context *new)
 *
 * Saves the registers that a function must preserve on the stack, which is then a struct context,
 * and goes on where another stack was left.
 */
        .globl  swtch
swtch:
        movl    4(%esp), %eax
        movl    8(%esp), %edx
        pushl   %ebp
        pushl   %ebx
        pushl   %esi
        pushl   %edi
        movl    %esp, (%eax)
        movl    %edx, %esp
        popl    %edi
        popl    %esi
        popl    %ebx
        popl    %ebp
        ret

/* sysenter comes here, on the thread's kernel stack, interrupts off. It makes the trap frame that
   int 0x80 would have made. */
        .globl  sysenter_entry
sysenter_entry:
        pushl   $SEL_USER_DATA
        pushl   %ecx                    /* ESP of the thread */
        pushfl
        orl     $0x200, (%esp)          /* sysenter has cleared IF */
        pushl   $SEL_USER_CODE
        pushl   %edx                    /* where it goes on */
        pushl   $0
        pushl   $SYSCALL_VECTOR
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
        pushl   %esp
        call    trap
        addl    $4, %esp
        popl    %gs
        popl    %fs
        popl    %es
        popl    %ds
        popal
        movl    8(%esp), %edx           /* above vector and error code: EIP */
        movl    20(%esp), %ecx          /* CS, EFLAGS, then ESP */
        sti                             /* takes effect after sysexit */
        sysexit

/* bool copy_user(void *to, const void *from, uint32_t n): trap() goes on at copy_user_failed when
   the instruction at copy_user_address faults. */
        .globl  copy_user, copy_user_address, copy_user_failed
copy_user:
        pushl   %esi
        pushl   %edi
        movl    12(%esp), %edi
        movl    16(%esp), %esi
        movl    20(%esp), %ecx
copy_user_address:
        rep movsb
        movl    $1, %eax
        jmp     1f
copy_user_failed:
        xorl    %eax, %eax
1:      popl    %edi
        popl    %esi
        ret

        .section .note.GNU-stack, "", @progbits
