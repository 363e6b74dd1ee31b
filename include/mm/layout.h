/*
 * The layout of physical and virtual memory.
 *
 *   virtual     size      what
 *   00000000    4 KiB     never mapped
 *   00001000    3 GiB     user space; programs start at 08048000, the primary thread's stack is
 *                         bfffd000 - c0000000
 *   c0000000    768 MiB   direct map of the first 768 MiB of physical memory, 4 MiB pages
 *   f0000000    64 MiB    the heap area: heap of the strategy `window`, vmalloc of the others
 *   f5000000    128 MiB   linear frame buffer
 *   fe000000    64 KiB    16 temporary page mappings
 *   fe010000    4 KiB     reserved for the machine, which may need it to enter ring 3
 *   ffc00000    4 MiB     the page tables, through the recursive entry; the directory at fffff000
 *
 * Under a strategy with the segments of MIPS (strategy.segments), user space and its stack end at
 * 80000000, LOW ends at 512 MiB, and the machine maps two segments. The rest is as above:
 *
 *   80000000    512 MiB   kseg0: the first 512 MiB of physical memory
 *   a0000000    512 MiB   kseg1: the same, uncached
 *
 *   physical    zone
 *   0-4 MiB     reserved: IVT, BIOS, video RAM, the kernel's image; never on a free list
 *   4-16 MiB    DMA   (ISA devices)
 *   16-768 MiB  LOW   (direct map)
 *   768 MiB-    HIGH
 */
#ifndef MM_LAYOUT_H
#define MM_LAYOUT_H

#include <mm/types.h>

#define USER_START       0x00001000u
#define USER_TEXT        0x08048000u /* programs start here (System V ABI, i386 supplement) */
#define USER_STACK_BYTES 0x00003000u
#define USER_END         0xc0000000u /* also of the stack; see mm->user_end */
#define KSEG0_BASE       0x80000000u
#define KSEG1_BASE       0xa0000000u
#define KSEG_SIZE        0x20000000u
#define DIRECT_MAP_BASE  0xc0000000u
#define DIRECT_MAP_SIZE  0x30000000u
#define HEAP_AREA_BASE   0xf0000000u
#define HEAP_AREA_SIZE   0x04000000u
#define HEAP_AREA_PAGES  (HEAP_AREA_SIZE >> PAGE_SHIFT)
#define FRAMEBUFFER_BASE 0xf5000000u
#define FRAMEBUFFER_SIZE 0x08000000u
#define TEMPMAP_BASE     0xfe000000u
#define TEMPMAP_PAGES    16u
#define MACHINE_PAGE     0xfe010000u
#define PAGE_TABLES      0xffc00000u
#define PAGE_DIRECTORY   0xfffff000u

#define RESERVED_END_PFN 0x00400u /* 4 MiB */
#define DMA_END_PFN      0x01000u /* 16 MiB */
#define LOW_END_PFN      0x30000u /* 768 MiB; see mm->low_end */
#define KSEG_END_PFN     (KSEG_SIZE >> PAGE_SHIFT)

_Static_assert(DIRECT_MAP_BASE + DIRECT_MAP_SIZE == HEAP_AREA_BASE,
               "the heap area follows the direct map");
_Static_assert(USER_END == DIRECT_MAP_BASE, "the kernel begins where user space ends");
_Static_assert(KSEG0_BASE + KSEG_SIZE == KSEG1_BASE && KSEG1_BASE + KSEG_SIZE == DIRECT_MAP_BASE,
               "the segments lie between user space and the direct map");
_Static_assert(KSEG_SIZE <= DIRECT_MAP_SIZE, "the direct map reaches what the segments show");
_Static_assert(FRAMEBUFFER_BASE % LARGE_PAGE_SIZE == 0 && FRAMEBUFFER_SIZE % LARGE_PAGE_SIZE == 0,
               "the frame buffer has whole directory entries");
_Static_assert(TEMPMAP_BASE % LARGE_PAGE_SIZE == 0, "temporary mappings start a page table");
_Static_assert(MACHINE_PAGE == TEMPMAP_BASE + TEMPMAP_PAGES * PAGE_SIZE,
               "the machine's page is in the page table of the temporary mappings");
_Static_assert(LOW_END_PFN << PAGE_SHIFT == DIRECT_MAP_SIZE, "LOW is what the direct map reaches");
_Static_assert(DIRECT_MAP_SIZE % LARGE_PAGE_SIZE == 0, "the direct map is made of large pages");
_Static_assert(HEAP_AREA_SIZE % LARGE_PAGE_SIZE == 0, "the heap area has whole page tables");
_Static_assert(PAGE_DIRECTORY == PAGE_TABLES + (PAGE_TABLES >> 10),
               "the recursive entry is the last of the directory");

enum zone { ZONE_DMA, ZONE_LOW, ZONE_HIGH, ZONE_COUNT };

/* Returns the zone of a frame >= RESERVED_END_PFN. */
static inline enum zone zone_of(pfn_t frame)
{
    return frame.value < DMA_END_PFN ? ZONE_DMA : frame.value < LOW_END_PFN ? ZONE_LOW : ZONE_HIGH;
}

/* Returns the end of a zone, exclusive. */
static inline pfn_t zone_end(enum zone zone)
{
    return pfn(zone == ZONE_DMA ? DMA_END_PFN : zone == ZONE_LOW ? LOW_END_PFN : FRAMES_MAX);
}

/* Returns the address in the direct map of a physical address below DIRECT_MAP_SIZE. */
static inline vaddr_t direct_map(paddr_t pa)
{
    return vaddr(pa.value + DIRECT_MAP_BASE);
}

static inline vaddr_t direct_map_frame(pfn_t frame)
{
    return direct_map(pfn_to_paddr(frame));
}

/* Returns the physical address of an address inside the direct map. */
static inline paddr_t direct_map_inverse(vaddr_t va)
{
    return paddr(va.value - DIRECT_MAP_BASE);
}

/* Tells if an address lies inside kseg0 or kseg1; only on a machine that has them. */
static inline bool kseg_holds(vaddr_t va)
{
    return va.value - KSEG0_BASE < 2u * KSEG_SIZE;
}

/* Returns the physical address of an address inside a segment. */
static inline paddr_t kseg_inverse(vaddr_t va)
{
    _Static_assert(KSEG0_BASE % KSEG_SIZE == 0,
                   "the low bits of an address in a segment are its physical address");
    return paddr(va.value % KSEG_SIZE);
}

#endif
