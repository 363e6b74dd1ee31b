/* The common parts of the two kinds of multiboot information; only for multiboot*.c. */
#ifndef KERNEL_MULTIBOOT_PARTS_H
#define KERNEL_MULTIBOOT_PARTS_H

#include "kernel/boot_memory.h"
#include "kernel/file_bytes.h"
#include "kernel/multiboot.h"

#define LOADER_NAME "mmsim"

/* The lowest address of information that QEMU does not have. */
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
    uint32_t sections_at; /* 0: no section headers, or no room */
    uint32_t table_at;    /* multiboot 1: table of modules, words, command line, placed as in
                             QEMU */
};

/* The frame buffer, as multiboot 1's information describes it. */
struct multiboot_screen {
    uint32_t address[2]; /* 64 bits */
    uint32_t row_bytes, width, height;
    uint8_t bits, type;
    uint8_t colours[6]; /* type 1: first bit and number of bits of red, green and blue */
};
_Static_assert(sizeof(struct multiboot_screen) == 28, "the size is that of the specification");

enum { MULTIBOOT_SCREEN_COLOURS = 1, MULTIBOOT_SCREEN_TEXT = 2 };

/* Returns the video mode that the header asks for, 1024 x 768 if there is no such mode, or VGA text
   mode if it asks for none. */
struct multiboot_screen multiboot_screen_for(const struct multiboot_header *header);

/* Memory in KiB: below 640 KiB, and from 1 MiB to the first hole. */
struct memory_sizes {
    uint32_t lower, upper;
};
struct memory_sizes multiboot_memory_sizes(const struct pc_memmap *map);

/* Returns the type of a range in both kinds' memory maps: 1 for RAM, 2 for other ranges. */
uint32_t multiboot_range_type(const struct memmap_range *range);

/* Write bytes at an address, in a block that was taken. */
void multiboot_put(struct multiboot_builder *builder, uint32_t at, const void *bytes, size_t count);

/* Returns the words, or "" for NULL. */
const char *multiboot_words(const char *words);

bool multiboot_1_write(struct multiboot_builder *builder, uint32_t *information);
bool multiboot_2_write(struct multiboot_builder *builder, uint32_t *information);

/* Returns the size of the table that multiboot_1_write() writes. */
uint64_t multiboot_1_table_bytes(const struct multiboot_request *request);

#endif
