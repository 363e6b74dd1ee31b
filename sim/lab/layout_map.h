/* What lies where in virtual memory under a strategy: read off the page tables of a machine that
 * has just started, and off the machine where it needs none. */
#ifndef LAB_LAYOUT_MAP_H
#define LAB_LAYOUT_MAP_H

#include <mm/mm.h>

#define LAYOUT_ROWS_MAX   48u
#define LAYOUT_WHAT_BYTES 40u

/* QEMU's PC has its display's memory there. */
#define LAYOUT_DISPLAY       0xfd000000u
#define LAYOUT_DISPLAY_BYTES 0x01000000u

struct layout_row {
    uint32_t start;
    uint64_t end;   /* exclusive */
    uint32_t depth; /* 0, or 1: part of the last row of depth 0 */
    char what[LAYOUT_WHAT_BYTES];
    uint64_t mapped_bytes;
    uint32_t page_sizes; /* sum of those that occur: PAGE_SIZE, LARGE_PAGE_SIZE; 0 where something
                            is mapped: the machine needs no page table there */
    uint32_t flags_any;  /* PTE_WRITABLE, PTE_USER, ... that some page has */
    uint32_t flags_all;  /* ... and that every page has */
};

struct layout_map {
    uint32_t count;
    struct layout_row row[LAYOUT_ROWS_MAX];
};

/*
 * Start a machine of this map under a strategy, with the display mapped (unless RAM is there) and a
 * small program as the current process, and read its tables. false: *reason says why.
 */
bool layout_map_read(struct layout_map *layout, const struct strategy *strategy,
                     const struct memmap *map, const char **reason);

#endif
