/* A case of a probe program in memory. */
#ifndef MMU_PROGRAM_H
#define MMU_PROGRAM_H

#include "i386/probe_program.h"

struct program {
    struct probe_case head; /* number, steps, accesses, directory, cr0, cr4; the rest is 0 */
    struct probe_step step[PROBE_STEPS_MAX];
};

/* Returns true if a frame may be a directory: its entries name only tables. */
static inline bool program_is_directory(uint32_t frame)
{
    return frame < 6u || frame == 512u || frame == 513u;
}

/* Returns the number of a table, which is in this frame. */
static inline uint32_t program_table_number(uint32_t frame)
{
    return frame < 6u ? frame : frame >= 512u ? frame - 506u : frame + 2u;
}

#endif
