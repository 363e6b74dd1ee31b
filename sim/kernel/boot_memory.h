/* Memory that a boot loader fills beside the kernel: what is taken already, and where there is
 * room. */
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
    uint64_t end; /* of the highest block */
};

/* The kernel's segments are taken. */
void boot_memory_init(struct boot_memory *memory, const struct elf_image *image,
                      const struct pc_memmap *map, unsigned char *bytes);

/*
 * Take a block of so many bytes (at least 1): at `preferred` where it is free RAM, else in the
 * lowest free whole pages from `floor` on. false: there is no room below 4 GiB, or
 * BOOT_MEMORY_BLOCKS_MAX are taken.
 */
bool boot_memory_take(struct boot_memory *memory, uint64_t preferred, uint64_t floor,
                      uint64_t bytes, uint32_t *at);

/* The first whole page at or above an address. */
uint64_t boot_memory_page(uint64_t address);

#endif
