/* A folder for one test. */
#ifndef SUPPORT_FOLDER_H
#define SUPPORT_FOLDER_H

#include <stddef.h>

#define FOLDER_PATH_BYTES 320u

struct folder {
    char path[FOLDER_PATH_BYTES];
};

/* Creates a new, empty folder in `parent`. */
struct folder folder_make(const char *parent);

/* Returns the path of `name` in the folder. */
struct folder folder_name(const struct folder *folder, const char *name);

/* Fails the test unless the folder holds exactly these names, separated by blanks, in any order. */
void folder_assert_holds(const struct folder *folder, const char *names);

/* Removes the folder and its files. */
void folder_remove(const struct folder *folder);

#endif
