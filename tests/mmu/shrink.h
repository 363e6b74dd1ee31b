/* Finds the shortest program that still shows a difference, by delta debugging (A. Zeller, R.
   Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002), many candidates in each
   boot.
 */
#ifndef MMU_SHRINK_H
#define MMU_SHRINK_H

#include "boot.h"

struct shrink_setting {
    const char *script, *image; /* for boot_run() */
    const char *module;         /* the path of a file that it may write */
};

/*
 * Shrink a program that shows the difference until no step can be left out. *program and
 * *difference are then those of the short program. A candidate that would access a stale page is
 * not tried.
 */
void shrink_run(const struct shrink_setting *setting, struct program *program,
                struct boot_difference *difference);

#endif
