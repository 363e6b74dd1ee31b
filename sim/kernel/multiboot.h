/*
 * What a multiboot loader leaves in memory and registers. Modules lie where QEMU's -kernel and
 * -initrd put them, and so do their table, their words and the command line, so that a kernel gets
 * the same addresses here and there:
 *
 *     0x9000 +-----------------------------+
 *            | memory map                  |   multiboot 1, as QEMU has it. Where the kernel has a
 *     0x9500 | information, loader's name  |   segment here: the first free pages from 0x10000 on
 *            +-----------------------------+
 *            | section headers, symbols    |   from 0x10000 on, where they fit below 0x80000;
 *            | multiboot 2's information   |   else behind the modules
 *            +-----------------------------+
 *            | the kernel                  |
 *            +-- whole pages, counted from the kernel's first byte
 *            | table of modules, words     |
 *            +-- whole pages
 *            | module 0                    |
 *            +-- whole pages
 *            | module 1 ...                |
 */
#ifndef KERNEL_MULTIBOOT_H
#define KERNEL_MULTIBOOT_H

#include "kernel/elf_image.h"

#define MULTIBOOT_MODULES_MAX 32u

struct multiboot_module {
    const char *path;
    const char *words; /* NULL or "": none */
    const unsigned char *bytes;
    size_t size;
};

struct multiboot_request {
    const struct elf_image *image; /* loaded already */
    const struct pc_memmap *map;
    const char *words; /* behind the kernel's path on its command line; NULL: none */
    const struct multiboot_module *module;
    uint32_t module_count; /* at most MULTIBOOT_MODULES_MAX */
};

struct multiboot_state {
    uint32_t eax, ebx, entry; /* entry is physical, as ebx is */
    uint64_t end;             /* behind the kernel, the modules and all that was written for it */
    const char *note;         /* what the kernel asked for and does not get; NULL: nothing */
};

/*
 * Write modules and information into memory, of 4 GiB, in RAM of the map that the kernel's
 * segments do not use. A kernel without a header gets multiboot 1.
 *
 * false: error (one line without a newline) says why: no room for a module; information that the
 * kernel requires and that is not there.
 */
bool multiboot_prepare(const struct multiboot_request *request, unsigned char *memory,
                       struct multiboot_state *state, char *error, size_t error_bytes);

#endif
