/* Which physical addresses are memory, in a PC with this memory map. */
#ifndef KERNEL_KERNEL_RANGES_H
#define KERNEL_KERNEL_RANGES_H

#include "kernel/control.h"
#include "machine/pc_memmap.h"

#define MEMORY_BYTES (UINT64_C(1) << 32)

/*
 * Whole pages of all that the map names below the devices' addresses, usable or not (the firmware's
 * tables are memory, too), and the last 384 KiB of the first MiB: video memory and BIOS. Sorted and
 * apart. false: more than CONTROL_RANGES_MAX.
 */
bool kernel_ranges_of_map(struct control_range range[CONTROL_RANGES_MAX], uint32_t *count,
                          const struct pc_memmap *map);

/* Bytes that are usable. */
uint64_t kernel_ranges_ram_bytes(const struct pc_memmap *map);

/* The end of the highest usable bytes below 4 GiB. */
uint64_t kernel_ranges_ram_end(const struct pc_memmap *map);

/* The end of the RAM that goes on without a gap from an address; that address: it is none. */
uint64_t usable_ram_end(const struct pc_memmap *map, uint64_t from);

/* The end of the highest RAM below 4 GiB; 0: there is none. */
uint64_t usable_ram_top(const struct pc_memmap *map);

#endif
