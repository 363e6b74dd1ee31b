/* Page tables for tests, in a small physical memory from address 0. */
#ifndef SUPPORT_TABLES_H
#define SUPPORT_TABLES_H

#include "machine/mmu_scan.h"

#define TABLES_FRAMES 16u
#define TABLES_BYTES  (TABLES_FRAMES * PAGE_SIZE)

extern uint32_t tables_memory[TABLES_FRAMES][PAGE_TABLE_ENTRIES];

/* Fills the memory with zeros. */
void tables_clear(void);

/*
 * Fills the memory with random entries. Directories and tables are frames below TABLES_FRAMES, and
 * a frame may be both; most entries continue the range of the entry before. *seed is not 0.
 */
void tables_random(uint32_t *seed);

#endif
