/*
 * Boots, turns paging on with tables of pseudo-random entries of 8 bytes, prints "ready", and halts. -DLEVELS=3
 * is PAE, 4 is long mode, 5 is long mode with LA57. The tables have what no kernel would write: a root table that
 * names itself, tables where no memory is, reserved bits, pages above 4 GiB, tables that several entries name.
 * -DSEED=N (not 0) chooses the numbers. With -DPLAIN, the entries that name tables give all rights, nothing is
 * reserved, no table names itself, and there are fewer pages: so each page can be compared with QEMU's `info tlb`.
 *
 * In long mode the code stays 32-bit code, in compatibility mode.
 */
#define MULTIBOOT_MAGIC 0x1badb002

#define PRESENT      0x001
#define LARGE        0x080
#define NO_EXECUTE   0x80000000 /* in the high half */
#define HIGH_ADDRESS 0x0000000f /* 36 bits of address */
#define NOWHERE      0x40000000 /* from here to 0x7fffffff there is neither RAM nor a device */
#define SELF_INDEX   493
#define TABLES       4          /* of each level but the last */
#define LAST_TABLES  8
#define RUNS         16         /* runs of similar entries in a table of the last level */
#define RUN_ENTRIES  32
#define SERIAL_PORT  0x3f8
#define MSR_EFER     0xc0000080

#ifdef PLAIN
#define IS_PLAIN         1
#define PDPT_RARITY      256
#define DIRECTORY_RARITY 96
#else
#define IS_PLAIN         0
#define PDPT_RARITY      80
#define DIRECTORY_RARITY 48
#endif

#if LEVELS == 5
#define CR4 0x1020 /* LA57, PAE */
#else
#define CR4 0x20
#endif

    .macro next /* G. Marsaglia, "Xorshift RNGs", 2003 */
    .set seed, (seed ^ (seed << 13)) & 0xffffffff
    .set seed, seed ^ (seed >> 17)
    .set seed, (seed ^ (seed << 5)) & 0xffffffff
    .endm

    /* An entry that names one of `count` tables from `first` on; one in 16 names a table where no memory is. */
    .macro table_entry first, count
    next
    .set flags, (seed >> 20) & ~LARGE | PRESENT
    .if IS_PLAIN
    .long \first + ((seed >> 8) % \count << 12) + 7, 0
    .elseif (seed & 15) == 0
    .long (seed & 0x3ffff000) + NOWHERE + flags, (seed << 3) & NO_EXECUTE
    .else
    .long \first + ((seed >> 8) % \count << 12) + flags, (seed << 3) & NO_EXECUTE
    .endif
    .endm

    .macro absent_entry
    next
    .long seed & ~PRESENT, seed
    .endm

    /* A large page; one in four has reserved bits. */
    .macro large_entry
    next
    .set address, seed
    .if IS_PLAIN || (seed & 3) != 0
    .set address, seed & 0xc0000000
    .endif
    next
    .long (address & 0xffffe000) | (seed >> 16 & 0x1ffe) | LARGE | PRESENT, (seed & HIGH_ADDRESS) + (seed << 3 & NO_EXECUTE)
    .endm

    /* A table, one of `rarity` entries of which is present. */
    .macro sparse_table first, count, rarity, large
    .rept 512
    next
    .if seed % \rarity != 0
    absent_entry
    .elseif \large && (seed >> 12 & 3) == 0
    large_entry
    .else
    table_entry \first, \count
    .endif
    .endr
    .endm

    /* A table whose first entry alone is present, and names the table at the address. So the second MiB, in which the
       code and all tables are, is mapped to itself. */
    .macro single_table address
    .long \address + PRESENT, 0
    .rept 511
    .long 0, 0
    .endr
    .endm

    .text
    .balign 4
    .long MULTIBOOT_MAGIC, 0, -MULTIBOOT_MAGIC

    .global _start
_start:
    cli
    movl $root, %eax
    movl %eax, %cr3
    movl $CR4, %eax
    movl %eax, %cr4
    movl $MSR_EFER, %ecx
    rdmsr
#if LEVELS > 3
    orl $0x900, %eax /* NXE, LME */
#else
    orl $0x800, %eax /* NXE */
#endif
    wrmsr
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
#if LEVELS == 3
root:
    .long code_directory + PRESENT, 0
    .rept 3
    next
    .long directories + ((seed >> 8) % TABLES << 12) + PRESENT, 0
    .endr
    .balign 4096
#else
root:
#if LEVELS == 5
    .long code_pml4 + PRESENT, 0
    .set below, pml4s
#else
    .long code_pdpt + PRESENT, 0
    .set below, pdpts
#endif
    .set index, 1
    .rept 511
    next
    .if index == SELF_INDEX && !IS_PLAIN
    .long root + PRESENT + 2, 0
    .elseif seed % 96 == 0 || index == 255 || index == 256 || index == 511
    table_entry below, TABLES
    .else
    absent_entry
    .endif
    .set index, index + 1
    .endr
#if LEVELS == 5
code_pml4:
    single_table code_pdpt
pml4s:
    .rept TABLES
    sparse_table pdpts, TABLES, 300, 0
    .endr
#endif
code_pdpt:
    single_table code_directory
pdpts:
    .rept TABLES
    sparse_table directories, TABLES, PDPT_RARITY, 1
    .endr
#endif
code_directory:
    single_table code_table
code_table:
    .rept 256
    .long 0, 0
    .endr
    .set index, 256
    .rept 256
    .long (index << 12) + PRESENT, 0
    .set index, index + 1
    .endr
directories:
    .rept TABLES
    sparse_table tables, LAST_TABLES, DIRECTORY_RARITY, 1
    .endr
tables:
    .rept LAST_TABLES * RUNS
    next
    .set entry, (seed & 0xfffff000) + (seed >> 4 & 0xffe)
    .if (seed & 3) == 0
        .set entry, entry + PRESENT
    .endif
    next
    .rept RUN_ENTRIES
    .long entry & 0xffffffff, (seed & HIGH_ADDRESS) + (seed << 3 & NO_EXECUTE)
    .set entry, entry + 0x1000
    .endr
    .endr

    .section .note.GNU-stack, "", @progbits
