/*
 * Frames that the host sees in a special way, wherever the window maps them:
 *
 *   code    A frame in which something was executed. The host executes a copy, in which each
 *           instruction that would not trap and should begins with HLT. The copy is made when the
 *           frame is first executed, and mapped where it is executed. The frame itself is as the
 *           guest wrote it, for whoever reads it through another mapping, for emulated reads and
 * for the parent. It is read-only: a store traps, and makes the frame data again. mixed   A frame
 * that has code and data, or becomes one and the other in turn. It is data to the host; what is
 * executed there is interpreted. table   In checking mode, a frame that a walk went through as a
 * page directory or page table. Read-only to the host: a store traps, is emulated, and the oracle
 * hears of it.
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
    uint32_t va;     /* of the page where it is executed */
    uint32_t across; /* of an instruction that goes on in this page; 0: none */
    bool mixed;      /* what must be replaced may be data */
    bool has_fpu;
    uint64_t known[PAGE_BITS_WORDS];    /* EIP was here */
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

/* The host refuses to execute what is at va, in this frame: make it code, or sweep it again where
   that is not known as an instruction's start. Maps it executable, unless it is mixed. eip is of
   the instruction, which may begin in the page before. */
void frames_execute(uint32_t frame, uint32_t va, uint32_t eip);

/* The guest goes on at this linear address: if that is in a code frame, an instruction begins
 * there.
 */
void frames_arrive(uint32_t eip);

/* Must the instruction at this linear address be interpreted, since some of it may lie in a mixed
   frame? */
bool frames_is_mixed_at(uint32_t eip);

/* The guest stores to a code frame natively, by an instruction at eip. It is data again, and the
   store can be repeated. */
void frames_become_data(uint32_t frame, uint32_t eip);

/* An emulated store, or a single step, has changed memory of a code frame. */
void frames_written(uint32_t frame);

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
