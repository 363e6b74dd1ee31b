/* What the simulated machine makes of a program. */
#ifndef MMU_SIMULATOR_H
#define MMU_SIMULATOR_H

#include "program.h"

/* Physical address of the arena, here and in the image: above what a loader puts at the bottom. */
#define SIMULATOR_ARENA 0x02000000u

/* Ways to make the simulator wrong on purpose, to see that it is noticed. */
enum simulator_fault {
    SIMULATOR_SOUND,
    SIMULATOR_IGNORES_WP,
    SIMULATOR_IGNORES_USER,
    SIMULATOR_SETS_NO_DIRTY
};

/* Create the machine. false: the host refuses; machine_error() says why. */
bool simulator_start(enum simulator_fault fault);

/* Run a program: its accesses' outcomes, in their order, and its checksum. */
void simulator_run(struct program *program, struct probe_outcome *outcome);

#endif
