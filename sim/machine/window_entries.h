/*
 * The table of the window's entries. It is bounded, keeps the order in which entries were added,
 * and finds each by its address in constant time. Entries never overlap. window.c makes the host's
 * mappings.
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
    uint32_t directory_entry; /* both entries as the walk read them */
    uint32_t table_entry;
    uint32_t withheld;     /* ACCESS_BIT() of allowed accesses that trap all the same */
    uint32_t shown;        /* ACCESS_BIT() of accesses that the host's mapping allows */
    uint32_t reported;     /* ACCESS_BIT() of accesses whose stale use was reported */
    uint32_t older, newer; /* entry numbers in a ring; number 0 is its head */
    uint32_t same_frame_next,
        same_frame_previous; /* list of the entries that begin at the same frame; 0: none */
};

struct window_entries {
    struct window_entry *entry; /* [bound + 1] */
    uint32_t *of_page;          /* [2^20]: number of the 4 KiB entry of a page; 0: none */
    uint32_t *of_large_page;    /* [LARGE_PAGES]: number of the 4 MiB entry; 0: none */
    uint32_t *of_frame;         /* [FRAMES_MAX]: number of an entry that begins at the frame; 0:
                                   none */
    uint32_t bound;
    uint32_t count;
    uint32_t globals;
    uint32_t unused; /* numbers from here on were never used */
    uint32_t freed;  /* removed entries, linked by `newer`; 0: none */
};

/* Create an empty table. Returns false when the host has no address space for it. */
bool window_entries_create(struct window_entries *entries, uint32_t bound);
void window_entries_destroy(struct window_entries *entries);

/* Returns the entry that covers va, or NULL. */
struct window_entry *window_entries_find(const struct window_entries *entries, vaddr_t va);

/* Returns an entry that overlaps the page of page_bytes at va, or NULL. O(page_bytes /
   PAGE_SIZE). */
struct window_entry *window_entries_overlap(const struct window_entries *entries, vaddr_t va,
                                            uint32_t page_bytes);

/* Return the entry that was added first, and the entry that was added after `entry`; NULL when
   there is none. */
struct window_entry *window_entries_oldest(const struct window_entries *entries);
struct window_entry *window_entries_next(const struct window_entries *entries,
                                         const struct window_entry *entry);

/* Iterate over the entries that map a frame, in any order. Returns the first one when `previous` is
   NULL, else the one after `previous`; NULL after the last. Constant time, apart from entries of
   other frames that begin at the same 4 MiB. */
struct window_entry *window_entries_showing(const struct window_entries *entries, pfn_t frame,
                                            const struct window_entry *previous);

/* Add a copy of an entry, whose links are ignored. It must overlap no entry, and count must be
   below bound. */
void window_entries_add(struct window_entries *entries, const struct window_entry *added);

void window_entries_remove(struct window_entries *entries, struct window_entry *entry);

#endif
