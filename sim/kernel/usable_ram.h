/* What of the first 4 GiB is RAM. */
#ifndef KERNEL_USABLE_RAM_H
#define KERNEL_USABLE_RAM_H

#include "machine/pc_memmap.h"

#define MEMORY_BYTES (UINT64_C(1) << 32)

/* The end of the RAM that goes on without a gap from an address; that address: it is none. */
uint64_t usable_ram_end(const struct pc_memmap *map, uint64_t from);

/* The end of the highest RAM below 4 GiB; 0: there is none. */
uint64_t usable_ram_top(const struct pc_memmap *map);

#endif
