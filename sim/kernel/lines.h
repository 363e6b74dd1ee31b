/*
 * Source lines of addresses, from the DWARF of files (read by libdw). In a build without libdw, and
 * for files without DWARF, no lines are found.
 */
#ifndef KERNEL_LINES_H
#define KERNEL_LINES_H

#include "kernel/elf_file.h"

struct source_line {
    const char *file; /* file name without folders; belongs to the struct lines */
    uint32_t line;
};

struct lines; /* the lines of one or several files */

/* Create an empty collection. Never returns NULL. */
struct lines *lines_create(void);

/* Add a file, which must outlive the collection. It is read at the first search. */
void lines_add(struct lines *lines, const struct elf_file *file);

void lines_destroy(struct lines *lines); /* NULL is ignored */

/* Find the source line of an address. Returns false when it is not known. */
bool lines_find(struct lines *lines, uint32_t va, struct source_line *line);

/* Returns NULL when this build can read lines, else a text that says what to do to see them. */
const char *lines_missing(void);

#endif
