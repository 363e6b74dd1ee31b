#include "support/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct folder folder_make(const char *parent)
{
    struct folder folder;

    snprintf(folder.path, sizeof folder.path, "%s/mmsim-test-XXXXXX", parent);
    if (mkdtemp(folder.path) == NULL)
        fail_msg("cannot make a temporary directory in %s", parent);
    return folder;
}

struct folder folder_name(const struct folder *folder, const char *name)
{
    struct folder path;

    if ((size_t)snprintf(path.path, sizeof path.path, "%s/%s", folder->path, name) >=
        sizeof path.path)
        fail_msg("%s: the name is too long", name);
    return path;
}

/* Calls visit() for each name. */
static void each_name(const struct folder *folder, void (*visit)(void *context, const char *name),
                      void *context)
{
    DIR *directory = opendir(folder->path);
    const struct dirent *entry;

    assert_non_null(directory);
    while ((entry = readdir(directory)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            visit(context, entry->d_name);
    closedir(directory);
}

struct counting {
    const char *names;
    char unexpected[64]; /* the last unexpected name, or "" */
    size_t expected;
};

static bool is_among(const char *names, const char *name)
{
    size_t bytes = strlen(name);

    for (const char *at = names; *at != '\0'; at += strspn(at, " ")) {
        size_t word = strcspn(at, " ");
        if (word == bytes && memcmp(at, name, bytes) == 0)
            return true;
        at += word;
    }
    return false;
}

static void count_name(void *context, const char *name)
{
    struct counting *counting = context;

    if (is_among(counting->names, name))
        counting->expected++;
    else
        snprintf(counting->unexpected, sizeof counting->unexpected, "%.60s", name);
}

static size_t words(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += *text != ' ' && (text[1] == ' ' || text[1] == '\0');
    return count;
}

void folder_assert_holds(const struct folder *folder, const char *names)
{
    struct counting counting = {names, "", 0};

    each_name(folder, count_name, &counting);
    if (counting.unexpected[0] != '\0' || counting.expected != words(names))
        fail_msg("expected the files \"%s\"; found %zu of them, and also \"%s\"", names,
                 counting.expected, counting.unexpected);
}

static void remove_name(void *context, const char *name)
{
    struct folder path = folder_name(context, name);

    unlink(path.path);
}

void folder_remove(const struct folder *folder)
{
    struct folder copy = *folder;

    each_name(folder, remove_name, &copy);
    rmdir(folder->path);
}
