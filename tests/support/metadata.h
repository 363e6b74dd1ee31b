/*
 * The words in simulated memory by which a memory manager finds its way: for tests that change
 * them. Each is listed once, with the bits of it that say something, under the structure that has
 * it.
 */
#ifndef SUPPORT_METADATA_H
#define SUPPORT_METADATA_H

#include <mm/mm.h>

enum metadata_place {
    PLACE_PAGE_TABLES, /* directories and tables, of the kernel and of processes */
    PLACE_OWNERS,      /* the map of owners of frames */
    PLACE_STATE,       /* a strategy's state: heads of lists, summaries, counts, where arrays are */
    PLACE_ARRAYS,      /* what it keeps of each frame: bits, links, holders */
    PLACE_HEADERS,     /* of blocks, their links, sizes at their ends */
    PLACE_RUNS,        /* heads of runs, bits of slabs in their pages, links of chunks */
    PLACE_PROCESSES,   /* control pages: the process, its regions */
    PLACE_RED_ZONES,   /* where they begin */
    PLACE_COUNT
};

extern const char *const metadata_names[PLACE_COUNT];

struct metadata_word {
    uint32_t address; /* of the kernel */
    uint32_t memory;  /* where that is in physical memory */
    uint32_t bits;    /* that say something */
    enum metadata_place place;
};

struct metadata {
    struct metadata_word *word;
    uint32_t count;
    uint32_t room;
};

/*
 * All words of a memory manager. Left out are those whose value nobody reads before it is written:
 * the rest of a carved page, what a slab's magazine has beyond its count, links of slabs on no
 * list, the name and the room at the end of a slab_cache, the bits accessed and dirty of a page's
 * entry.
 */
void metadata_list(struct metadata *metadata, struct mm *mm);

/* And where the red zone of a live block begins. */
void metadata_add_red_zone(struct metadata *metadata, vaddr_t block, uint32_t usable_bytes);

void metadata_free(struct metadata *metadata);

#endif
