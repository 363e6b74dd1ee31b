/* Runs a program on the simulated machine. */
#ifndef MMU_SIMULATOR_H
#define MMU_SIMULATOR_H

#include "program.h"

/* The physical address of the arena, here and in the image. It lies above everything that a boot
   loader puts into low memory. */
#define SIMULATOR_ARENA 0x02000000u

/* Faults that can be planted in the simulator, to check that the tool finds them. */
enum simulator_fault {
    SIMULATOR_SOUND,
    SIMULATOR_IGNORES_WP,
    SIMULATOR_IGNORES_USER,
    SIMULATOR_SETS_NO_DIRTY
};

/* Create the machine. Returns false if the host refuses; machine_error() has the reason. */
bool simulator_start(enum simulator_fault fault);

/* Run a program. Sets the outcomes of its accesses, in order, and its checksum. */
void simulator_run(struct program *program, struct probe_outcome *outcome);

#endif
