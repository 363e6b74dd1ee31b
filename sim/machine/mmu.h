/*
 * The memory management unit: the one walker of i386 page tables (Intel SDM vol. 3A, 4.3 "32-Bit
 * Paging", 4.6 access rights, 4.7 page faults, 4.8 accessed and dirty flags). No other code decides
 * what an access of the simulated CPU may do. (page_walk.h describes the tables of other machines,
 * in dumps; a test compares the two.)
 *
 * The modelled CPU has 32 physical address bits: bits 13-21 of a 4 MiB directory entry are
 * reserved, and a set one faults. The walker is a pure function over memory: it has no caches and
 * no globals.
 *
 * One feature is of no i386: the segments of MIPS (machine_set_segments() of <mm/machine.h>). While
 * they are on, a walk for an address in them reads no table and sets no flag, and a user's access
 * faults as at a supervisor's page.
 */
#ifndef MACHINE_MMU_H
#define MACHINE_MMU_H

#include "machine/access.h"
#include <mm/pgtable.h>

#define CR0_WP  0x00010000u
#define CR0_PG  0x80000000u
#define CR4_PSE 0x00000010u
#define CR4_PGE 0x00000080u

_Static_assert(MMU_WRITE == FAULT_WRITE && MMU_USER == FAULT_USER,
               "the bits of an access are those of the error code");

/* Bit of the error code: a reserved bit is set in the entry (together with FAULT_PRESENT). */
#define FAULT_RESERVED     0x8u
#define PDE_LARGE_RESERVED 0x003fe000u

/* The state that a walk depends on. */
struct mmu {
    void *memory; /* physical address 0, of 4 GiB; 4-byte aligned */
    uint32_t cr0; /* CR0_PG, CR0_WP */
    uint32_t cr3; /* bits 31-12: the directory's frame */
    uint32_t cr4; /* CR4_PSE, CR4_PGE */
    bool segments;
};

/* Returns whether va is in a segment and so needs no page table. To be called only with paging
   on. */
static inline bool mmu_in_segments(const struct mmu *mmu, vaddr_t va)
{
    return mmu->segments && kseg_holds(va);
}

struct mmu_walk {
    paddr_t pa;          /* success: the physical address of va */
    uint32_t page_bytes; /* success: PAGE_SIZE or LARGE_PAGE_SIZE; pa and va share the offset */
    bool global;         /* success: a CR3 load keeps the entry */
    uint32_t allows; /* success: ACCESS_BIT() of the accesses that need no further walk: they are
                        allowed, and for writes D is set. A supervisor's read is always one */
    uint32_t error_code;      /* fault: as the CPU pushes it */
    uint32_t directory_entry; /* as read; 0 with paging off, or in a segment */
    uint32_t table_entry;     /* as read; 0 when the walk read none */
};

/*
 * Translate va for an access. On success returns true and fills *walk; A is set in the entries
 * used, and on a write D in the last one. On a page fault returns false with walk->error_code and
 * the entries that led to the fault; only A is set then, in a directory entry that led to a table.
 *
 * Constant time: at most two loads, and a store for each flag that was clear.
 */
bool mmu_walk(const struct mmu *mmu, vaddr_t va, uint32_t access, struct mmu_walk *walk);

/* Returns the same as mmu_walk() would, and changes nothing in memory. */
bool mmu_peek(const struct mmu *mmu, vaddr_t va, uint32_t access, struct mmu_walk *walk);

/* Returns whether a directory entry refers to a page table (it is present, and not a large
   page). */
static inline bool mmu_names_table(uint32_t directory_entry, uint32_t cr4)
{
    return (directory_entry & PTE_PRESENT) && !((directory_entry & PTE_LARGE) && (cr4 & CR4_PSE));
}

/* Return the physical addresses of the entries of va: in the directory, and in the table that a
   directory entry names. */
static inline paddr_t mmu_directory_entry_at(uint32_t cr3, vaddr_t va)
{
    return paddr((cr3 & PTE_FRAME_MASK) | directory_index(va) * (uint32_t)sizeof(uint32_t));
}

static inline paddr_t mmu_table_entry_at(uint32_t directory_entry, vaddr_t va)
{
    return paddr((directory_entry & PTE_FRAME_MASK) | table_index(va) * (uint32_t)sizeof(uint32_t));
}

/* The text of an entry in reports. */
#define MMU_ENTRY_TEXT_BYTES 64u

struct mmu_entry_text {
    char text[MMU_ENTRY_TEXT_BYTES];
};

/* Returns an entry as text: "0x01500163 (frame 0x01500, writable, supervisor)" or "0x00000000 (not
   present)". */
struct mmu_entry_text mmu_entry_text(uint32_t entry);

#endif
