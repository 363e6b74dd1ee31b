/* From the boot loader to main(): 16 MiB are mapped at 0xc0000000, and the first 4 MiB at 0. */
#include "layout.h"
#include "multiboot.h"

#define LARGE_RW     0x83               /* present, writable, 4 MiB */
#define CR4_PSE      0x010
#define CR4_OSFXSR   0x200              /* the kernel saves SSE registers, too */
#define CR4_OSXMM    0x400
#define CR0_MP       0x00000002         /* with TS, fwait raises #NM as well */
#define CR0_NE       0x00000020
#define CR0_WP       0x00010000
#define CR0_PG       0x80000000
#define BOOT_STACK   8192

        .section .multiboot, "a"
        .align  4
        .long   MULTIBOOT_HEADER_MAGIC
        .long   MULTIBOOT_MEMORY_INFO
        .long   -(MULTIBOOT_HEADER_MAGIC + MULTIBOOT_MEMORY_INFO)

        .text
        .globl  start
start:
        movl    $(kernel_directory - DIRECT_MAP), %edx
        movl    %edx, %cr3
        movl    %cr4, %edx
        orl     $(CR4_PSE | CR4_OSFXSR | CR4_OSXMM), %edx
        movl    %edx, %cr4
        movl    %cr0, %edx
#ifdef BUG_WP_OFF
        orl     $(CR0_PG | CR0_NE | CR0_MP), %edx
#else
        orl     $(CR0_PG | CR0_NE | CR0_MP | CR0_WP), %edx
#endif
        movl    %edx, %cr0
        movl    $high, %edx
        jmp     *%edx
high:
        movl    $0, kernel_directory
        movl    %cr3, %edx
        movl    %edx, %cr3              /* nothing is at 0 any more */
        movl    $stack_top, %esp
        pushl   %ebx                    /* struct multiboot_info *, a physical address */
        pushl   %eax                    /* MULTIBOOT_LOADER_MAGIC */
        call    main

        .data
        .align  PAGE_SIZE
        .globl  kernel_directory
kernel_directory:
        .long   LARGE_RW
        .fill   (DIRECT_MAP >> 22) - 1, 4, 0
        .long   LARGE_RW, LARGE_RW + 0x400000, LARGE_RW + 0x800000, LARGE_RW + 0xc00000
        .fill   1024 - (DIRECT_MAP >> 22) - 4, 4, 0

        .bss
        .align  16
        .space  BOOT_STACK
stack_top:

        .section .note.GNU-stack, "", @progbits
