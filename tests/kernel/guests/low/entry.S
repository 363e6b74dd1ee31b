/* From the boot loader to main(): paging on, with two 4 MiB pages, and a stack. */
#include "layout.h"
#include "multiboot.h"

#define PDE_RW_LARGE 0x83       /* present, writable, 4 MiB */
#define CR4_PSE      0x10
#define CR0_PG       0x80000000
#define CR0_WP       0x00010000

        .section .multiboot, "a"
        .align  4
        .long   MULTIBOOT_HEADER_MAGIC
        .long   0
        .long   -MULTIBOOT_HEADER_MAGIC

        .text
        .globl  entry
entry:
        movl    %cr4, %eax
        orl     $CR4_PSE, %eax
        movl    %eax, %cr4
        movl    $(entry_pgdir - KERNBASE), %eax
        movl    %eax, %cr3
        movl    %cr0, %eax
#if defined BUG_WP_OFF
        orl     $CR0_PG, %eax
#else
        orl     $(CR0_PG | CR0_WP), %eax
#endif
        movl    %eax, %cr0
        movl    $(boot_stack + PGSIZE), %esp
        movl    $main, %eax
        jmp     *%eax                   /* leaves the low addresses */

        /* 0 .. 4 MiB twice: where this code runs, and where the kernel is linked. */
        .data
        .align  PGSIZE
entry_pgdir:
        .long   PDE_RW_LARGE
        .fill   (KERNBASE >> 22) - 1, 4, 0
        .long   PDE_RW_LARGE
        .fill   1024 - (KERNBASE >> 22) - 1, 4, 0

        .bss
        .align  PGSIZE
boot_stack:
        .space  PGSIZE

        .section .note.GNU-stack, "", @progbits
