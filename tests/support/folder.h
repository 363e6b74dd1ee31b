/* A folder for one test, and what is in it. */
#ifndef SUPPORT_FOLDER_H
#define SUPPORT_FOLDER_H

#include <stddef.h>

#define FOLDER_PATH_BYTES 320u

struct folder {
    char path[FOLDER_PATH_BYTES];
};

/* A new one, empty, in `parent`. */
struct folder folder_make(const char *parent);

/* The path of a name in it. */
struct folder folder_name(const struct folder *folder, const char *name);

/* Fails the test unless these are the names in it, separated by blanks, in any order. */
void folder_assert_holds(const struct folder *folder, const char *names);

/* Remove it, with what is in it. */
void folder_remove(const struct folder *folder);

#endif
