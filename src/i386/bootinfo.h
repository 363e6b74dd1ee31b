/*
 * A copy of the boot information that a multiboot loader passes (Multiboot Specification 0.6.96,
 * 3.3). The loader's original may be overwritten afterwards; the modules stay in place.
 */
#ifndef I386_BOOTINFO_H
#define I386_BOOTINFO_H

#include <mm/memmap.h>

#define BOOTINFO_RANGES_MAX  64u
#define BOOTINFO_MODULES_MAX 16u
#define BOOTINFO_TEXT_MAX    512u

/* A file that the loader put into memory, contiguous and page aligned. Addresses are physical. */
struct boot_module {
    uint64_t first;
    uint64_t end;                 /* exclusive */
    char name[BOOTINFO_TEXT_MAX]; /* the first word of its string */
};

struct bootinfo {
    uint32_t range_count;
    uint32_t module_count;
    struct memmap_range range[BOOTINFO_RANGES_MAX]; /* the firmware's memory map, in its order */
    struct boot_module module[BOOTINFO_MODULES_MAX];
    char command_line[BOOTINFO_TEXT_MAX];
};

/*
 * Copies the information of a loader that left `magic` in EAX and `information` in EBX. Returns
 * NULL, or the error: the loader is not a multiboot loader, there is no memory map, there are more
 * ranges or modules than the arrays hold, or a part lies beyond the direct map. The cost is linear
 * in the number of ranges and modules.
 */
const char *bootinfo_read(struct bootinfo *boot, uint32_t magic, paddr_t information);

#endif
