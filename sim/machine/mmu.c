#include "machine/mmu.h"

#include <stdio.h>

static inline uint32_t *entry_pointer(const struct mmu *mmu, paddr_t at)
{
    return (uint32_t *)(void *)((unsigned char *)mmu->memory + at.value);
}

/* Returns the entry with flags set; when the walk marks entries, the flags are also set in the
   table. */
static inline uint32_t entry_set(uint32_t *where, uint32_t entry, uint32_t flags, bool marks)
{
    if ((entry & flags) != flags && marks)
        *where = entry | flags;
    return entry | flags;
}

#define ALL_ACCESSES ((1u << ACCESS_BITS) - 1u)
#define READ         ACCESS_BIT(MMU_READ)
#define WRITE        ACCESS_BIT(MMU_WRITE)
#define USER_READ    ACCESS_BIT(MMU_USER | MMU_READ)

/* The accesses that a page allows without a further walk, by CR0.WP, then by D, U/S and R/W. */
static const uint8_t allowed[2][8] = {
    {READ, READ, READ | USER_READ, READ | USER_READ, READ | WRITE, READ | WRITE,
     READ | WRITE | USER_READ, ALL_ACCESSES},
    {READ, READ, READ | USER_READ, READ | USER_READ, READ, READ | WRITE, READ | USER_READ,
     ALL_ACCESSES},
};

static inline uint32_t accesses_allowed(const struct mmu *mmu, uint32_t rights, uint32_t entry)
{
    _Static_assert(PTE_WRITABLE == 2 && PTE_USER == 4 && PTE_DIRTY >> 4 == 4,
                   "the shifts move the bits to where the index has them");
    return allowed[(mmu->cr0 & CR0_WP) != 0]
                  [(entry & PTE_DIRTY) >> 4 | (rights & (PTE_WRITABLE | PTE_USER)) >> 1];
}

static bool walk_without_paging(vaddr_t va, struct mmu_walk *walk)
{
    *walk =
        (struct mmu_walk){.pa = paddr(va.value), .page_bytes = PAGE_SIZE, .allows = ALL_ACCESSES};
    return true;
}

static inline bool walk_fault(struct mmu_walk *walk, uint32_t error_code)
{
    walk->error_code = error_code;
    return false;
}

static bool walk_segment(vaddr_t va, uint32_t access, struct mmu_walk *walk)
{
    *walk = (struct mmu_walk){.pa = kseg_inverse(va),
                              .page_bytes = LARGE_PAGE_SIZE,
                              .global = true,
                              .allows = READ | WRITE};
    return !(access & MMU_USER) || walk_fault(walk, access | FAULT_PRESENT);
}

/* Finish a walk at its last entry. rights: the R/W and U/S bits that every entry of the walk
   has. */
static inline bool walk_page(const struct mmu *mmu, uint32_t *where, uint32_t entry,
                             uint32_t rights, uint32_t access, bool marks, struct mmu_walk *walk)
{
    bool user = access & MMU_USER;
    bool write = access & MMU_WRITE;
    bool writable = (rights & PTE_WRITABLE) || (!user && !(mmu->cr0 & CR0_WP));

    if ((user && !(rights & PTE_USER)) || (write && !writable))
        return walk_fault(walk, access | FAULT_PRESENT);

    entry = entry_set(where, entry, write ? PTE_ACCESSED | PTE_DIRTY : PTE_ACCESSED, marks);
    walk->allows = accesses_allowed(mmu, rights, entry);
    walk->global = (entry & PTE_GLOBAL) && (mmu->cr4 & CR4_PGE);
    return true;
}

static inline bool walk_large_page(const struct mmu *mmu, uint32_t *where, uint32_t entry,
                                   vaddr_t va, uint32_t access, bool marks, struct mmu_walk *walk)
{
    if (entry & PDE_LARGE_RESERVED)
        return walk_fault(walk, access | FAULT_PRESENT | FAULT_RESERVED);

    walk->pa = paddr((entry & PDE_LARGE_MASK) | (va.value & ~PDE_LARGE_MASK));
    walk->page_bytes = LARGE_PAGE_SIZE;
    return walk_page(mmu, where, entry, entry, access, marks, walk);
}

static inline bool walk_table(const struct mmu *mmu, uint32_t directory_entry, vaddr_t va,
                              uint32_t access, bool marks, struct mmu_walk *walk)
{
    uint32_t *where = entry_pointer(mmu, mmu_table_entry_at(directory_entry, va));
    uint32_t entry = *where;

    walk->table_entry = entry;
    if (!(entry & PTE_PRESENT))
        return walk_fault(walk, access);

    walk->pa = paddr((entry & PTE_FRAME_MASK) | (va.value & PAGE_OFFSET_MASK));
    walk->page_bytes = PAGE_SIZE;
    return walk_page(mmu, where, entry, directory_entry & entry, access, marks, walk);
}

static inline bool walk_directory(const struct mmu *mmu, vaddr_t va, uint32_t access, bool marks,
                                  struct mmu_walk *walk)
{
    if (!(mmu->cr0 & CR0_PG))
        return walk_without_paging(va, walk);
    if (__builtin_expect(mmu_in_segments(mmu, va), 0))
        return walk_segment(va, access, walk);

    uint32_t *where = entry_pointer(mmu, mmu_directory_entry_at(mmu->cr3, va));
    uint32_t entry = *where;

    walk->directory_entry = entry;
    walk->table_entry = 0;
    if (!(entry & PTE_PRESENT))
        return walk_fault(walk, access);
    if (!mmu_names_table(entry, mmu->cr4))
        return walk_large_page(mmu, where, entry, va, access, marks, walk);

    /* A is set before the table is read: in a directory that maps itself, the directory entry is
       also the table's entry. */
    entry_set(where, entry, PTE_ACCESSED, marks);
    return walk_table(mmu, entry, va, access, marks, walk);
}

bool mmu_walk(const struct mmu *mmu, vaddr_t va, uint32_t access, struct mmu_walk *walk)
{
    return walk_directory(mmu, va, access, true, walk);
}

bool mmu_peek(const struct mmu *mmu, vaddr_t va, uint32_t access, struct mmu_walk *walk)
{
    return walk_directory(mmu, va, access, false, walk);
}

struct mmu_entry_text mmu_entry_text(uint32_t entry)
{
    struct mmu_entry_text said;

    if (entry & PTE_PRESENT)
        snprintf(said.text, sizeof said.text, "0x%08x (frame 0x%05x, %s, %s)", entry,
                 entry >> PAGE_SHIFT, entry & PTE_WRITABLE ? "writable" : "read-only",
                 entry & PTE_USER ? "user" : "supervisor");
    else
        snprintf(said.text, sizeof said.text, "0x%08x (not present)", entry);
    return said;
}
