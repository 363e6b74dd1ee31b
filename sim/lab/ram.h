/* How much RAM an experiment's machine has, and what its memory map is. */
#ifndef LAB_RAM_H
#define LAB_RAM_H

#include <mm/memmap.h>

/* Chosen sizes are whole multiples of it. */
#define RAM_STEP_BYTES 0x1000000u

/* The most RAM that a PC has below 4 GiB, where frames can reach it: from 3.5 GiB on, its memory
   map puts all but 3 GiB above. */
#define RAM_CHOSEN_MAX (0xe0000000u - RAM_STEP_BYTES)

/*
 * RAM for a trace whose live bytes peak at peak_live_bytes: the peak and a quarter of it for what
 * the requests do not count (headers, gaps, page tables), and 16 MiB for the kernel and its tables;
 * in whole 16 MiB, at most RAM_CHOSEN_MAX.
 */
uint64_t ram_choose(uint64_t peak_live_bytes);

/* The map of QEMU's PC with so much RAM, for a strategy. No run where a PC can't have that. */
void ram_map(struct memmap *map, uint64_t ram_bytes);

#endif
