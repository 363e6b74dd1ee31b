#include "machine/mmu.h"

static inline uint32_t *entry_at(const struct mmu *mmu, uint32_t table, uint32_t index)
{
    return (uint32_t *)mmu->memory + (table & PTE_FRAME_MASK) / sizeof(uint32_t) + index;
}

/* Set flags in an entry that was read as `entry`. */
static inline uint32_t entry_set(uint32_t *where, uint32_t entry, uint32_t flags)
{
    if ((entry & flags) == flags)
        return entry;
    return *where = entry | flags;
}

static bool walk_without_paging(vaddr_t va, struct mmu_walk *walk)
{
    *walk = (struct mmu_walk){.pa = paddr(va.value), .page_bytes = PAGE_SIZE, .writable = true};
    return true;
}

static inline bool walk_fault(struct mmu_walk *walk, uint32_t error_code)
{
    walk->error_code = error_code;
    return false;
}

/* The last entry of the walk. rights: the R/W and U/S bits that every entry of the walk has. */
static inline bool walk_page(const struct mmu *mmu, uint32_t *where, uint32_t entry,
                             uint32_t rights, uint32_t access, struct mmu_walk *walk)
{
    bool user = access & MMU_USER;
    bool write = access & MMU_WRITE;
    bool writable = (rights & PTE_WRITABLE) || (!user && !(mmu->cr0 & CR0_WP));

    if ((user && !(rights & PTE_USER)) || (write && !writable))
        return walk_fault(walk, access | FAULT_PRESENT);

    entry = entry_set(where, entry, write ? PTE_ACCESSED | PTE_DIRTY : PTE_ACCESSED);
    walk->writable = writable && (entry & PTE_DIRTY);
    walk->global = (entry & PTE_GLOBAL) && (mmu->cr4 & CR4_PGE);
    return true;
}

static inline bool walk_large_page(const struct mmu *mmu, uint32_t *where, uint32_t entry,
                                   vaddr_t va, uint32_t access, struct mmu_walk *walk)
{
    if (entry & PDE_LARGE_RESERVED)
        return walk_fault(walk, access | FAULT_PRESENT | FAULT_RESERVED);

    walk->pa = paddr((entry & PDE_LARGE_MASK) | (va.value & ~PDE_LARGE_MASK));
    walk->page_bytes = LARGE_PAGE_SIZE;
    return walk_page(mmu, where, entry, entry, access, walk);
}

static inline bool walk_table(const struct mmu *mmu, uint32_t directory_entry, vaddr_t va,
                              uint32_t access, struct mmu_walk *walk)
{
    uint32_t index = va.value >> PAGE_SHIFT & (PAGE_TABLE_ENTRIES - 1u);
    uint32_t *where = entry_at(mmu, directory_entry, index);
    uint32_t entry = *where;

    walk->table_entry = entry;
    if (!(entry & PTE_PRESENT))
        return walk_fault(walk, access);

    walk->pa = paddr((entry & PTE_FRAME_MASK) | (va.value & PAGE_OFFSET_MASK));
    walk->page_bytes = PAGE_SIZE;
    return walk_page(mmu, where, entry, directory_entry & entry, access, walk);
}

bool mmu_walk(const struct mmu *mmu, vaddr_t va, uint32_t access, struct mmu_walk *walk)
{
    if (!(mmu->cr0 & CR0_PG))
        return walk_without_paging(va, walk);

    uint32_t *where = entry_at(mmu, mmu->cr3, va.value >> LARGE_PAGE_SHIFT);
    uint32_t entry = *where;

    walk->directory_entry = entry;
    walk->table_entry = 0;
    if (!(entry & PTE_PRESENT))
        return walk_fault(walk, access);
    if ((entry & PTE_LARGE) && (mmu->cr4 & CR4_PSE))
        return walk_large_page(mmu, where, entry, va, access, walk);

    /* Before the table is read: where a directory maps itself, its entry is also the table's. */
    entry_set(where, entry, PTE_ACCESSED);
    return walk_table(mmu, entry, va, access, walk);
}
