/*
 * The memory and registers that a multiboot loader leaves. Modules are where QEMU's -kernel and
 * -initrd put them, and so are their table, their words and the command line, so that a kernel gets
 * the same addresses as in QEMU:
 *
 *     0x9000 +-----------------------------+
 *            | memory map                  |   multiboot 1, as in QEMU. If the kernel has a segment
 *     0x9500 | information, loader's name  |   here: in the first free pages from 0x10000 on
 *            +-----------------------------+
 *            | section headers, symbols    |   from 0x10000 on, if they fit below 0x80000;
 *            | multiboot 2's information   |   else after the modules
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
    const struct elf_image *image; /* must be loaded already */
    const struct pc_memmap *map;
    const char *words; /* appended to the kernel's path on its command line; NULL: none */
    const struct multiboot_module *module;
    uint32_t module_count; /* at most MULTIBOOT_MODULES_MAX */
};

struct multiboot_state {
    uint32_t eax, ebx, entry; /* entry and ebx are physical addresses */
    uint64_t end;             /* end of the kernel, the modules and all data written for it */
    const char *note;         /* a request of the kernel that is not met; NULL: none */
};

/*
 * Write modules and information into memory, of 4 GiB, in RAM of the map that the kernel's segments
 * do not use. A kernel without a header gets multiboot 1.
 *
 * Returns false when a module has no room, or when the kernel requires information that does not
 * exist; error (one line without a newline) then says which.
 */
bool multiboot_prepare(const struct multiboot_request *request, unsigned char *memory,
                       struct multiboot_state *state, char *error, size_t error_bytes);

#endif
