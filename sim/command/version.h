/* The version of the program, with which a report of a fault should begin. */
#ifndef COMMAND_VERSION_H
#define COMMAND_VERSION_H

#include <stdio.h>

/* Print "mmsim VERSION (with zstd, without xz, ...)": the version, and which optional libraries it
 * was built with. */
void version_print(FILE *out);

#endif
