/*
 * Source lines of addresses, from the files' DWARF (by libdw). Without the library, and for files
 * without DWARF, there are none.
 */
#ifndef KERNEL_LINES_H
#define KERNEL_LINES_H

#include "kernel/elf_file.h"

struct source_line {
    const char *file; /* its name, without folders; belongs to the lines */
    uint32_t line;
};

struct lines; /* of one or several files */

/* Never NULL. */
struct lines *lines_create(void);

/* The file outlives the lines. It is read when the first line is looked up. */
void lines_add(struct lines *lines, const struct elf_file *file);

void lines_destroy(struct lines *lines); /* NULL is ignored */

/* false: not known. */
bool lines_find(struct lines *lines, uint32_t va, struct source_line *line);

/* What to do to see lines, where this program cannot read them; NULL: it can. */
const char *lines_missing(void);

#endif
