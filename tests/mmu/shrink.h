/* Finds the shortest program that still shows a difference, by delta debugging (A. Zeller, R.
   Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002), many candidates a boot.
 */
#ifndef MMU_SHRINK_H
#define MMU_SHRINK_H

#include "boot.h"

struct shrink_setting {
    const char *script, *image; /* for boot_run() */
    const char *module;         /* a file of its own to write */
};

/*
 * Shrink a program that differs as *difference says, until no step can be left out. Both are then
 * those of the short one. A candidate that would owe something to the TLB is none.
 */
void shrink_run(const struct shrink_setting *setting, struct program *program,
                struct boot_difference *difference);

#endif
