/* Large tables that begin as zeroes, and take memory of the host only for the pages that are
   used. */
#ifndef MACHINE_SPARSE_H
#define MACHINE_SPARSE_H

#include <stdint.h>

/* Returns a table of zeroes; NULL when the host has no address space for it. */
void *sparse_map(uint64_t bytes);

/* Free a table. NULL is ignored. */
void sparse_unmap(void *table, uint64_t bytes);

#endif
