/* What the two kinds of multiboot information have in common; for multiboot*.c alone. */
#ifndef KERNEL_MULTIBOOT_PARTS_H
#define KERNEL_MULTIBOOT_PARTS_H

#include "kernel/boot_memory.h"
#include "kernel/file_bytes.h"
#include "kernel/multiboot.h"

#define LOADER_NAME "mmsim"

/* Where information goes that has no place in QEMU. */
#define INFORMATION_FLOOR UINT64_C(0x10000)

struct placed_module {
    uint32_t first, end;
};

struct multiboot_builder {
    const struct multiboot_request *request;
    struct complaint complaint;
    struct boot_memory memory;
    struct placed_module module[MULTIBOOT_MODULES_MAX];

    /* The kernel's section headers, with the addresses of those that were loaded for it. */
    uint32_t sections_at; /* 0: there are none, or no room */
    uint32_t table_at;    /* multiboot 1: modules' table, words, command line, as QEMU has them */
};

/* Memory in KiB below 640 KiB, and from 1 MiB to the first hole. */
struct memory_sizes {
    uint32_t lower, upper;
};
struct memory_sizes multiboot_memory_sizes(const struct pc_memmap *map);

/* The type of a range in both kinds' memory maps: 1 is RAM, 2 is not. */
uint32_t multiboot_range_type(const struct memmap_range *range);

/* Bytes at an address, in memory that was taken. */
void multiboot_put(struct multiboot_builder *builder, uint32_t at, const void *bytes, size_t count);

/* "" for NULL. */
const char *multiboot_words(const char *words);

bool multiboot_1_write(struct multiboot_builder *builder, uint32_t *information);
bool multiboot_2_write(struct multiboot_builder *builder, uint32_t *information);

/* How large the table of multiboot_1_write() is. */
uint64_t multiboot_1_table_bytes(const struct multiboot_request *request);

#endif
