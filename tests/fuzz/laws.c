#include "fuzz/laws.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/scratch.h"

void law_error(const struct sim_error *error, const char *path)
{
    size_t bytes = strlen(path);

    if (strncmp(error->text, path, bytes) != 0 || error->text[bytes] != ':')
        fail_msg("no file in: %s", error->text);
    for (const char *at = error->text; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            fail_msg("control characters in: %s", error->text);
}

void law_no_file(const char *path)
{
    char pattern[128];
    glob_t found;

    snprintf(pattern, sizeof pattern, "%s*", path);
    if (glob(pattern, 0, NULL, &found) != GLOB_NOMATCH)
        fail_msg("%s: was not to be there", found.gl_pathv[0]);
}

void law_same_file(const char *path, const char *other)
{
    FILE *a = fopen(path, "rbe");
    FILE *b = fopen(other, "rbe");
    int byte;

    assert_non_null(a);
    assert_non_null(b);
    do {
        byte = getc(a);
        if (byte != getc(b))
            fail_msg("%s and %s: not the same at offset %ld", path, other, ftell(a) - 1);
    } while (byte != EOF);
    fclose(a);
    fclose(b);
}
