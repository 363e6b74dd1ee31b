/* The physical addresses that are memory, in a PC with a given memory map. */
#ifndef KERNEL_KERNEL_RANGES_H
#define KERNEL_KERNEL_RANGES_H

#include "kernel/control.h"
#include "machine/pc_memmap.h"

#define MEMORY_BYTES (UINT64_C(1) << 32)

/* The linear frame buffer is where QEMU's PC has it. Nothing shows its contents. */
#define FRAME_BUFFER_AT    0xfd000000u
#define FRAME_BUFFER_BYTES (UINT32_C(16) << 20)

/*
 * Find the whole pages of all ranges of the map below the devices' addresses, usable or not (the
 * firmware's tables are memory, too), the last 384 KiB of the first MiB (video memory and BIOS),
 * and the linear frame buffer. The result is sorted, with gaps between the ranges. Returns false
 * when there are more than CONTROL_RANGES_MAX.
 */
bool kernel_ranges_of_map(struct control_range range[CONTROL_RANGES_MAX], uint32_t *count,
                          const struct pc_memmap *map);

/* Returns the end of the highest usable range that ends below the devices' addresses. */
uint64_t kernel_ranges_ram_end(const struct pc_memmap *map);

/* Returns the end of the contiguous RAM that begins at `from`; `from` itself when it is not RAM. */
uint64_t usable_ram_end(const struct pc_memmap *map, uint64_t from);

/* Returns the end of the highest RAM below 4 GiB; 0 when there is none. */
uint64_t usable_ram_top(const struct pc_memmap *map);

#endif
