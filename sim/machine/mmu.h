/*
 * The memory management unit: one walker of i386 page tables (Intel SDM vol. 3A, 4.3 "32-Bit
 * Paging", 4.6 access rights, 4.7 page faults, 4.8 accessed and dirty flags). Nothing else in the
 * simulator interprets page tables.
 *
 * The CPU that it models has 32 physical address bits: bits 13-21 of a 4 MiB directory entry are
 * reserved, and a set one faults. A pure function over memory: no caches, no globals.
 *
 * One thing no i386 has: the segments of MIPS (machine_set_segments() of <mm/machine.h>). While
 * they are on, a walk for an address there reads no table and sets no flag, and a user's access
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

_Static_assert(MMU_WRITE == FAULT_WRITE && MMU_USER == FAULT_USER, "an access is its error code");

/* Error code: a reserved bit is set in the entry (beside FAULT_PRESENT). */
#define FAULT_RESERVED     0x8u
#define PDE_LARGE_RESERVED 0x003fe000u

/* What a walk depends on. */
struct mmu {
    void *memory; /* physical address 0, of 4 GiB; 4-byte aligned */
    uint32_t cr0; /* CR0_PG, CR0_WP */
    uint32_t cr3; /* bits 31-12: the directory's frame */
    uint32_t cr4; /* CR4_PSE, CR4_PGE */
    bool segments;
};

/* An address that needs no page table, paging being on. */
static inline bool mmu_in_segments(const struct mmu *mmu, vaddr_t va)
{
    return mmu->segments && kseg_holds(va);
}

struct mmu_walk {
    paddr_t pa;          /* success: where va is */
    uint32_t page_bytes; /* success: PAGE_SIZE or LARGE_PAGE_SIZE; pa and va share the offset */
    bool global;         /* success: a CR3 load keeps the entry */
    uint32_t allows; /* success: ACCESS_BIT() of those that need no further walk: allowed, and D is
                        set where they write. A supervisor's read always is */
    uint32_t error_code;      /* fault: as the CPU pushes it */
    uint32_t directory_entry; /* as read; 0 with paging off, and in a segment */
    uint32_t table_entry;     /* as read; 0 when the walk ended before */
};

/*
 * Translate va for an access. true: *walk has the page; A is set in the entries used, and D in the
 * last on a write. false: a page fault; walk->error_code, and the entries that led to it. A is then
 * set in a directory entry that led to a table, and nothing else is changed.
 *
 * Constant time: at most two loads, and a store for each flag that was clear.
 */
bool mmu_walk(const struct mmu *mmu, vaddr_t va, uint32_t access, struct mmu_walk *walk);

/* What mmu_walk() would say now; nothing is changed. */
bool mmu_peek(const struct mmu *mmu, vaddr_t va, uint32_t access, struct mmu_walk *walk);

/* A directory entry refers to a page table, and not to a page or to nothing. */
static inline bool mmu_names_table(uint32_t directory_entry, uint32_t cr4)
{
    return (directory_entry & PTE_PRESENT) && !((directory_entry & PTE_LARGE) && (cr4 & CR4_PSE));
}

/* Where the entries of va are: in the directory, and in the table that a directory entry names. */
static inline paddr_t mmu_directory_entry_at(uint32_t cr3, vaddr_t va)
{
    return paddr((cr3 & PTE_FRAME_MASK) | directory_index(va) * (uint32_t)sizeof(uint32_t));
}

static inline paddr_t mmu_table_entry_at(uint32_t directory_entry, vaddr_t va)
{
    return paddr((directory_entry & PTE_FRAME_MASK) | table_index(va) * (uint32_t)sizeof(uint32_t));
}

/* An entry as reports print it. */
#define MMU_ENTRY_TEXT_BYTES 64u

struct mmu_entry_text {
    char text[MMU_ENTRY_TEXT_BYTES];
};

/* "0x01500163 (frame 0x01500, writable, supervisor)"; "0x00000000 (not present)". */
struct mmu_entry_text mmu_entry_text(uint32_t entry);

#endif
