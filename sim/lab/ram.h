/* How much RAM an experiment's machine has, and what its memory map is. */
#ifndef LAB_RAM_H
#define LAB_RAM_H

#include <mm/memmap.h>

/* Chosen sizes are whole multiples of it. */
#define RAM_STEP_BYTES 0x1000000u

/*
 * RAM for a trace whose live bytes peak at peak_live_bytes: the peak and a quarter of it for what
 * the requests do not count (headers, gaps, page tables), and 16 MiB for the kernel and its tables;
 * in whole 16 MiB, at most 4 GiB less a step.
 */
uint64_t ram_choose(uint64_t peak_live_bytes);

#endif
