/*
 * For assembler sources: the first instructions of the handlers of vectors 0 to VECTORS - 1, and
 * `vectors`, the table of their addresses. Each one leaves the error code and the vector on the
 * stack, and goes on at trap_entry.
 */
#ifndef GUEST_VECTOR_STUBS_H
#define GUEST_VECTOR_STUBS_H

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
.rept VECTORS
        VECTOR  %i
        .set i, i + 1
.endr

        .section .rodata
        .globl  vectors
        .align  4
.macro ADDRESS number
        .long   vector_\number
.endm
vectors:
.set i, 0
.rept VECTORS
        ADDRESS %i
        .set i, i + 1
.endr
        .text

#endif
