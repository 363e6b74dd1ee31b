/* The header by which a kernel's file asks for a multiboot loader: the Multiboot Specification
 * 0.6.96, and the Multiboot2 Specification 2.0. */
#ifndef KERNEL_MULTIBOOT_HEADER_H
#define KERNEL_MULTIBOOT_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum multiboot_kind { MULTIBOOT_NONE, MULTIBOOT_1, MULTIBOOT_2 };

struct multiboot_header {
    enum multiboot_kind kind;
    uint32_t offset; /* in the file */

    /* Where the file's bytes go, when the header has it: ELF's own headers do not count then.
       Physical; load_end 0: up to the file's end; bss_end 0: nothing is zeroed behind. */
    bool has_addresses;
    uint32_t header_at, load_at, load_end, bss_end;
    bool has_entry;
    uint32_t entry; /* physical */

    bool wants_video;         /* which is ignored */
    bool wants_boot_services; /* of an EFI; ignored */
    uint32_t unmet; /* multiboot 2: the type of a tag of information that is required, and that this
                       loader does not have; 0: none. See multiboot.h. */
};

/*
 * Find the header: multiboot 1 in the first 8 KiB, else multiboot 2 in the first 32 KiB. kind is
 * MULTIBOOT_NONE where there is none. false: there is one that cannot be followed; error (one line
 * without a newline) says why, and begins with the name.
 */
bool multiboot_header_find(struct multiboot_header *header, const char *name,
                           const unsigned char *bytes, size_t size, char *error,
                           size_t error_bytes);

#endif
