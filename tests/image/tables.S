/*
 * Boots, turns paging on with page tables of pseudo-random numbers, prints "ready", and halts. The tables
 * have what no kernel would write: self-maps, tables where no memory is, reserved bits. QEMU and
 * `mmsim inspect` must read them alike. -DSEED=N (not 0) chooses the numbers; -DCR4=N turns 4 MiB pages on
 * (0x10) or off (0).
 */
#define MULTIBOOT_MAGIC 0x1badb002

#define TABLES        8
#define RUNS          16 /* runs of similar entries in a table */
#define RUN_ENTRIES   64
#define PRESENT       0x001
#define LARGE         0x080
#define NOWHERE       0x40000000 /* from here to 0x7fffffff there is neither RAM nor a device */
#define SERIAL_PORT   0x3f8

    .macro next /* G. Marsaglia, "Xorshift RNGs", 2003 */
    .set seed, (seed ^ (seed << 13)) & 0xffffffff
    .set seed, seed ^ (seed >> 17)
    .set seed, (seed ^ (seed << 5)) & 0xffffffff
    .endm

    .macro directory_entry
    next
    .set flags, (seed >> 20) | PRESENT
    .set kind, seed & 15
    .if kind < 6
        .long seed & ~PRESENT
    .elseif kind < 11
        .long tables + ((seed >> 8) % TABLES << 12) + (flags & ~LARGE)
    .elseif kind < 13
        .long (seed & 0x3ffff000) + NOWHERE + (flags | LARGE)
    .elseif kind < 14
        .long (seed & 0x3fc00000) + NOWHERE + (flags & ~0x1000 | LARGE)
    .elseif kind < 15
        .long (seed & 0x3ffff000) + NOWHERE + (flags & ~LARGE)
    .else
        .long directory + (flags & ~LARGE)
    .endif
    .endm

    .text
    .balign 4
    .long MULTIBOOT_MAGIC, 0, -MULTIBOOT_MAGIC

    .global _start
_start:
    cli
    movl $directory, %eax
    movl %eax, %cr3
    movl $CR4, %eax
    movl %eax, %cr4
    movl %cr0, %eax
    orl $0x80010000, %eax /* PG, WP */
    movl %eax, %cr0
    movl $ready, %esi
    movl $(ready_end - ready), %ecx
    movl $SERIAL_PORT, %edx
    cld
    rep outsb
1:  hlt
    jmp 1b
ready:
    .ascii "ready\n"
ready_end:

    .set seed, SEED
    .balign 4096
directory:
    .long code_table + PRESENT
    .rept 1023
    directory_entry
    .endr

code_table: /* maps the page of the code to itself, and nothing else */
    .rept 256
    .long 0
    .endr
    .long _start - 12 + PRESENT
    .rept 767
    .long 0
    .endr

tables:
    .rept TABLES * RUNS
    next
    .set entry, (seed & 0xfffff000) + (seed >> 4 & 0xffe)
    .if (seed & 7) != 0
        .set entry, entry + PRESENT
    .endif
    .rept RUN_ENTRIES
    .long entry & 0xffffffff
    .set entry, entry + 0x1000
    .endr
    .endr

    .section .note.GNU-stack, "", @progbits
