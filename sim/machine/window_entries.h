/*
 * The table of the window's entries: bounded, in the order in which they were added, each found by
 * its address in constant time. Entries never overlap. The host's mappings are window.c's.
 */
#ifndef MACHINE_WINDOW_ENTRIES_H
#define MACHINE_WINDOW_ENTRIES_H

#include <mm/types.h>

#define LARGE_PAGES (1u << (32u - LARGE_PAGE_SHIFT))

struct window_entry {
    vaddr_t va; /* start of the page */
    paddr_t pa;
    uint32_t page_bytes;
    bool global;
    bool writable;
    uint32_t allows;          /* ACCESS_BIT() of accesses that need no further walk */
    uint32_t directory_entry; /* as the walk that filled it read them */
    uint32_t table_entry;
    uint32_t withheld;     /* ACCESS_BIT() of accesses that it allows, and that trap all the same */
    uint32_t shown;        /* ACCESS_BIT() of accesses that the host's mapping allows */
    uint32_t reported;     /* ACCESS_BIT() of accesses whose stale use was reported */
    uint32_t older, newer; /* entry numbers in a ring; number 0 is its head */
    uint32_t same_frame_next,
        same_frame_previous; /* of those that begin at the same frame; 0: none */
};

struct window_entries {
    struct window_entry *entry; /* [bound + 1] */
    uint32_t *of_page;          /* [2^20]: number of the 4 KiB entry of a page; 0: none */
    uint32_t *of_large_page;    /* [LARGE_PAGES]: number of the 4 MiB entry; 0: none */
    uint32_t *of_frame;         /* [FRAMES_MAX]: number of one that begins at the frame; 0: none */
    uint32_t bound;
    uint32_t count;
    uint32_t globals;
    uint32_t unused; /* numbers from here on were never used */
    uint32_t freed;  /* removed entries, linked by `newer`; 0: none */
};

/* An empty table. false: the host has no address space for it. */
bool window_entries_create(struct window_entries *entries, uint32_t bound);
void window_entries_destroy(struct window_entries *entries);

/* The entry that covers va, or NULL. */
struct window_entry *window_entries_find(const struct window_entries *entries, vaddr_t va);

/* Some entry that overlaps the page of page_bytes at va, or NULL. O(page_bytes / PAGE_SIZE). */
struct window_entry *window_entries_overlap(const struct window_entries *entries, vaddr_t va,
                                            uint32_t page_bytes);

/* The entry that came first, or NULL; and the one that came next after an entry, or NULL. */
struct window_entry *window_entries_oldest(const struct window_entries *entries);
struct window_entry *window_entries_next(const struct window_entries *entries,
                                         const struct window_entry *entry);

/* The entries that show a frame, in any order: the first one where `previous` is NULL, else the one
   after `previous`; NULL after the last. Constant time, apart from entries of other frames that
   begin at the same 4 MiB. */
struct window_entry *window_entries_showing(const struct window_entries *entries, pfn_t frame,
                                            const struct window_entry *previous);

/* Add an entry (links aside) that overlaps none; count < bound. */
void window_entries_add(struct window_entries *entries, const struct window_entry *added);

void window_entries_remove(struct window_entries *entries, struct window_entry *entry);

#endif
