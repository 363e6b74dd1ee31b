/*
 * Lists the words in simulated memory that a memory manager relies on, for tests that corrupt them.
 * Each word is listed once, under the structure that it belongs to, with its meaningful bits.
 */
#ifndef SUPPORT_METADATA_H
#define SUPPORT_METADATA_H

#include <mm/mm.h>

enum metadata_place {
    PLACE_PAGE_TABLES, /* directories and tables, of the kernel and of processes */
    PLACE_OWNERS,      /* the map of frame owners */
    PLACE_STATE,       /* a strategy's state: list heads, summaries, counts, addresses of arrays */
    PLACE_ARRAYS,      /* arrays with an entry for each frame: bits, links, holders */
    PLACE_HEADERS,     /* block headers, links of free blocks, sizes at their ends */
    PLACE_SLABS,       /* heads of slabs, bits of slabs in their pages, links of chunks */
    PLACE_PROCESSES,   /* control pages: the process and its regions */
    PLACE_RED_ZONES,   /* the first word of a red zone */
    PLACE_COUNT
};

extern const char *const metadata_names[PLACE_COUNT];

struct metadata_word {
    uint32_t address; /* kernel address */
    uint32_t memory;  /* physical address */
    uint32_t bits;    /* the bits that have a meaning */
    enum metadata_place place;
};

struct metadata {
    struct metadata_word *word;
    uint32_t count;
    uint32_t room;
};

/*
 * Lists all words of a memory manager. Words whose value nobody reads before it is written are left
 * out: the rest of a carved page, a slab magazine's entries beyond its count, links of slabs that
 * are on no list, the name and the room at the end of a slab_cache, the bits accessed and dirty in
 * the entry of a page.
 */
void metadata_list(struct metadata *metadata, struct mm *mm);

/* Adds the first word of the red zone of a live block. */
void metadata_add_red_zone(struct metadata *metadata, vaddr_t block, uint32_t usable_bytes);

void metadata_free(struct metadata *metadata);

#endif
