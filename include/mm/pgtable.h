/*
 * The kernel's page tables: i386 two-level paging (Intel SDM vol. 3A, 4.3, "32-Bit Paging").
 *
 *     directory entry, 4 KiB   | table frame 31-12 | avail | G . . A CD WT US RW P |
 *     directory entry, 4 MiB   | frame 31-22 | 0   | avail | G PS D A CD WT US RW P |
 *     table entry              | frame 31-12       | avail | G . D A CD WT US RW P |
 */
#ifndef MM_PGTABLE_H
#define MM_PGTABLE_H

#include <mm/layout.h>
#include <mm/machine.h>

#define PTE_PRESENT       0x001u
#define PTE_WRITABLE      0x002u
#define PTE_USER          0x004u
#define PTE_WRITE_THROUGH 0x008u
#define PTE_CACHE_DISABLE 0x010u
#define PTE_ACCESSED      0x020u
#define PTE_DIRTY         0x040u
#define PTE_LARGE         0x080u /* directory entries, with CR4.PSE */
#define PTE_GLOBAL        0x100u /* with CR4.PGE */
#define PTE_FRAME_MASK    0xfffff000u
#define PDE_LARGE_MASK    0xffc00000u

/* The flags of a kernel page. Accessed and dirty are set from the start: the memory manager does
   not use these bits of kernel pages, and the CPU would set each by a locked write to the entry. */
#define PTE_KERNEL (PTE_PRESENT | PTE_WRITABLE | PTE_ACCESSED | PTE_DIRTY)

/* Error code of a page fault (Intel SDM vol. 3A, 4.7). */
#define FAULT_PRESENT 0x1u /* 1: a right was missing; 0: not present */
#define FAULT_WRITE   0x2u
#define FAULT_USER    0x4u

#define PAGE_TABLE_ENTRIES    1024u
#define HEAP_AREA_TABLES      (HEAP_AREA_SIZE / LARGE_PAGE_SIZE)
#define PGTABLE_KERNEL_FRAMES (1u + HEAP_AREA_TABLES + 1u)

/* Return the index of an address in the directory, and in its page table. */
static inline uint32_t directory_index(vaddr_t va)
{
    return va.value >> LARGE_PAGE_SHIFT;
}

static inline uint32_t table_index(vaddr_t va)
{
    return va.value >> PAGE_SHIFT & (PAGE_TABLE_ENTRIES - 1u);
}

#define USER_DIRECTORY_ENTRIES (USER_END >> LARGE_PAGE_SHIFT) /* at most */
#define RECURSIVE_ENTRY        (PAGE_TABLES >> LARGE_PAGE_SHIFT)
#define FRAMEBUFFER_ENTRY      (FRAMEBUFFER_BASE >> LARGE_PAGE_SHIFT)
#define FRAMEBUFFER_ENTRIES    (FRAMEBUFFER_SIZE >> LARGE_PAGE_SHIFT)

/*
 * Builds the kernel's directory in `frames`, PGTABLE_KERNEL_FRAMES contiguous frames of the direct
 * map that the caller gives. It has the direct map in global 4 MiB pages, the page tables of the
 * heap area and of the temporary mappings, whose entries are all absent, and the recursive entry.
 * Nothing else is mapped, and nothing is loaded. O(frames * 1024).
 *
 * frames[0] is the directory. The tables of the heap area follow, then the table of the temporary
 * mappings. The directory entry of the last one permits ring 3, so its entries decide about access.
 *
 * The kernel part of an address space needs no other tables, except those of the frame buffer. So
 * the directory of a process can copy these entries once.
 */
void pgtable_build_kernel(pfn_t frames);

/* Returns the entries of a table or directory that lies in the direct map. */
static inline uint32_t *pgtable_entries(pfn_t table)
{
    return (uint32_t *)machine_pointer(direct_map_frame(table));
}

/* Returns the number of a page of the heap area, which contains va. */
static inline uint32_t heap_area_page(vaddr_t va)
{
    return (va.value - HEAP_AREA_BASE) >> PAGE_SHIFT;
}

/* Returns the entry of a page of the heap area. tables is the address of the first page table of
   the heap area. */
static inline uint32_t heap_area_entry(vaddr_t tables, uint32_t page)
{
    return ((const uint32_t *)machine_pointer(tables))[page];
}

/* Returns the physical address of that entry. */
static inline paddr_t heap_area_entry_place(vaddr_t tables, uint32_t page)
{
    return direct_map_inverse(vaddr_add(tables, page * (uint32_t)sizeof(uint32_t)));
}

/* Maps a page of the heap area, writable, for the kernel only. Panics if it is mapped already. No
   flush is needed, because the entry was not present. */
void heap_area_map(vaddr_t tables, uint32_t page, pfn_t frame);

/* Clears the entry of a page of the heap area, and returns its frame. Panics if it is not mapped.
   The caller invalidates the TLB entry of the page before it frees the frame. */
pfn_t heap_area_unmap(vaddr_t tables, uint32_t page);

/* Translates a virtual address by the directory at `directory`, to *pa. Returns false if it is not
   mapped. The tables must lie in the direct map. */
bool pgtable_translate(paddr_t directory, vaddr_t va, paddr_t *pa);

/* Checks a directory made by pgtable_build_kernel(). Returns the violated rule, or NULL. It ignores
   the entries of the frame buffer, and those between user_end and the direct map, which belong to
   the machine. O(frames * 1024). */
__attribute__((warn_unused_result)) const char *pgtable_check_kernel(pfn_t frames,
                                                                     uint32_t user_end);

#endif
