/* Prints programs and outcomes in words. */
#ifndef MMU_PRINT_H
#define MMU_PRINT_H

#include "boot.h"

#include <stdio.h>

/* Print a line for the start, one for each step, numbered from 1, and both outcomes. */
void print_difference(FILE *out, const struct program *program,
                      const struct boot_difference *difference);

#endif
