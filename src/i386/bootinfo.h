/* What the multiboot loader tells (Multiboot Specification 0.6.96, 3.3), copied out of its hands.
 */
#ifndef I386_BOOTINFO_H
#define I386_BOOTINFO_H

#include <mm/memmap.h>

#define BOOTINFO_RANGES_MAX  64u
#define BOOTINFO_MODULES_MAX 16u
#define BOOTINFO_TEXT_MAX    512u

/* A file that the loader put into memory, whole and page aligned. */
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
 * Read the information of a loader that left `magic` in EAX and `information` in EBX. Nothing of it
 * is needed afterwards. NULL, or what is wrong with it: not multiboot, no memory map, more ranges
 * or modules than there is room for, something beyond the direct map.
 */
const char *bootinfo_read(struct bootinfo *boot, uint32_t magic, paddr_t information);

#endif
