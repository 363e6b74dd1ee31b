/*
 * Which bytes of the window may be accessed. This is kept beside the debugger's own state, because
 * a debugger forgets its state of a page whenever the host maps something there, and the window
 * maps pages as a TLB is filled. The state belongs to a virtual address, not to the frame that is
 * mapped there.
 *
 *     page      open: all code may access it, its values are known; closed: no code may; or mixed
 *     granule   8 bytes of a mixed page: 0: open; 1-7: the first 1-7 bytes are open; 255: closed
 *
 * A page is mixed when a live block has a part of it. Only in mixed pages does a debugger track
 * unknown values.
 */
#ifndef MACHINE_WATCH_STATE_H
#define MACHINE_WATCH_STATE_H

#include "machine/watch_tool.h"
#include <mm/types.h>

#define WATCH_GRANULE 8u
#define WATCH_GROUPS  (1u << (32u - LARGE_PAGE_SHIFT))

struct watch_state {
    enum watch_tool tool;
    unsigned char *base; /* of the window */
    uint8_t *page;       /* [2^20]: enum watch_page */
    /* For each 4 MiB a table of one byte per granule; NULL: no page there was ever mixed. */
    uint8_t *granule[WATCH_GROUPS];
    unsigned char *bits; /* saved bits of mixed pages, one after the other, during a change of the
                            host's mappings */
    uint64_t bits_bytes; /* size of `bits` */
    uint64_t bits_done;  /* bytes of `bits` that are saved or restored so far */
};

/* Create a state in which all bytes are open. Returns false when the host has no address space for
   it. */
bool watch_state_create(struct watch_state *state, enum watch_tool tool, unsigned char *base);

/* Open all bytes, also in the debugger's own state. O(pages). */
void watch_state_reset(struct watch_state *state);
void watch_state_destroy(struct watch_state *state);

/* Forbid all accesses to [start, start + bytes), or allow them. The range consists of whole pages
   and ends at 4 GiB or below. O(pages). */
void watch_state_close(struct watch_state *state, uint32_t start, uint32_t bytes);
void watch_state_open(struct watch_state *state, uint32_t start, uint32_t bytes);

/* Open a page if it is closed. */
void watch_state_open_closed(struct watch_state *state, uint32_t page_start);

/*
 * To be called when a block begins or ends, or when its size changes in place. start is a multiple
 * of WATCH_GRANULE. Open bytes in its pages that are outside of blocks are closed: a heap's headers
 * and free blocks. O(bytes).
 */
void watch_state_block_begin(struct watch_state *state, uint32_t start, uint32_t bytes);
void watch_state_block_end(struct watch_state *state, uint32_t start, uint32_t bytes);
void watch_state_block_resize(struct watch_state *state, uint32_t start, uint32_t old_bytes,
                              uint32_t bytes);

/* Returns whether this byte may be accessed. */
bool watch_state_is_open(const struct watch_state *state, uint32_t address);

/* Mark values as known after they were written by other means than a plain store. O(bytes). */
void watch_state_stored(struct watch_state *state, uint32_t start, uint32_t bytes);

/* To be called before and after a change of the host's mappings of whole pages in the window,
   [start, end). Between the two calls, the debugger takes the pages for accessible. O(pages), and
   4096 steps for each mixed page. */
void watch_state_save(struct watch_state *state, uint32_t start, uint64_t end);
void watch_state_restore(struct watch_state *state, uint32_t start, uint64_t end);

/* Returns whether a page of [start, end) is mixed. O(pages). */
bool watch_state_has_mixed(const struct watch_state *state, uint32_t start, uint64_t end);

#endif
