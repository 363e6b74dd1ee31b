#include "command/version.h"

#include "lab/fingerprint.h"

#define VERSION "1.0"

#ifdef HAVE_ZSTD
#define ZSTD "with"
#else
#define ZSTD "without"
#endif

#ifdef HAVE_LZMA
#define LZMA "with"
#else
#define LZMA "without"
#endif

#ifdef HAVE_JANSSON
#define JANSSON "with"
#else
#define JANSSON "without"
#endif

void version_print(FILE *out)
{
    fprintf(out,
            "mmsim " VERSION " (" ZSTD " zstd, " LZMA " xz, " JANSSON " jansson), sources %s\n",
            fingerprint);
}
