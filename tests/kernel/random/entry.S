/* From the boot loader to main(); into the sandbox, and out of it. */
#include "layout.h"
#include "multiboot.h"
#include "vector_stubs.inc"

#define STACK_BYTES  16384
#define PDE_RW_LARGE 0x83
#define CR4_PSE      0x10
#define CR0_PG       0x80000000

        .section .multiboot, "a"
        .align  4
        .long   MULTIBOOT_HEADER_MAGIC
        .long   MULTIBOOT_MEMORY_INFO
        .long   -(MULTIBOOT_HEADER_MAGIC + MULTIBOOT_MEMORY_INFO)

        .text
        .globl  entry
entry:
        movl    %cr4, %eax
        orl     $CR4_PSE, %eax
        movl    %eax, %cr4
        movl    $(boot_directory - KERNBASE), %eax
        movl    %eax, %cr3
        movl    %cr0, %eax
        orl     $CR0_PG, %eax
        movl    %eax, %cr0
        movl    $kernel_stack_top, %esp
        pushl   %ebx                    /* struct multiboot_info *, below 4 MiB */
        movl    $main, %eax
        call    *%eax

        .data
        .align  PAGE_SIZE
boot_directory:
        .long   PDE_RW_LARGE
        .fill   (KERNBASE >> 22) - 1, 4, 0
        .long   PDE_RW_LARGE
        .fill   1024 - (KERNBASE >> 22) - 1, 4, 0

/* struct state, state.h */
#define GENERAL(number) 4 * (number)
#define AT_ESP          32
#define AT_SS           36
#define AT_EIP          40
#define AT_CS           44
#define AT_EFLAGS       48
#define AT_DS           52
#define AT_ES           56
#define AT_FS           60
#define AT_GS           64
#define AT_CR0          68

        .text
        /* void sandbox_enter(void): the registers become those of `before`. */
        .globl  sandbox_enter
sandbox_enter:
        pushal
        movl    %esp, kernel_esp
        fxrstor before_fpu
        movl    before + AT_CR0, %eax
        movl    %eax, %cr0
        movl    before + AT_GS, %eax
        movl    %eax, %gs
        movl    before + AT_FS, %eax
        movl    %eax, %fs
        movl    before + AT_ES, %eax
        movl    %eax, %es
        movl    before + GENERAL(1), %ecx
        movl    before + GENERAL(2), %edx
        movl    before + GENERAL(3), %ebx
        movl    before + GENERAL(5), %ebp
        movl    before + GENERAL(6), %esi
        movl    before + GENERAL(7), %edi
        testb   $3, before + AT_CS
        jz      enter_ring0
        pushl   before + AT_SS
        pushl   before + AT_ESP
        pushl   before + AT_EFLAGS
        pushl   before + AT_CS
        pushl   before + AT_EIP
        movl    before + AT_DS, %eax
        movl    %eax, %ds
        movl    %ss:before + GENERAL(0), %eax
        iret
enter_ring0:
        pushl   before + AT_EFLAGS
        movl    before + AT_DS, %eax
        movl    %eax, %ds
        movl    %ss:before + GENERAL(0), %eax
        popfl
        lss     %cs:before + AT_ESP, %esp
        ljmp    *%cs:before + AT_EIP

        .globl  sysenter_entry
sysenter_entry:
        pushfl
        pushl   %cs
        pushl   $0
        pushl   $0
        pushl   $VECTOR_SYSENTER

/* What is on the stack is struct trap_frame, trap.h. The stack is the sandbox's own in ring 0. */
trap_entry:
        pushal
        pushl   %ds
        pushl   %es
        pushl   %fs
        pushl   %gs
        pushl   %ss
        movl    $SEL_KERNEL_DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %esp, %ebx
        movl    %eax, %ss
        movl    kernel_esp, %esp
        pushl   $2
        popfl
        pushl   %ebx
        call    trap
        addl    $4, %esp
        popal
        ret

        .bss
        .align  16
        .globl  kernel_stack_top, trap_stack_top
        .space  STACK_BYTES
kernel_stack_top:
        /* that of the TSS, where traps from the other rings begin */
        .space  STACK_BYTES
trap_stack_top:
kernel_esp:
        .space  4

        .section .note.GNU-stack, "", @progbits
