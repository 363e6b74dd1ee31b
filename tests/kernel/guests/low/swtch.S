/*
 * void swtch(struct context **old, struct context *new)
 *
 * Saves the registers that a function must preserve on the stack, which is then a struct context,
 * and goes on where another stack was left.
 */
        .text
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

        .section .note.GNU-stack, "", @progbits
