/*
 * Everything that a directory maps, as ranges (Intel SDM vol. 3A, 4.3 "32-Bit Paging"). The walker
 * in mmu.h answers for one address and one access; this reads all tables for none: it sets no flag,
 * and takes the entries at their word. A page whose entry has reserved bits is a page here, and
 * marked; an access to it faults.
 */
#ifndef MACHINE_MMU_SCAN_H
#define MACHINE_MMU_SCAN_H

#include "machine/mmu.h"

#define PTE_PAT       0x0080u /* table entries, where directory entries have PTE_LARGE */
#define PDE_LARGE_PAT 0x1000u

/* Where tables are read. */
struct mmu_tables {
    const void *memory;    /* physical address 0; 4-byte aligned */
    uint64_t memory_bytes; /* what lies behind cannot be read, and maps nothing */
    uint32_t cr3;          /* bits 31-12: the directory's frame */
    uint32_t cr4;          /* CR4_PSE */
};

/*
 * What pages are alike in. Rights are those of both entries, the others those of the last:
 *
 *     | MMU_SELF_MAP | MMU_RESERVED | PAT | . . . | G . . . CD WT US RW . |
 *           14             13         12            8       4  3  2  1
 */
#define MMU_RIGHTS   (PTE_WRITABLE | PTE_USER)
#define MMU_PAT      PDE_LARGE_PAT
#define MMU_RESERVED 0x2000u /* reserved bits are set in the 4 MiB entry: an access faults */
#define MMU_SELF_MAP 0x4000u /* the directory entry names the directory itself as its table */

/*
 * Pages in a row. Through a self-map the directory's entries are read as those of a table: page i
 * of its 4 MiB is the frame in directory entry i, mostly a page table. These pages are one range
 * wherever their frames are, which never goes on in another directory entry.
 */
struct mmu_range {
    vaddr_t va;
    uint64_t bytes;      /* va + bytes is at most 4 GiB */
    paddr_t pa;          /* of va. The others follow, but not through a self-map */
    uint32_t page_bytes; /* PAGE_SIZE or LARGE_PAGE_SIZE */
    uint32_t flags;      /* MMU_RIGHTS, PTE_WRITE_THROUGH, PTE_CACHE_DISABLE, PTE_GLOBAL (whatever
                            CR4.PGE says), MMU_PAT, MMU_RESERVED, MMU_SELF_MAP */
    uint32_t accessed_pages; /* ranges are not split where this differs */
    uint32_t dirty_pages;
};

enum mmu_merge {
    MMU_MERGE_PAGES,  /* addresses of both kinds, page_bytes and flags go on */
    MMU_MERGE_RIGHTS, /* va and MMU_RIGHTS go on, as QEMU's `info mem` has it; pa, page_bytes and
                         the other flags are the first page's */
};

typedef void mmu_visit(void *context, const struct mmu_range *range);

/* Visit what is mapped by ascending va, in ranges as long as they can be. Reads the directory and
   each of its tables once. */
void mmu_scan(const struct mmu_tables *tables, enum mmu_merge merge, mmu_visit *visit,
              void *context);

/* Tables that lie outside of memory, at least in part: those entries map nothing. */
struct mmu_outside {
    bool directory; /* the directory does; the entries inside are used */
    uint32_t count;
    struct mmu_outside_table {
        uint32_t index; /* of the directory entry that names it */
        paddr_t table;
    } tables[PAGE_TABLE_ENTRIES];
};

void mmu_outside(const struct mmu_tables *tables, struct mmu_outside *outside);

/* An entry by its physical address, a multiple of 4. false: it is outside of memory. */
bool mmu_entry_read(const struct mmu_tables *tables, paddr_t address, uint32_t *entry);

#endif
