/* The memory in which a boot loader places data beside the kernel: which blocks are taken, and
   where room is free. */
#ifndef KERNEL_BOOT_MEMORY_H
#define KERNEL_BOOT_MEMORY_H

#include "kernel/elf_image.h"

#define BOOT_MEMORY_BLOCKS_MAX (ELF_SEGMENTS_MAX + 64u)

struct boot_block {
    uint64_t first, end;
};

struct boot_memory {
    const struct pc_memmap *map;
    unsigned char *bytes; /* 4 GiB */
    uint32_t count;
    struct boot_block taken[BOOT_MEMORY_BLOCKS_MAX];
    uint64_t end; /* end of the highest taken block */
};

/* Begin with the kernel's segments as the taken blocks. */
void boot_memory_init(struct boot_memory *memory, const struct elf_image *image,
                      const struct pc_memmap *map, unsigned char *bytes);

/*
 * Take a block of `bytes` (at least 1): at `preferred` when free RAM is there, else in the lowest
 * free whole pages from `floor` on. Returns false when there is no room below 4 GiB, or when
 * BOOT_MEMORY_BLOCKS_MAX blocks are taken. O((ranges + blocks)^2).
 */
bool boot_memory_take(struct boot_memory *memory, uint64_t preferred, uint64_t floor,
                      uint64_t bytes, uint32_t *at);

/* Returns the address rounded up to a whole page. */
uint64_t boot_memory_page(uint64_t address);

#endif
