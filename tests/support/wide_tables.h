/* Page tables with entries of 8 bytes for tests, in a small physical memory from address 0. */
#ifndef SUPPORT_WIDE_TABLES_H
#define SUPPORT_WIDE_TABLES_H

#include "machine/page_scan.h"

#define WIDE_FRAMES  16u
#define WIDE_ENTRIES 512u
#define WIDE_BYTES   (WIDE_FRAMES * PAGING_TABLE_BYTES)

extern uint64_t wide_memory[WIDE_FRAMES][WIDE_ENTRIES];

/* Fills the memory with zeros. */
void wide_clear(void);

/* The address of a frame, and an entry that names it. */
#define WIDE_FRAME(frame) ((uint64_t)(frame) << 12)
#define WIDE_ROOT         1u

/* Returns the tables of a mode in this memory, with the root in frame WIDE_ROOT. */
struct page_tables wide_tables(const char *mode);

/* Returns an entry that names the table in a frame, with all rights. */
uint64_t wide_table(const struct paging_mode *mode, uint32_t frame);

/* Returns an entry of a page that may be read and written, by the supervisor alone. */
uint64_t wide_page(const struct paging_mode *mode, uint64_t address);

#endif
