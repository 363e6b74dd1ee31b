/*
 * The user program: copied to address 0, run in ring 3, and its result is the number of checks that
 * failed. It does not know where the kernel keeps it, so that every address counts from initcode.
 */
#include "layout.h"
#include "syscall.h"

#define GREEN 0x11111111
#define BLUE  0x22222222
#define RED   0x33333333

.macro SYSCALL number, first=$0, second=$0
        movl    \first, %ebx
        movl    \second, %ecx
        movl    $\number, %eax
        int     $SYSCALL_VECTOR
.endm

/* Counts a failure in EDI unless the operands are equal. */
.macro EXPECT value, operand
        cmpl    \value, \operand
        je      9f
        incl    %edi
9:
.endm

        .section .rodata
        .globl  initcode, initcode_end
initcode:
        xorl    %edi, %edi
        SYSCALL SYS_write, $(hello - initcode), $(hello_end - hello)
        EXPECT  $(hello_end - hello), %eax

        /* Two pages of heap, which are zero, and are used. */
        SYSCALL SYS_sbrk, $(2 * PGSIZE)
        movl    %eax, %esi
        EXPECT  $0, (%esi)
        EXPECT  $0, PGSIZE(%esi)
        movl    $GREEN, (%esi)
        movl    $BLUE, PGSIZE(%esi)

        /* They are given back and taken again: frames change places, and all is zero once more. */
        SYSCALL SYS_sbrk, $(-2 * PGSIZE)
        SYSCALL SYS_sbrk, $(2 * PGSIZE)
        EXPECT  %esi, %eax
        EXPECT  $0, (%esi)
        movl    $RED, (%esi)
        EXPECT  $0, PGSIZE(%esi)
        EXPECT  $RED, (%esi)

        /* What is not the process's is refused. */
        SYSCALL SYS_write, $KERNBASE, $4
        EXPECT  $-1, %eax
        SYSCALL SYS_write, $0, $-1
        EXPECT  $-1, %eax
        SYSCALL SYS_sbrk, $(KERNBASE - PGSIZE)
        EXPECT  $-1, %eax
        SYSCALL 99
        EXPECT  $-1, %eax

        SYSCALL SYS_write, $(goodbye - initcode), $(goodbye_end - goodbye)
        SYSCALL SYS_exit, %edi
        ud2

hello:
        .ascii  "init: hello from ring 3, this text is longer than the kernel's buffer of 64 bytes\n"
hello_end:
goodbye:
        .ascii  "init: goodbye\n"
goodbye_end:
initcode_end:

        .section .note.GNU-stack, "", @progbits
