/* The real i386's side of the seam; its contract is <mm/machine.h>, which includes this file. */
#ifndef ASM_MACHINE_H
#define ASM_MACHINE_H

/* trap_entries.S: one access, and whether it happened. */
bool trap_touch(uint32_t va, bool write);

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

/* The clobber: accesses of memory stay on their side of the change. */
static inline void machine_load_cr3(paddr_t directory)
{
    __asm__ volatile("movl %0, %%cr3" : : "r"(directory.value) : "memory");
}

static inline void machine_invlpg(vaddr_t va)
{
    __asm__ volatile("invlpg (%0)" : : "r"(va.value) : "memory");
}

static inline vaddr_t machine_read_cr2(void)
{
    uint32_t value;

    __asm__ volatile("movl %%cr2, %0" : "=r"(value));
    return vaddr(value);
}

static inline bool machine_touch(vaddr_t va, bool write)
{
    return trap_touch(va.value, write);
}

#endif
