/* The header by which a kernel's file requests a multiboot loader: the Multiboot Specification
   0.6.96, and the Multiboot2 Specification 2.0. */
#ifndef KERNEL_MULTIBOOT_HEADER_H
#define KERNEL_MULTIBOOT_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum multiboot_kind { MULTIBOOT_NONE, MULTIBOOT_1, MULTIBOOT_2 };

struct multiboot_header {
    enum multiboot_kind kind;
    uint32_t offset; /* in the file */

    /* The physical addresses for the file's bytes, if the header has them: they replace ELF's own
       headers. load_end 0: to the file's end; bss_end 0: nothing is zeroed after them. */
    bool has_addresses;
    uint32_t header_at, load_at, load_end, bss_end;
    bool has_entry;
    uint32_t entry; /* physical */

    bool wants_video; /* it asks for a video mode, or for text mode: */
    bool wants_text;
    uint32_t width, height, bits; /* of the video mode; 0: any */
    bool wants_boot_services;     /* EFI boot services; the request is ignored */
    uint32_t unmet; /* multiboot 2: type of a required tag of information that the specification
                       does not have; 0: none. See multiboot.h */
};

/*
 * Find the header: multiboot 1 in the first 8 KiB, else multiboot 2 in the first 32 KiB. Without a
 * header, kind is MULTIBOOT_NONE. Returns false for a header that cannot be followed; error (one
 * line without a newline) then begins with the name and says why. O(32 KiB).
 */
bool multiboot_header_find(struct multiboot_header *header, const char *name,
                           const unsigned char *bytes, size_t size, char *error,
                           size_t error_bytes);

#endif
