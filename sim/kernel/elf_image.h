/* Which parts of a kernel's file are loaded, and to which physical addresses. */
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
    uint32_t number;             /* of its program header */
    bool read_only;              /* without rights to write or execute */
};

/* At most 4 GiB. */
static inline uint64_t elf_segment_end(const struct elf_segment *segment)
{
    return (uint64_t)segment->pa + segment->memory_bytes;
}

struct elf_image {
    const struct elf_file *file; /* outlives the image */
    struct multiboot_header multiboot;
    uint32_t entry; /* physical */

    /* What is loaded: no two overlap, each ends at 4 GiB at most. In the file's order. */
    uint32_t segment_count;
    struct elf_segment segment[ELF_SEGMENTS_MAX];
    uint64_t first,
        end; /* physical memory from the lowest to the end of the highest, [first, end) */

    /* Of what the program headers say, for elf_image_physical(); the same, except where the
       multiboot header has addresses. */
    uint32_t mapping_count;
    struct elf_segment mapping[ELF_SEGMENTS_MAX];
};

/*
 * Find out what has to be loaded: the loadable segments, at their physical addresses; or what the
 * multiboot header says, where it has addresses (flag bit 16, or the address tag). The entry point
 * is made physical by the segment that has its virtual address; where none has, it is a physical
 * one.
 *
 * false: error (at most error_bytes, one line without a newline) names the file and the reason:
 * no ELF file; x86-64, or another machine; no executable; no segment to load; tables or segments
 * that do not lie in the file, overlap, or wrap around 4 GiB; an entry point that is nowhere.
 */
bool elf_image_plan(struct elf_image *image, const struct elf_file *file, char *error,
                    size_t error_bytes);

/*
 * Copy it into memory, which has 4 GiB, and zero the rest of each segment. false: a segment is
 * outside of the map's usable RAM; memory is as before. error says which, and why that may be.
 */
bool elf_image_load(const struct elf_image *image, const struct pc_memmap *map,
                    unsigned char *memory, char *error, size_t error_bytes);

/* Where the program headers put a virtual address. false: nowhere. */
bool elf_image_physical(const struct elf_image *image, uint32_t va, uint32_t *pa);

/* The virtual address that the program headers give a physical one: for names of boot code that
   runs before paging is on. false: none. */
bool elf_image_virtual(const struct elf_image *image, uint32_t pa, uint32_t *va);

#endif
