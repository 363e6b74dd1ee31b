/*
 * Frames that the host sees in a special way, wherever the window maps them:
 *
 *   code    A frame in which something was executed. The host executes a copy, in which each
 *           instruction that would not trap and should begins with HLT. The frame itself is as the
 *           guest wrote it, for whoever reads it through another mapping, for emulated reads and for
 *           the parent. The copy is made when the frame is first executed, and the frame is
 *           read-only from then on: a store traps, and goes to both.
 *   table   In checking mode, a frame that a walk went through as a page directory or page table.
 *           Read-only to the host: a store traps, is emulated, and the oracle hears of it.
 *
 * Other frames are the arena's own memory, and never executable.
 */
#ifndef RUNNER_FRAMES_H
#define RUNNER_FRAMES_H

#include "runner/cpu.h"

#define PAGE_BITS_WORDS (PAGE_SIZE / 64u)

/* What is known of a frame with code: bits by the offset of an instruction's first byte. */
struct code_frame {
    uint32_t frame;
    uint32_t va;                        /* of the page, when it was swept */
    uint32_t writes;                    /* since it was executed last */
    uint32_t drops;                     /* how often it became data again */
    bool has_fpu;
    uint64_t start[PAGE_BITS_WORDS];    /* an instruction begins here */
    uint64_t replaced[PAGE_BITS_WORDS]; /* by HLT: it is sensitive, or a stop is there */
    uint64_t fpu[PAGE_BITS_WORDS];      /* by HLT while CR0.TS or EM is set */
};

static inline bool bit_get(const uint64_t *bits, uint32_t index)
{
    return bits[index / 64u] >> index % 64u & 1u;
}

static inline void bit_set(uint64_t *bits, uint32_t index)
{
    bits[index / 64u] |= UINT64_C(1) << index % 64u;
}

static inline void bit_clear(uint64_t *bits, uint32_t index)
{
    bits[index / 64u] &= ~(UINT64_C(1) << index % 64u);
}

/* false: the host refuses. The runner's window must be there. */
bool frames_create(const char **reason);

/* The frame as code; NULL: it is not. */
struct code_frame *frames_code(uint32_t frame);
bool frames_is_special(uint32_t frame);

/* Something is executed at eip, in this frame: make it code, or sweep it again from eip where that
   is not known as an instruction's start. Maps it executable in its entries. */
void frames_execute(uint32_t frame, uint32_t eip);

/* The guest stores to a code frame natively: may it become data again? true: it has, and the store
   can be repeated. false: the store is to be emulated. */
bool frames_code_yields(uint32_t frame);

/* An emulated store, or a single step, has changed memory within a page. */
void frames_written(uint32_t pa, uint32_t bytes);

/* Checking mode: a walk went through these entries. And: CR3 was loaded. */
void frames_walked(const struct mmu_walk *walk);
void frames_tables_forget(void);
bool frames_is_table(uint32_t frame);

/* Map one page of an entry as its frame is now. open: with all rights, from the arena. */
void frames_show_page(const struct window_entry *entry, uint32_t va, bool open);

/* CR0.TS or EM changed. */
void frames_fpu_changed(void);

/* The parent wrote memory, or changed the stops. */
void frames_forget(void);
void frames_stops_changed(void);

#endif
