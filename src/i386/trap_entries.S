/* The ways into traps.c, and the access that machine_touch() makes. */

#define VECTORS 32
/* Exceptions with an error code (Intel SDM vol. 3A, table 6-1): 8, 10-14, 17, 21, 29, 30. */
#define PUSHES_ERROR_CODE 0x60227d00

    .text

    /* One entry a vector, all leaving the same frame: a missing error code is 0. */
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

    /* struct trap_frame, from its end: what the CPU pushed, the vector, the registers. */
    .type trap_enter, @function
trap_enter:
    pushal
    cld
    movl %esp, %ebx
    andl $-16, %esp
    subl $12, %esp
    pushl %ebx
    call trap_handle
    movl %ebx, %esp
    popal
    addl $8, %esp
    iret
    .size trap_enter, . - trap_enter

/* bool trap_touch(uint32_t va, bool write): false when the fault at its access stands. */
    .global trap_touch, trap_touch_accesses, trap_touch_accesses_end, trap_touch_failed
    .type trap_touch, @function
trap_touch:
    movl 4(%esp), %edx
    cmpb $0, 8(%esp)
trap_touch_accesses:
    jne 1f
    movb (%edx), %al
    jmp 2f
1:  lock orb $0, (%edx) /* locked: one access, whose fault is a write's */
trap_touch_accesses_end:
2:  movl $1, %eax
    ret
trap_touch_failed:
    xorl %eax, %eax
    ret
    .size trap_touch, . - trap_touch

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
