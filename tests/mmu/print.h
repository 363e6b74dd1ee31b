/* Programs and outcomes for people. */
#ifndef MMU_PRINT_H
#define MMU_PRINT_H

#include "boot.h"

#include <stdio.h>

/* A line for the start, one a step from 1 on, and both outcomes. */
void print_difference(FILE *out, const struct program *program,
                      const struct boot_difference *difference);

#endif
