#include "elf_image.h"
#include "file_bytes.h"
#include "kernel_ranges.h"

#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

/* A kernel that is linked with -Ttext=0x100000 has its ELF headers in a segment of their own, one
   page below, in the BIOS's range. QEMU's loader discards writes to ROM, and no kernel needs these
   headers. */
static bool is_for_rom(const struct elf_segment *segment)
{
    return segment->read_only && segment->offset == 0 && segment->pa >= 0xf0000u &&
           elf_segment_end(segment) <= 0x100000u;
}

/* The 64 KiB that contain the linker's default address, 0x08048000. */
#define LINKERS_ADDRESS 0x08040000u

static bool outside_ram(const struct complaint *complaint, const struct pc_memmap *map,
                        const struct elf_segment *segment)
{
    uint64_t ram_end = usable_ram_top(map);

    if (segment->pa >= ram_end && segment->pa == segment->va && segment->pa >= 0x80000000u)
        return complain(
            complaint,
            "segment %" PRIu32 " is to be loaded at physical address 0x%08" PRIx32
            ", which is its virtual address and no RAM: give it a load address with AT() "
            "in the linker script",
            segment->number, segment->pa);
    if (segment->read_only && (segment->pa & ~0xffffu) == LINKERS_ADDRESS)
        return complain(complaint,
                        "segment %" PRIu32 " (0x%08" PRIx32 "-0x%08" PRIx64
                        ") is where the linker puts what nobody gives an address: name its "
                        "sections in the linker script; of a build ID, link with --build-id=none",
                        segment->number, segment->pa, elf_segment_end(segment) - 1u);
    if (elf_segment_end(segment) > ram_end)
        return complain(complaint,
                        "segment %" PRIu32 " (0x%08" PRIx32 "-0x%08" PRIx64
                        ") does not fit into RAM, which ends at 0x%08" PRIx64
                        ": give more with --ram",
                        segment->number, segment->pa, elf_segment_end(segment) - 1u, ram_end);
    return complain(
        complaint,
        "segment %" PRIu32 " (0x%08" PRIx32 "-0x%08" PRIx64
        ") is not in RAM as the memory map has it: there is a hole, or memory of the BIOS",
        segment->number, segment->pa, elf_segment_end(segment) - 1u);
}

/* Zero a range. Whole pages are removed from the sparse file instead of being written. */
static void zero(unsigned char *memory, uint64_t first, uint64_t end)
{
    uint64_t pages = (first + PAGE_OFFSET_MASK) & ~(uint64_t)PAGE_OFFSET_MASK;
    uint64_t pages_end = end & ~(uint64_t)PAGE_OFFSET_MASK;

    if (pages < pages_end && madvise(memory + pages, pages_end - pages, MADV_REMOVE) == 0) {
        memset(memory + first, 0, pages - first);
        first = pages_end;
    }
    memset(memory + first, 0, end - first);
}

bool elf_image_load(const struct elf_image *image, const struct pc_memmap *map,
                    unsigned char *memory, char *error, size_t error_bytes)
{
    const struct complaint complaint = {image->file->path, error, error_bytes};

    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segment[i];
        if (usable_ram_end(map, segment->pa) < elf_segment_end(segment) && !is_for_rom(segment))
            return outside_ram(&complaint, map, segment);
    }
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segment[i];
        if (is_for_rom(segment))
            continue;
        memcpy(memory + segment->pa, image->file->content.bytes + segment->offset,
               segment->file_bytes);
        zero(memory, segment->pa + (uint64_t)segment->file_bytes, elf_segment_end(segment));
    }
    return true;
}
