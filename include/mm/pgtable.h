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

/*
 * A page of the kernel's own. Accessed and dirty are set from the start: nobody asks these bits of
 * kernel pages, and the CPU would set them by a locked update of the entry each.
 */
#define PTE_KERNEL (PTE_PRESENT | PTE_WRITABLE | PTE_ACCESSED | PTE_DIRTY)

/* Error code of a page fault (Intel SDM vol. 3A, 4.7). */
#define FAULT_PRESENT 0x1u /* 1: a right was missing; 0: not present */
#define FAULT_WRITE   0x2u
#define FAULT_USER    0x4u

#define PAGE_TABLE_ENTRIES    1024u
#define HEAP_AREA_TABLES      (HEAP_AREA_SIZE / LARGE_PAGE_SIZE)
#define PGTABLE_KERNEL_FRAMES (1u + HEAP_AREA_TABLES + 1u)

/* Index of an address in the directory, and in the page table that the directory names. */
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
 * Build the kernel's directory in `frames`, PGTABLE_KERNEL_FRAMES contiguous frames of the direct
 * map that are the caller's: the direct map in global 4 MiB pages; the page tables of the heap area
 * and of the temporary mappings, all their entries absent; the recursive entry. Nothing else is
 * mapped. Nothing is loaded. frames[0] is the directory; the heap area's tables follow, then that
 * of the temporary mappings, whose directory entry lets ring 3 pass: its entries say who may.
 *
 * Every table that the kernel's part of an address space will ever need is there from the start,
 * but for the frame buffer's: so the directories of processes copy these entries once.
 */
void pgtable_build_kernel(pfn_t frames);

/* Entries of a table or directory that lies in the direct map. */
static inline uint32_t *pgtable_entries(pfn_t table)
{
    return (uint32_t *)machine_pointer(direct_map_frame(table));
}

/* Number of the page in the heap area; va is inside it. */
static inline uint32_t heap_area_page(vaddr_t va)
{
    return (va.value - HEAP_AREA_BASE) >> PAGE_SHIFT;
}

/* The heap area's entry for a page; tables is the address of the first of the heap area's page
 * tables. */
static inline uint32_t heap_area_entry(vaddr_t tables, uint32_t page)
{
    return ((const uint32_t *)machine_pointer(tables))[page];
}

/* Where that entry stands in memory. */
static inline paddr_t heap_area_entry_place(vaddr_t tables, uint32_t page)
{
    return direct_map_inverse(vaddr_add(tables, page * (uint32_t)sizeof(uint32_t)));
}

/* Maps a page of the heap area, writable, for the kernel only. Panics when it is mapped already. No
   flush is needed: the entry was not present. */
void heap_area_map(vaddr_t tables, uint32_t page, pfn_t frame);

/* Unmap a present page, flush its TLB entry,
 * and return its frame. Panics when it is not present. */
pfn_t heap_area_unmap(vaddr_t tables, uint32_t page);

/*
 * The physical address behind a kernel virtual address, as the directory at `directory` has it;
 * false when not present. The tables must lie in the direct map.
 */
bool pgtable_translate(paddr_t directory, vaddr_t va, paddr_t *pa);

/* The violated rule of a directory made by pgtable_build_kernel(), or NULL. Not looked at are the
   frame buffer's entries, and those between user_end and the direct map: the machine's. */
__attribute__((warn_unused_result)) const char *pgtable_check_kernel(pfn_t frames,
                                                                     uint32_t user_end);

#endif
