/*
 * What a boot loader leaves in EAX and EBX: multiboot 1 (0.6.96) and multiboot 2 (2.0).
 * Shared with assembly, for the headers that a loader looks for.
 */
#ifndef GUEST_MULTIBOOT_H
#define GUEST_MULTIBOOT_H

#define MULTIBOOT_HEADER_MAGIC  0x1badb002
#define MULTIBOOT_PAGE_ALIGN    0x00000001
#define MULTIBOOT_MEMORY_INFO   0x00000002
#define MULTIBOOT_LOADER_MAGIC  0x2badb002
#define MULTIBOOT2_HEADER_MAGIC 0xe85250d6
#define MULTIBOOT2_LOADER_MAGIC 0x36d76289

#ifndef __ASSEMBLER__

#include <stdint.h>

/* Of struct multiboot_info.flags: what is there. */
#define MULTIBOOT_HAS_MEMORY  0x01u
#define MULTIBOOT_HAS_CMDLINE 0x04u
#define MULTIBOOT_HAS_MODULES 0x08u
#define MULTIBOOT_HAS_MAP     0x40u

#define MULTIBOOT_RAM 1 /* the type of a usable range, in both versions */

struct multiboot_info {
    uint32_t flags;
    uint32_t mem_lower_kib; /* from 0 */
    uint32_t mem_upper_kib; /* from 1 MiB, up to the first hole */
    uint32_t boot_device;
    uint32_t cmdline;
    uint32_t modules_count;
    uint32_t modules;
    uint32_t symbols[4];
    uint32_t map_bytes;
    uint32_t map;
};

/* size_bytes does not count itself: the next entry is at the address of base plus size_bytes. */
struct multiboot_range {
    uint32_t size_bytes;
    uint64_t base;
    uint64_t length;
    uint32_t type;
} __attribute__((packed));

struct multiboot2_info {
    uint32_t total_bytes;
    uint32_t reserved;
};

/* Tags follow, each at a multiple of 8 bytes. */
struct multiboot2_tag {
    uint32_t type;
    uint32_t size_bytes;
};

enum { MULTIBOOT2_END = 0, MULTIBOOT2_CMDLINE = 1, MULTIBOOT2_MAP = 6 };

struct multiboot2_map {
    struct multiboot2_tag tag;
    uint32_t entry_bytes;
    uint32_t entry_version;
};

struct multiboot2_range {
    uint64_t base;
    uint64_t length;
    uint32_t type;
    uint32_t reserved;
};

#endif
#endif
