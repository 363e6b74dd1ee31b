/*
 * The user program, copied to USER_TEXT. It has two threads: EAX is 0 in the first and 1 in the
 * second when they begin. Each counts in EDI what goes wrong, and exits with the count.
 *
 * Each keeps a number of its own in an x87 and in an SSE register, and looks at both after the
 * other thread has run. The first enters the kernel by int 0x80, the second by sysenter.
 */
#include "layout.h"
#include "syscall.h"

#define YIELDS 20

.macro INT80 number, first=$0, second=$0
        movl    \first, %ebx
        movl    \second, %esi
        movl    $\number, %eax
        int     $SYSCALL_VECTOR
.endm

.macro FAST number, first=$0
        movl    \first, %ebx
        movl    $\number, %eax
        movl    %esp, %ecx
        movl    $(USER_TEXT + 9f - program), %edx
        sysenter
9:
.endm

/* Counts a failure unless the operands are equal. */
.macro EXPECT value, operand
        cmpl    \value, \operand
        je      9f
        incl    %edi
9:
.endm

        .section .rodata
        .globl  program, program_end
program:
        xorl    %edi, %edi
        subl    $4, %esp                /* a counter */
        testl   %eax, %eax
        jnz     second

        /* ---- the first thread ---- */

        INT80   SYS_write, $(USER_TEXT + hello - program), $(hello_end - hello)
        EXPECT  $(hello_end - hello), %eax
        movl    $111, %ebp
        call    load_numbers
        movl    $YIELDS, (%esp)
1:      INT80   SYS_yield
        call    check_numbers
        decl    (%esp)
        jnz     1b
2:      call    check_numbers
        INT80   SYS_preempted
        cmpl    $2, %eax
        jb      2b

        /* A page goes, its frame is taken for another one, and the page comes back. */
        INT80   SYS_map, $USER_MAPS
        EXPECT  $0, USER_MAPS
        movl    $1, USER_MAPS
        INT80   SYS_unmap, $USER_MAPS
        INT80   SYS_map, $(USER_MAPS + PAGE_SIZE)
        INT80   SYS_map, $USER_MAPS
        EXPECT  $0, %eax
        EXPECT  $0, USER_MAPS
        movl    $2, USER_MAPS
        EXPECT  $2, USER_MAPS
        INT80   SYS_unmap, $(USER_MAPS + PAGE_SIZE)

        /* What is not the process's is refused, and so is what it may not write to. */
        INT80   SYS_write, $DIRECT_MAP, $4
        EXPECT  $-1, %eax
        INT80   SYS_map, $DIRECT_MAP
        EXPECT  $-1, %eax
        INT80   SYS_map, $USER_TEXT
        EXPECT  $-1, %eax
        INT80   SYS_name, $USER_MAPS
        EXPECT  $0, %eax
        INT80   SYS_name, $(USER_TEXT + spare - program)
        EXPECT  $-1, %eax
        INT80   SYS_name, $(USER_MAPS + 2 * PAGE_SIZE)
        EXPECT  $-1, %eax
        call    check_numbers
        INT80   SYS_exit, %edi

        /* ---- the second thread ---- */
second:
        movl    $222, %ebp
        call    load_numbers
        movl    $YIELDS, (%esp)
1:      FAST    SYS_yield
        call    check_numbers
        decl    (%esp)
        jnz     1b
2:      call    check_numbers
        FAST    SYS_preempted
        cmpl    $2, %eax
        jb      2b
        FAST    SYS_exit, %edi

        /* Puts EBP into ST(0) and into all of XMM5. */
load_numbers:
        movl    %ebp, -4(%esp)
        fildl   -4(%esp)
        movd    %ebp, %xmm5
        pshufd  $0, %xmm5, %xmm5
        ret

        /* Are they what EBP says? */
check_numbers:
        fistl   -4(%esp)
        EXPECT  %ebp, -4(%esp)
        pshufd  $0x1b, %xmm5, %xmm6
        movd    %xmm6, -4(%esp)
        EXPECT  %ebp, -4(%esp)
        ret

hello:
        .ascii  "program: hello from ring 3\n"
hello_end:
spare:
        .space  8
program_end:

        .section .note.GNU-stack, "", @progbits
