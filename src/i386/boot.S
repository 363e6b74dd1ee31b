/*
 * From the multiboot loader (32-bit protected mode, paging off; Multiboot Specification 0.6.96,
 * 3.2) to image_main() at its virtual address.
 */
#include "selectors.h"

#define DIRECT_MAP_BASE 0xc0000000
#define DIRECT_MAP_PAGES 192 /* 4 MiB each, 768 MiB in all */
#define PHYSICAL(symbol) (symbol - DIRECT_MAP_BASE)

#define MULTIBOOT_MAGIC 0x1badb002
#define MULTIBOOT_FLAGS 0x00000003 /* asks for page-aligned modules and a memory map */

#define PDE_BOOT_IDENTITY 0x083 /* present, writable, 4 MiB */
#define PDE_DIRECT_MAP    0x183 /* the same, global */

#define CR0_PG  0x80000000
#define CR0_WP  0x00010000
#define CR4_PSE 0x00000010
#define CR4_PGE 0x00000080

#define STACK_BYTES 65536

    .section .multiboot, "a"
    .balign 4
    .long MULTIBOOT_MAGIC
    .long MULTIBOOT_FLAGS
    .long -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

    .text
    .global boot_entry
    .type boot_entry, @function
boot_entry:
    cli
    cld
    movl %eax, %esi /* the loader's magic */

    /* The directory has the direct map, and an identity map of the first 4 MiB for this code. */
    movl $PHYSICAL(boot_directory), %edi
    movl $PDE_BOOT_IDENTITY, (%edi)
    leal (DIRECT_MAP_BASE >> 20)(%edi), %edx
    movl $PDE_DIRECT_MAP, %eax
    movl $DIRECT_MAP_PAGES, %ecx
1:  movl %eax, (%edx)
    addl $0x400000, %eax
    addl $4, %edx
    loop 1b

    movl %cr4, %eax
    orl $CR4_PSE, %eax
    movl %eax, %cr4
    movl %edi, %cr3
    movl %cr0, %eax
    orl $(CR0_PG | CR0_WP), %eax
    movl %eax, %cr0
    /* CR4.PGE has to be set after CR0.PG (Intel SDM vol. 3A, 2.5, "CR4.PGE"). */
    movl %cr4, %eax
    orl $CR4_PGE, %eax
    movl %eax, %cr4
    movl $boot_high, %eax
    jmp *%eax

boot_high:
    movl $0, boot_directory /* ends the identity map; it is not global, so loading CR3 suffices */
    movl %cr3, %eax
    movl %eax, %cr3

    lgdt descriptor_table_pointer
    movl $DATA_SELECTOR, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %fs
    movl %eax, %gs
    movl %eax, %ss
    ljmp $CODE_SELECTOR, $1f

1:  movl $stack_end, %esp
    xorl %ebp, %ebp
    subl $8, %esp /* aligns the arguments to 16 bytes, as the ABI requires */
    pushl %ebx    /* physical address of the multiboot information */
    pushl %esi
    call image_main
2:  hlt
    jmp 2b
    .size boot_entry, . - boot_entry

    /* It is in .data because user.c fills in the task state's descriptor, and the CPU marks that
       descriptor as busy. */
    .data
    .balign 8
    .global descriptor_table
descriptor_table:
    .quad 0
    .quad 0x00cf9b000000ffff /* code: 0 - 4 GiB, ring 0, accessed */
    .quad 0x00cf93000000ffff /* data */
    .quad 0x00cffb000000ffff /* code of ring 3 */
    .quad 0x00cff3000000ffff /* data of ring 3 */
    .quad 0                  /* task state */
descriptor_table_pointer:
    .word . - descriptor_table - 1
    .long descriptor_table

    .bss
    .balign 4096
    .global boot_directory
boot_directory:
    .skip 4096
    .skip STACK_BYTES
stack_end:

    .section .note.GNU-stack, "", @progbits
