# Boots a RISC-V machine without firmware, gives satp page tables of pseudo-random entries, prints "ready", and waits.
# The code stays in machine mode, whose addresses are physical. --defsym LEVELS=3 is Sv39, 4 is Sv48, 5 is Sv57;
# --defsym SEED=N (not 0) chooses the numbers. The tables have what no kernel would write: tables where no memory is,
# superpages that are not aligned, pages that are writable and not readable, a table that several entries name, and a
# root table that names itself.

    .equ VALID, 0x01
    .equ READ, 0x02
    .equ RIGHTS, 0x0e
    .equ TABLES, 4          # of each level but the last
    .equ LAST_TABLES, 8
    .equ RUNS, 16           # runs of similar entries in a table of the last level
    .equ RUN_ENTRIES, 32
    .equ NOWHERE, 0x100000  # the frame number of 4 GiB, where there is neither RAM nor a device
    .equ SELF_INDEX, 300
    .equ UART, 0x10000000
    .equ PPN_SHIFT, 10

    .macro next # G. Marsaglia, "Xorshift RNGs", 2003
    .set seed, (seed ^ (seed << 13)) & 0xffffffff
    .set seed, seed ^ (seed >> 17)
    .set seed, (seed ^ (seed << 5)) & 0xffffffff
    .endm

    # An entry that names the table `number` of those that start `offset` pages behind the root.
    .macro table_entry offset, number
    .quad (ROOT_FRAME + \offset + \number) << PPN_SHIFT | VALID
    .endm

    # A superpage; three of four are aligned.
    .macro large_entry
    next
    .set frame, seed & 0xffff
    .if (seed >> 16 & 3) != 0
    .set frame, (seed & 0xf) << 18
    .endif
    next
    .quad (NOWHERE + frame) << PPN_SHIFT | seed & 0xff | READ | VALID
    .endm

    # A table, one of `rarity` entries of which is present. One in 16 of these names a table where no memory is.
    .macro sparse_table offset, count, rarity
    .rept 512
    next
    .if seed % \rarity != 0
    .quad seed & ~VALID
    .elseif (seed >> 12 & 3) == 0
    large_entry
    .elseif (seed >> 14 & 15) == 0
    .quad (NOWHERE + (seed & 0xffff)) << PPN_SHIFT | VALID
    .else
    table_entry \offset, (seed >> 18) % \count
    .endif
    .endr
    .endm

    .text
    .global _start
_start:
    li t0, LEVELS + 5       # the field MODE: 8 is Sv39
    slli t0, t0, 60
    la t1, root
    srli t1, t1, 12
    or t0, t0, t1
    csrw satp, t0
    la t0, ready
    li t1, UART
1:  lbu t2, 0(t0)
    beqz t2, 2f
    sb t2, 0(t1)
    addi t0, t0, 1
    j 1b
2:  wfi
    j 2b
ready:
    .asciz "ready\n"

    .equ ROOT_FRAME, 0x80001
    .set seed, SEED
    .balign 4096
root:
    .set index, 0
    .rept 512
    next
    .if index == SELF_INDEX
    table_entry 0, 0
    .elseif seed % 96 == 0 || index == 0 || index == 255 || index == 256 || index == 511
    table_entry 1, (seed >> 18) % TABLES
    .elseif seed % 96 == 1
    large_entry
    .else
    .quad seed & ~VALID
    .endif
    .set index, index + 1
    .endr
    .set offset, 1
    .rept LEVELS - 3        # the levels between the root and the last two
    .set offset, offset + TABLES
    .rept TABLES
    sparse_table offset, TABLES, 200
    .endr
    .endr
    .set offset, offset + TABLES
    .rept TABLES
    sparse_table offset, LAST_TABLES, 48
    .endr
    .rept LAST_TABLES * RUNS
    next
    .set entry, (seed & 0xffffff) << PPN_SHIFT | seed >> 16 & 0xff & ~VALID
    .if (seed & 3) == 0 && (entry & RIGHTS) != 0
    .set entry, entry | VALID
    .endif
    .rept RUN_ENTRIES
    .quad entry
    .set entry, entry + (1 << PPN_SHIFT)
    .endr
    .endr
