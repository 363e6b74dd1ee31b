/* Which mmsim this is: what a report of a fault should begin with. */
#ifndef COMMAND_VERSION_H
#define COMMAND_VERSION_H

#include <stdio.h>

/* "mmsim VERSION (with zstd, without xz, ...)": the version, and the optional libraries it has or
 * not. */
void version_print(FILE *out);

#endif
