/* From the boot loader to main(), without paging. */
#include "multiboot.h"

#define STACK_BYTES 8192

        .section .multiboot, "a"
        .align  4
        .long   MULTIBOOT_HEADER_MAGIC
        .long   MULTIBOOT_MEMORY_INFO
        .long   -(MULTIBOOT_HEADER_MAGIC + MULTIBOOT_MEMORY_INFO)

        .text
        .globl  _start
_start:
        movl    $stack_top, %esp
        pushl   %ebx                    /* struct multiboot_info * */
        pushl   %eax                    /* MULTIBOOT_LOADER_MAGIC */
        call    main

        .bss
        .align  16
        .space  STACK_BYTES
stack_top:

        .section .note.GNU-stack, "", @progbits
