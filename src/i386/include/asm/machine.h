/* The machine services on a real i386. Their contract is <mm/machine.h>, which includes this file.
 */
#ifndef ASM_MACHINE_H
#define ASM_MACHINE_H

#include <asm/access.h>

static inline void *machine_pointer(vaddr_t va)
{
    return (void *)va.value;
}

static inline paddr_t machine_read_cr3(void)
{
    uint32_t value;

    __asm__ volatile("movl %%cr3, %0" : "=r"(value));
    return paddr(value & ~PAGE_OFFSET_MASK);
}

/* The "memory" clobber keeps the compiler from moving memory accesses across the switch. */
static inline void machine_load_cr3(paddr_t directory)
{
    __asm__ volatile("movl %0, %%cr3" : : "r"(directory.value) : "memory");
}

static inline void machine_invlpg(vaddr_t va)
{
    __asm__ volatile("invlpg (%0)" : : "r"(va.value) : "memory");
}

static inline void machine_invlpg_pages(vaddr_t start, uint32_t pages)
{
    for (uint32_t i = 0; i < pages; i++)
        machine_invlpg(vaddr_add(start, i << PAGE_SHIFT));
}

/* A change of CR4.PGE invalidates every TLB entry (Intel SDM vol. 3A, 4.10.4.1). */
static inline void machine_flush_tlb(void)
{
    uint32_t cr4;

    __asm__ volatile("movl %%cr4, %0" : "=r"(cr4));
    __asm__ volatile("movl %0, %%cr4" : : "r"(cr4 ^ 0x80u) : "memory");
    __asm__ volatile("movl %0, %%cr4" : : "r"(cr4) : "memory");
}

/* volatile, because the CPU reads the entry too: one store, which is neither split nor moved. */
static inline void machine_write_entry_at(uint32_t *entry, uint32_t value, const char *file,
                                          uint32_t line)
{
    (void)file;
    (void)line;
    *(volatile uint32_t *)entry = value;
}

static inline bool machine_checks_frees(void)
{
    return false;
}

static inline void machine_frames_freed(pfn_t first, uint32_t frames)
{
    (void)first;
    (void)frames;
}

static inline void machine_will_write(vaddr_t start, uint32_t bytes)
{
    (void)start;
    (void)bytes;
}

static inline vaddr_t machine_read_cr2(void)
{
    uint32_t value;

    __asm__ volatile("movl %%cr2, %0" : "=r"(value));
    return vaddr(value);
}

/* No memory debugger runs here: all functions that would inform one are empty. */
static inline bool machine_watches_blocks(void)
{
    return false;
}

static inline void machine_manager_enters(void)
{
}

static inline void machine_manager_leaves(void)
{
}

static inline uint32_t machine_block_room(uint32_t bytes)
{
    return bytes;
}

static inline void machine_block_allocated(vaddr_t block, uint32_t bytes)
{
    (void)block;
    (void)bytes;
}

static inline void machine_block_freed(vaddr_t block)
{
    (void)block;
}

static inline uint32_t machine_block_usable(vaddr_t block, uint32_t usable)
{
    (void)block;
    return usable;
}

static inline void machine_block_resizes(vaddr_t block)
{
    (void)block;
}

static inline void machine_block_resized(vaddr_t resized, uint32_t bytes)
{
    (void)resized;
    (void)bytes;
}

static inline void machine_pages_closed(vaddr_t start, uint32_t bytes)
{
    (void)start;
    (void)bytes;
}

static inline void machine_pages_opened(vaddr_t start, uint32_t bytes)
{
    (void)start;
    (void)bytes;
}

static inline void machine_blocks_forget(void)
{
}

static inline bool machine_touch(vaddr_t va, bool write)
{
    uint32_t value;

    return access_supervisor(va.value, write ? ACCESS_WRITE8 : ACCESS_READ8, &value);
}

static inline bool machine_user_touch(vaddr_t va, bool write)
{
    return access_user_touch(va.value, write);
}

#endif
