/*
 * The linear frame buffer at FRAMEBUFFER_BASE: a display's own memory, or any device's, mapped
 * uncached (PCD and PWT set: strong UC, Intel SDM vol. 3A, 11.5.2.1), in 4 MiB pages where it lies
 * on such, else through page tables of its own.
 */
#ifndef MM_FRAMEBUFFER_H
#define MM_FRAMEBUFFER_H

#include <mm/mm.h>

/*
 * Map the device's memory [device, device + bytes), bytes >= 1, for the kernel. At start, before
 * the first process: the directories of processes copy what is here then. The address of its first
 * byte, or VADDR_NONE: no_address_space (above FRAMEBUFFER_SIZE, or one is mapped already), and as
 * pages_alloc() does, for page tables; then nothing is mapped.
 *
 * Panics: there are processes; the range holds RAM, has no byte, or wraps around the end of 4 GiB;
 * device is not page aligned. O(pages).
 */
vaddr_t framebuffer_map(struct mm *mm, paddr_t device, uint32_t bytes);

/* Unmap it; none mapped is ignored. Its page tables go back. Panics: there are processes. */
void framebuffer_unmap(struct mm *mm);

/* Page tables that are its own. */
uint32_t framebuffer_tables(const struct mm *mm);

/* The violated rule, or NULL: what was mapped is, uncached, and nothing else there. O(pages). */
__attribute__((warn_unused_result)) const char *framebuffer_check(const struct mm *mm);

#endif
