/*
 * All that a directory maps, as ranges (Intel SDM vol. 3A, 4.3 "32-Bit Paging"). The walker in
 * mmu.h answers for one address and one access. The scan reads all tables, makes no access, and
 * sets no flag. It also reports pages whose entries have reserved bits, with a mark; an access to
 * them would fault.
 */
#ifndef MACHINE_MMU_SCAN_H
#define MACHINE_MMU_SCAN_H

#include "machine/mmu.h"

#define PTE_PAT       0x0080u /* in table entries: bit 7, which is PTE_LARGE in directory entries */
#define PDE_LARGE_PAT 0x1000u

/* The memory and the registers that define the tables. */
struct mmu_tables {
    const void *memory;    /* physical address 0; 4-byte aligned */
    uint64_t memory_bytes; /* memory above them cannot be read, and maps nothing */
    uint32_t cr3;          /* bits 31-12: the directory's frame */
    uint32_t cr4;          /* CR4_PSE */
};

/*
 * The flags that pages of one range have in common. Rights are those that both entries give; the
 * other flags are those of the last entry:
 *
 *     | MMU_SELF_MAP | MMU_RESERVED | PAT | . . . | G . . . CD WT US RW . |
 *           14             13         12            8       4  3  2  1
 */
#define MMU_RIGHTS   (PTE_WRITABLE | PTE_USER)
#define MMU_PAT      PDE_LARGE_PAT
#define MMU_RESERVED 0x2000u /* reserved bits are set in the 4 MiB entry: an access faults */
#define MMU_SELF_MAP 0x4000u /* the directory entry names the directory itself as its table */

/*
 * Consecutive pages. Through a self-map the directory's entries are read as those of a table: page
 * i of its 4 MiB is the frame in directory entry i, usually a page table. These pages form one
 * range although their frames are not contiguous, and this range never continues in another
 * directory entry.
 */
struct mmu_range {
    vaddr_t va;
    uint64_t bytes;      /* va + bytes is at most 4 GiB */
    paddr_t pa;          /* of va. The frames of the other pages follow, except through a
                            self-map */
    uint32_t page_bytes; /* PAGE_SIZE or LARGE_PAGE_SIZE */
    uint32_t flags;      /* MMU_RIGHTS, PTE_WRITE_THROUGH, PTE_CACHE_DISABLE, PTE_GLOBAL (whatever
                            CR4.PGE says), MMU_PAT, MMU_RESERVED, MMU_SELF_MAP */
    uint32_t accessed_pages; /* pages that differ in these flags still form one range */
    uint32_t dirty_pages;
};

enum mmu_merge {
    MMU_MERGE_PAGES,  /* va, pa, page_bytes and flags must continue */
    MMU_MERGE_RIGHTS, /* va and MMU_RIGHTS must continue, as in QEMU's `info mem`; pa, page_bytes
                         and the other flags are the first page's */
};

typedef void mmu_visit(void *context, const struct mmu_range *range);

/* Visit all mapped pages by ascending va, in ranges as long as possible. Reads the directory and
   each of its tables once. O(1024 + 1024 * tables). */
void mmu_scan(const struct mmu_tables *tables, enum mmu_merge merge, mmu_visit *visit,
              void *context);

/* Tables that are outside of memory, at least in part. Their entries outside map nothing. */
struct mmu_outside {
    bool directory; /* the directory is; its entries inside memory are used */
    uint32_t count;
    struct mmu_outside_table {
        uint32_t index; /* of the directory entry that names it */
        paddr_t table;
    } tables[PAGE_TABLE_ENTRIES];
};

void mmu_outside(const struct mmu_tables *tables, struct mmu_outside *outside);

/* Read the entry at a physical address, a multiple of 4. Returns false when it is outside of
   memory. */
bool mmu_entry_read(const struct mmu_tables *tables, paddr_t address, uint32_t *entry);

#endif
