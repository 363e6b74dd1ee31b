/*
 * Frames that the window does not map as plain memory. There are three kinds:
 *
 * - Code: the guest executed something in the frame. The host executes a copy, in which HLT
 *   replaces the first byte of each instruction that must trap and would not. The copy is made when
 *   the frame is first executed, and is mapped at the address where it is executed. Other mappings,
 *   emulated reads and the parent see the frame itself, as the guest wrote it. It is read-only: a
 *   store traps and makes the frame data again.
 * - Mixed: the frame has code and data, or alternates between them. The host maps it as data, and
 *   instructions in it are interpreted.
 * - Table: in checking mode, a walk used the frame as a page directory or page table. It is
 *   read-only to the host: a store traps, is emulated, and is reported to the oracle.
 *
 * All other frames are mapped as the arena's own memory, and are never executable.
 */
#ifndef RUNNER_FRAMES_H
#define RUNNER_FRAMES_H

#include "runner/cpu.h"

#define PAGE_BITS_WORDS (PAGE_SIZE / 64u)

/* A frame with code. Each bitmap has a bit for each offset in the page. */
struct code_frame {
    uint32_t frame;
    uint32_t va;     /* the page where it is executed */
    uint32_t across; /* the address of an instruction that extends into this page; 0: none */
    bool mixed;      /* an instruction that must be replaced may be data */
    bool has_fpu;    /* a bit is set in fpu */
    uint64_t known[PAGE_BITS_WORDS];    /* EIP has been here */
    uint64_t start[PAGE_BITS_WORDS];    /* an instruction begins here */
    uint64_t replaced[PAGE_BITS_WORDS]; /* HLT replaces a sensitive instruction, or is a stop */
    uint64_t fpu[PAGE_BITS_WORDS];      /* HLT replaces it while CR0.TS or EM is set */
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

/* Creates the file for the copies of code, and installs the window's overlay, so call it after the
   window is created. Returns false and sets *reason if the host refuses. */
bool frames_create(const char **reason);

/* Returns the code of a frame, or NULL if the frame is not a code frame. */
struct code_frame *frames_code(uint32_t frame);

/* Tells if the frame is a code frame or a table. */
bool frames_is_special(uint32_t frame);

/*
 * Handles the host's refusal to execute the bytes at va, which are in this frame: makes it a code
 * frame, or sweeps it again if no instruction was known to start at eip. Maps it executable, unless
 * the frame is mixed. eip is the linear address of the instruction, which may begin in the page
 * before va. A sweep decodes the whole page.
 */
void frames_execute(uint32_t frame, uint32_t va, uint32_t eip);

/* Records that the guest continues at this linear address: if it is in a code frame, an instruction
   begins there. */
void frames_arrive(uint32_t eip);

/* Tells if the instruction at this linear address has to be interpreted, because a part of it may
   lie in a mixed frame. */
bool frames_is_mixed_at(uint32_t eip);

/* Makes a code frame data, so that a native store by the instruction at eip can be repeated. */
void frames_become_data(uint32_t frame, uint32_t eip);

/* Makes a code frame data after an emulated store or a single step has changed it. */
void frames_written(uint32_t frame);

/* In checking mode: watches the directory and the table that a walk used. At most 4,096 tables are
   watched; further ones are not. */
void frames_walked(const struct mmu_walk *walk);

/* Ends the watch over all tables: CR3 was loaded, or the TLB was flushed. */
void frames_tables_forget(void);

bool frames_is_table(uint32_t frame);

/* Maps the page of va, which belongs to this entry, as the frame's kind requires; with `open`, as
   the arena's memory with all rights. Ends the process by turn_fail() if the host refuses. */
void frames_show_page(const struct window_entry *entry, uint32_t va, bool open);

/* Maps all code frames with FPU instructions again, after a change of CR0.TS or EM. */
void frames_fpu_changed(void);

/* Make all code frames data, or one frame if it is code: the parent has written memory, or has
   changed the stops. The TLB stays, so that a stop between a change of the page tables and a stale
   use hides nothing. */
void frames_forget_code(void);
void frames_forget_code_in(uint32_t frame);

#endif
