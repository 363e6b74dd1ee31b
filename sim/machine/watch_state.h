/*
 * Which bytes of the window may be accessed, kept beside the tool's own state: a tool forgets its
 * state of a page whenever the host maps something there, and the window maps pages as a TLB is
 * filled. The state belongs to a virtual address, not to the frame behind it.
 *
 *     page      open: all may access it, its values are known; closed: nobody may; or mixed:
 *     granule   of 8 bytes of a mixed page: 0: open; 1-7: the first so many are; 255: closed
 *
 * A page of which a live block has a part is mixed: only there does a tool keep unknown values.
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
    /* Of each 4 MiB, a table of bytes as above; NULL: no page there was ever mixed. */
    uint8_t *granule[WATCH_GROUPS];
    unsigned char *bits; /* of mixed pages one after the other, while the host maps something */
    uint64_t bits_bytes; /* of these that there are, */
    uint64_t bits_done;  /* and so many are saved, or restored */
};

/* All is open. false: the host has no address space for it. */
bool watch_state_create(struct watch_state *state, enum watch_tool tool, unsigned char *base);

/* All is open again, for the tool, too. */
void watch_state_reset(struct watch_state *state);
void watch_state_destroy(struct watch_state *state);

/* Forbid all accesses to [start, start + bytes), or allow them. Whole pages, up to the end of 4
 * GiB. */
void watch_state_close(struct watch_state *state, uint32_t start, uint32_t bytes);
void watch_state_open(struct watch_state *state, uint32_t start, uint32_t bytes);

/* Open a page if it is closed. */
void watch_state_open_closed(struct watch_state *state, uint32_t page_start);

/*
 * A block begins or ends, or gets another size where it is. start is a multiple of WATCH_GRANULE.
 * What else is in its pages is closed, if it was open: a heap's headers and free blocks.
 */
void watch_state_block_begin(struct watch_state *state, uint32_t start, uint32_t bytes);
void watch_state_block_end(struct watch_state *state, uint32_t start, uint32_t bytes);
void watch_state_block_resize(struct watch_state *state, uint32_t start, uint32_t old_bytes,
                              uint32_t bytes);

/* May this byte be accessed? */
bool watch_state_is_open(const struct watch_state *state, uint32_t address);

/* The values there are known: they were written other than by a plain store. */
void watch_state_stored(struct watch_state *state, uint32_t start, uint32_t bytes);

/* Around a change of the host's mappings of whole pages in the window, [start, end): between the
   two, the tool takes them for accessible. O(pages), and 4096 steps for each mixed page. */
void watch_state_save(struct watch_state *state, uint32_t start, uint64_t end);
void watch_state_restore(struct watch_state *state, uint32_t start, uint64_t end);

/* Is there a mixed page? */
bool watch_state_has_mixed(const struct watch_state *state, uint32_t start, uint64_t end);

#endif
