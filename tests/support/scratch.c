#include "support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES_MAX  64u
#define PATH_BYTES 96u

static char directory[] = "/tmp/mmsim-test-XXXXXX";
static char paths[FILES_MAX][PATH_BYTES];
static size_t path_count;
static pid_t owner; /* only this process removes the files, not its children */

static void remove_all(void)
{
    if (getpid() != owner)
        return;
    for (size_t i = 0; i < path_count; i++)
        unlink(paths[i]);
    rmdir(directory);
}

static void make_directory(void)
{
    if (mkdtemp(directory) == NULL)
        fail_msg("cannot make a temporary directory in /tmp");
    owner = getpid();
    atexit(remove_all);
}

const char *scratch_path(const char *name)
{
    char path[PATH_BYTES];

    if (owner == 0)
        make_directory();
    if ((size_t)snprintf(path, sizeof path, "%s/%s", directory, name) >= sizeof path)
        fail_msg("%s: the name is too long", name);
    for (size_t i = 0; i < path_count; i++)
        if (strcmp(paths[i], path) == 0)
            return paths[i];
    assert_true(path_count < FILES_MAX);
    return strcpy(paths[path_count++], path);
}

const char *scratch_bytes(const char *name, const void *data, size_t bytes)
{
    const char *path = scratch_path(name);
    FILE *file = fopen(path, "wbe");

    if (file == NULL || fwrite(data, 1, bytes, file) != bytes || fclose(file) != 0)
        fail_msg("%s: cannot be written", path);
    return path;
}

const char *scratch_text(const char *name, const char *text)
{
    return scratch_bytes(name, text, strlen(text));
}

size_t scratch_read(const char *path, void *data, size_t room)
{
    FILE *file = fopen(path, "rbe");

    if (file == NULL)
        fail_msg("%s: cannot be read", path);
    size_t bytes = fread(data, 1, room, file);
    fclose(file);
    return bytes;
}
