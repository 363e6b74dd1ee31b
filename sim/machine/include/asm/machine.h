/* The simulated PC's side of the seam; its contract is <mm/machine.h>, which includes this file. */
#ifndef ASM_MACHINE_H
#define ASM_MACHINE_H

/* Host address of kernel virtual address 0: va is found at machine_window + va. */
extern unsigned char *machine_window;

vaddr_t machine_cpu_cr2(void);
paddr_t machine_cpu_cr3(void);
void machine_cpu_load_cr3(paddr_t directory);
void machine_cpu_invlpg(vaddr_t va);
void machine_cpu_flush_tlb(void);
bool machine_cpu_touch(vaddr_t va, bool write);
bool machine_cpu_user_touch(vaddr_t va, bool write);

static inline void *machine_pointer(vaddr_t va)
{
    return machine_window + va.value;
}

static inline paddr_t machine_read_cr3(void)
{
    return machine_cpu_cr3();
}

static inline void machine_load_cr3(paddr_t directory)
{
    machine_cpu_load_cr3(directory);
}

static inline void machine_invlpg(vaddr_t va)
{
    machine_cpu_invlpg(va);
}

static inline void machine_flush_tlb(void)
{
    machine_cpu_flush_tlb();
}

static inline void machine_write_entry_at(uint32_t *entry, uint32_t value, const char *file,
                                          uint32_t line)
{
    (void)file;
    (void)line;
    *entry = value;
}

static inline vaddr_t machine_read_cr2(void)
{
    return machine_cpu_cr2();
}

static inline bool machine_touch(vaddr_t va, bool write)
{
    return machine_cpu_touch(va, write);
}

static inline bool machine_user_touch(vaddr_t va, bool write)
{
    return machine_cpu_user_touch(va, write);
}

#endif
