/* Page tables for tests, in a small physical memory from address 0. */
#ifndef SUPPORT_TABLES_H
#define SUPPORT_TABLES_H

#include "machine/mmu.h"
#include "machine/page_scan.h"

#define TABLES_FRAMES 16u
#define TABLES_BYTES  (TABLES_FRAMES * PAGE_SIZE)

extern uint32_t tables_memory[TABLES_FRAMES][PAGE_TABLE_ENTRIES];

/* So many of its bytes can be read: all, unless a test changes it. */
extern uint64_t tables_bytes;

/* Returns two-level tables in this memory, whose directory CR3 names. */
struct page_tables tables_of(uint32_t cr3, uint32_t cr4);

/* Fills the memory with zeros. All of it can be read then. */
void tables_clear(void);

/*
 * Fills the memory with random entries. Directories and tables are frames below TABLES_FRAMES, and
 * a frame may be both; most entries continue the range of the entry before. *seed is not 0.
 */
void tables_random(uint32_t *seed);

#endif
