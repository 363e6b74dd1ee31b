/* The map of virtual memory under a strategy, read from the page tables of a machine that has just
 * started, and from the machine where it needs no tables. */
#ifndef LAB_LAYOUT_MAP_H
#define LAB_LAYOUT_MAP_H

#include <mm/mm.h>

#define LAYOUT_ROWS_MAX   48u
#define LAYOUT_WHAT_BYTES 40u

/* The memory of the display in QEMU's PC. */
#define LAYOUT_DISPLAY       0xfd000000u
#define LAYOUT_DISPLAY_BYTES 0x01000000u

struct layout_row {
    uint32_t start;
    uint64_t end;   /* exclusive */
    uint32_t depth; /* 0, or 1: part of the last row of depth 0 */
    char what[LAYOUT_WHAT_BYTES];
    uint64_t mapped_bytes;
    uint32_t page_sizes; /* the sum of the sizes that occur: PAGE_SIZE, LARGE_PAGE_SIZE; 0 if the
                            machine maps the row without page tables */
    uint32_t flags_any;  /* flags that some page has: PAGING_WRITABLE, PAGING_USER, ... */
    uint32_t flags_all;  /* flags that every page has */
};

struct layout_map {
    uint32_t count;
    struct layout_row row[LAYOUT_ROWS_MAX];
};

/* Start a machine of this map under a strategy. The display is mapped, unless RAM is there, and the
 * current process is a small program. Then read the tables. Returns false with the *reason. */
bool layout_map_read(struct layout_map *layout, const struct strategy *strategy,
                     const struct memmap *map, const char **reason);

#endif
