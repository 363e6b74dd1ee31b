/* Maps of physical memory as a PC's firmware reports them: from the log of a boot, or as QEMU makes
   them. */
#ifndef MACHINE_PC_MEMMAP_H
#define MACHINE_PC_MEMMAP_H

#include <mm/memmap.h>

#include <stdio.h>

#define PC_MEMMAP_RANGES_MAX 512u

/* The smallest RAM that the firmware works with, and the largest that QEMU accepts for a PC with 36
   physical address bits. */
#define PC_RAM_MIN (UINT64_C(8) << 20)
#define PC_RAM_MAX (UINT64_C(63) << 30)

/* Ranges in the order of the firmware, for memmap_build(). */
struct pc_memmap {
    const char *form; /* in which they were written: "/proc/iomem" */
    bool is_usual;    /* in the form of Linux since 3.1, as one BIOS-e820 map */
    uint32_t maps;    /* that the file has: the ranges are those of the last one */
    uint32_t count;
    struct memmap_range range[PC_MEMMAP_RANGES_MAX];
};

/*
 * Reads a map in one of the forms of memmap_forms.c, for example the lines
 *
 *     BIOS-e820: [mem 0x0000000000100000-0x000000001ffdffff] usable
 *
 * from a log of dmesg or of a serial console. The first form and heading that the file has count,
 * and of several boots the last; all other lines are skipped. The file is read to its end.
 * O(bytes).
 *
 * Returns false on failure; error (at most error_bytes, one line without a newline) then names the
 * file by `name`, the line, and the reason: a malformed line, a range that ends before it starts,
 * too many lines, no such line, no usable range, or a read error.
 */
bool pc_memmap_read(struct pc_memmap *map, FILE *file, const char *name, char *error,
                    size_t error_bytes);

/* The same for the file at a path; a file that cannot be opened is a failure, too. */
bool pc_memmap_load(struct pc_memmap *map, const char *path, char *error, size_t error_bytes);

/* The bytes of RAM, by memmap_ram_bytes(). */
uint64_t pc_memmap_ram_bytes(const struct pc_memmap *map);

/*
 * Make the map of QEMU's PC (machine "pc", SeaBIOS) with -m ram_bytes and no other option: 640 KiB
 * and a gap for the BIOS; RAM up to the PCI hole; the firmware's tables in the last 128 KiB of it;
 * the flash below 4 GiB. With 3.5 GiB of RAM or more, the RAM below 4 GiB ends at 3 GiB and the
 * rest follows at 4 GiB.
 *
 * As in QEMU, ram_bytes is rounded up to 8 KiB. Returns false, with error as above, when it is not
 * in [PC_RAM_MIN, PC_RAM_MAX].
 */
bool pc_memmap_for_ram(struct pc_memmap *map, uint64_t ram_bytes, char *error, size_t error_bytes);

#endif
