/*
 * From the boot loader to main(): the first 4 MiB are mapped twice, at 0, where this code runs, and
 * at 0xc0000000, where the kernel is linked. Two loaders may come: multiboot 1 and multiboot 2.
 */
#include "layout.h"
#include "multiboot.h"

#define ENTRY_RW     0x3                /* present, writable */
#define CR4_PSE      0x10
#define CR0_PG_WP    0x80010000
#define ARCHITECTURE 0                  /* multiboot 2: i386 */

        .section .multiboot, "a"
        .align  8
header2:
        .long   MULTIBOOT2_HEADER_MAGIC
        .long   ARCHITECTURE
        .long   header2_end - header2
        .long   -(MULTIBOOT2_HEADER_MAGIC + ARCHITECTURE + (header2_end - header2))
        .short  0, 0                    /* the last tag */
        .long   8
header2_end:
        .align  4
        .long   MULTIBOOT_HEADER_MAGIC
        .long   MULTIBOOT_MEMORY_INFO
        .long   -(MULTIBOOT_HEADER_MAGIC + MULTIBOOT_MEMORY_INFO)

        .text
        .globl  start
start:
        /* kernel_table: 0 .. 4 MiB. EAX and EBX are the loader's. */
        movl    $(kernel_table - DIRECT_MAP), %edi
        movl    $ENTRY_RW, %edx
        movl    $1024, %ecx
1:      movl    %edx, (%edi)
        addl    $PAGE_SIZE, %edx
        addl    $4, %edi
        loop    1b

        movl    $(kernel_table - DIRECT_MAP + ENTRY_RW), %edx
        movl    %edx, kernel_directory - DIRECT_MAP
        movl    %edx, kernel_directory - DIRECT_MAP + (DIRECT_MAP >> 22) * 4
        movl    $(kernel_directory - DIRECT_MAP), %edx
        movl    %edx, %cr3
        movl    %cr4, %edx
        orl     $CR4_PSE, %edx
        movl    %edx, %cr4
        movl    %cr0, %edx
        orl     $CR0_PG_WP, %edx
        movl    %edx, %cr0
        movl    $high, %edx
        jmp     *%edx
high:
        movl    $stack_top, %esp
        pushl   %ebx                    /* what the loader says: a physical address */
        pushl   %eax                    /* which loader */
        call    main

        .bss
        .align  PAGE_SIZE
        .globl  kernel_directory, kernel_table, stack_guard, stack_top
kernel_directory:
        .space  PAGE_SIZE
kernel_table:
        .space  PAGE_SIZE
stack_guard:
        .space  PAGE_SIZE
        .space  STACK_BYTES
stack_top:

        .section .note.GNU-stack, "", @progbits
