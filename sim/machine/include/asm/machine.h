/* The simulated PC's implementation of <mm/machine.h>, which has the contract and includes this
   file. */
#ifndef ASM_MACHINE_H
#define ASM_MACHINE_H

#include "machine/tlb.h"
#include "machine/watch.h"

/* The TLB of the machine of this process. */
extern struct tlb machine_tlb;

/* The machine is in checking mode: the oracle must be told of table writes and of freed frames. */
extern bool machine_checks_tlb;

/* Host address of kernel virtual address 0: va is found at machine_window + va. */
extern unsigned char *machine_window;

vaddr_t machine_cpu_cr2(void);
paddr_t machine_cpu_cr3(void);
void machine_cpu_load_cr3(paddr_t directory);
void machine_cpu_invlpg(vaddr_t va);
void machine_cpu_invlpg_pages(vaddr_t start, uint32_t pages);
void machine_cpu_flush_tlb(void);
void machine_cpu_write_entry(uint32_t *entry, uint32_t value, const char *file, uint32_t line);
void machine_cpu_frames_freed(pfn_t first, uint32_t frames);
void machine_cpu_will_write(vaddr_t start, uint32_t bytes);

/* A physical address, in a register. */
struct machine_translation {
    paddr_t pa;
    bool found; /* false: a page fault was not resolved */
};

/* Translates an access, if the inlined path has not. */
struct machine_translation machine_cpu_translate(vaddr_t va, uint32_t access);

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

static inline void machine_invlpg_pages(vaddr_t start, uint32_t pages)
{
    machine_cpu_invlpg_pages(start, pages);
}

static inline void machine_flush_tlb(void)
{
    machine_cpu_flush_tlb();
}

static inline void machine_write_entry_at(uint32_t *entry, uint32_t value, const char *file,
                                          uint32_t line)
{
    if (__builtin_expect(machine_checks_tlb, 0))
        machine_cpu_write_entry(entry, value, file, line);
    else
        *entry = value;
}

static inline bool machine_checks_frees(void)
{
    return __builtin_expect(machine_checks_tlb, 0);
}

static inline void machine_frames_freed(pfn_t first, uint32_t frames)
{
    if (machine_checks_frees())
        machine_cpu_frames_freed(first, frames);
}

static inline vaddr_t machine_read_cr2(void)
{
    return machine_cpu_cr2();
}

static inline void machine_will_write(vaddr_t start, uint32_t bytes)
{
    machine_cpu_will_write(start, bytes);
}

static inline bool machine_watches_blocks(void)
{
    return __builtin_expect(machine_watching, 0);
}

static inline void machine_manager_enters(void)
{
    watch_manager_enters();
}

static inline void machine_manager_leaves(void)
{
    watch_manager_leaves();
}

static inline uint32_t machine_block_room(uint32_t bytes)
{
    return watch_block_room(bytes);
}

static inline void machine_block_allocated(vaddr_t block, uint32_t bytes)
{
    watch_block_allocated(block, bytes);
}

static inline void machine_block_freed(vaddr_t block)
{
    watch_block_freed(block);
}

static inline uint32_t machine_block_usable(vaddr_t block, uint32_t usable)
{
    return watch_block_usable(block, usable);
}

static inline void machine_block_resizes(vaddr_t block)
{
    watch_block_resizes(block);
}

static inline void machine_block_resized(vaddr_t resized, uint32_t bytes)
{
    watch_block_resized(resized, bytes);
}

static inline void machine_pages_closed(vaddr_t start, uint32_t bytes)
{
    watch_pages_closed(start, bytes);
}

static inline void machine_pages_opened(vaddr_t start, uint32_t bytes)
{
    watch_pages_opened(start, bytes);
}

static inline void machine_blocks_forget(void)
{
    watch_blocks_forget();
}

/* An explicit access: tries the modelled TLB first, then the walker, which may deliver page
   faults. */
static inline struct machine_translation machine_translate(vaddr_t va, uint32_t access)
{
    const struct tlb_entry *entry;

    if (__builtin_expect(tlb_hit(&machine_tlb, va, access, &entry), 1))
        return (struct machine_translation){tlb_entry_translate(entry, va), true};
    return machine_cpu_translate(va, access);
}

/* These do not access the byte itself. Reading it, or writing the same value back, would change
   nothing in memory, but would make the host allocate a page. */
static inline bool machine_touch(vaddr_t va, bool write)
{
    return machine_translate(va, write ? MMU_WRITE : MMU_READ).found;
}

static inline bool machine_user_touch(vaddr_t va, bool write)
{
    return machine_translate(va, MMU_USER | (write ? MMU_WRITE : MMU_READ)).found;
}

#endif
