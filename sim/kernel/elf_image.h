/* The parts of a kernel's file that are loaded, and their physical addresses. */
#ifndef KERNEL_ELF_IMAGE_H
#define KERNEL_ELF_IMAGE_H

#include "kernel/elf_file.h"
#include "kernel/multiboot_header.h"
#include "machine/pc_memmap.h"

#define ELF_SEGMENTS_MAX 64u

struct elf_segment {
    uint32_t va, pa;
    uint32_t offset, file_bytes; /* in the file */
    uint32_t memory_bytes;       /* at least file_bytes; the rest is zeroed */
    uint32_t number;             /* index of its program header */
    bool read_only;              /* without rights to write or execute */
};

/* Returns the segment's end, at most 4 GiB. */
static inline uint64_t elf_segment_end(const struct elf_segment *segment)
{
    return (uint64_t)segment->pa + segment->memory_bytes;
}

struct elf_image {
    const struct elf_file *file; /* must outlive the image */
    struct multiboot_header multiboot;
    uint32_t entry; /* physical */

    /* The segments to load, in the file's order: they do not overlap, and end at 4 GiB or below. */
    uint32_t segment_count;
    struct elf_segment segment[ELF_SEGMENTS_MAX];
    uint64_t first,
        end; /* physical memory from the lowest to the end of the highest, [first, end) */

    /* The segments of the program headers, for elf_image_physical(). They are the same as above,
       unless the multiboot header has addresses. */
    uint32_t mapping_count;
    struct elf_segment mapping[ELF_SEGMENTS_MAX];
};

/*
 * Find the segments to load: the loadable segments at their physical addresses, or the memory that
 * the multiboot header describes when it has addresses (flag bit 16, or the address tag). The entry
 * point is translated to a physical address by the segment that contains its virtual address; when
 * no segment does, it is taken as physical.
 *
 * Returns false on failure; error (at most error_bytes, one line without a newline) then names the
 * file and the reason: no ELF file; x86-64 or another machine; not an executable; no segment to
 * load; tables or segments that are not inside the file, overlap, or wrap around 4 GiB; an entry
 * point outside of all segments. O(segments^2).
 */
bool elf_image_plan(struct elf_image *image, const struct elf_file *file, char *error,
                    size_t error_bytes);

/*
 * Copy the segments into memory, which has 4 GiB, and zero the rest of each segment. Returns false
 * when a segment is outside of the map's usable RAM; memory is then unchanged, and error says which
 * segment and what the cause may be. O(bytes).
 */
bool elf_image_load(const struct elf_image *image, const struct pc_memmap *map,
                    unsigned char *memory, char *error, size_t error_bytes);

/* Set *pa to the physical address at which the program headers put a virtual one. Returns false
   when no segment contains it. */
bool elf_image_physical(const struct elf_image *image, uint32_t va, uint32_t *pa);

/* Set *va to the virtual address that the program headers give a physical one: for names of boot
   code that runs before paging is on. Returns false when no segment contains it. */
bool elf_image_virtual(const struct elf_image *image, uint32_t pa, uint32_t *va);

#endif
