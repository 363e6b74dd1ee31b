/* Which mmsim this is: what a report of a fault should begin with. */
#ifndef COMMAND_VERSION_H
#define COMMAND_VERSION_H

#include <stdio.h>

/* "mmsim VERSION (with zstd, xz)": the version, and the optional libraries it was built with. */
void version_print(FILE *out);

#endif
