/*
 * The linear frame buffer at FRAMEBUFFER_BASE: the memory of a display, or of any device, mapped
 * uncached (PCD and PWT set: strong UC, Intel SDM vol. 3A, 11.5.2.1). Aligned parts of 4 MiB are
 * mapped by large pages, the rest through page tables of its own.
 */
#ifndef MM_FRAMEBUFFER_H
#define MM_FRAMEBUFFER_H

#include <mm/mm.h>

/*
 * Maps the device's memory [device, device + bytes) for the kernel, and returns the address of its
 * first byte. Call it before the first process is created, because the directories of processes
 * copy the entries. Returns VADDR_NONE, with nothing mapped, with the cause no_address_space (bytes
 * > FRAMEBUFFER_SIZE, or a device is mapped already), or with a cause of pages_alloc() if there is
 * no frame for a page table. No flush is needed.
 *
 * Panics if a process exists, if device is not page aligned, or if the range contains RAM, is empty
 * or wraps around the end of 4 GiB. O(pages).
 */
vaddr_t framebuffer_map(struct mm *mm, paddr_t device, uint32_t bytes);

/* Unmaps the device, if one is mapped, flushes its TLB entries and frees its page tables. Panics if
   a process exists. O(pages). */
void framebuffer_unmap(struct mm *mm);

/* Returns the number of page tables of the frame buffer. */
uint32_t framebuffer_tables(const struct mm *mm);

/* Returns the violated rule, or NULL: the device is mapped uncached, and nothing else is mapped in
   the frame buffer's range. O(pages). */
__attribute__((warn_unused_result)) const char *framebuffer_check(const struct mm *mm);

#endif
