#include "command/version.h"

#include <stddef.h>

#include "trace/compression.h"

#define VERSION "1.0"

void version_print(FILE *out)
{
    const char *zstd = compression_missing(COMPRESSION_ZSTD) == NULL ? "with" : "without";
    const char *xz = compression_missing(COMPRESSION_XZ) == NULL ? "with" : "without";

    fprintf(out, "mmsim " VERSION " (%s zstd, %s xz)\n", zstd, xz);
}
