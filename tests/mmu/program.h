/* A case of a probe program in memory, while it is made, shrunk, printed. */
#ifndef MMU_PROGRAM_H
#define MMU_PROGRAM_H

#include "i386/probe_program.h"

struct program {
    struct probe_case head; /* number, steps, accesses, directory, cr0, cr4; the rest is 0 */
    struct probe_step step[PROBE_STEPS_MAX];
};

/* Whether the table of an entry may be its directory, too: one whose entries name only tables. */
static inline bool program_is_directory(uint32_t frame)
{
    return frame < 6u || frame == 512u || frame == 513u;
}

/* Its number among the tables; the frame is one. */
static inline uint32_t program_table_number(uint32_t frame)
{
    return frame < 6u ? frame : frame >= 512u ? frame - 506u : frame + 2u;
}

#endif
