/* A first process for Linux: it prints a line, and then loops forever in its own pages. */
    .text
    .global _start
_start:
    movl $4, %eax /* write */
    movl $1, %ebx
    movl $text, %ecx
    movl $(text_end - text), %edx
    int $0x80
    movl $1, data
1:  jmp 1b

    .section .rodata
text:
    .ascii "first process runs\n"
text_end:

    .data
data:
    .long 0

    .section .note.GNU-stack, "", @progbits
