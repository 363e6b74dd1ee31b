/* The forms in which firmware, boot loaders and kernels print a map of physical memory. */
#ifndef MACHINE_MEMMAP_FORMS_H
#define MACHINE_MEMMAP_FORMS_H

#include <mm/memmap.h>

#include <stddef.h>

enum memmap_found {
    MEMMAP_NOTHING, /* the rest of the line has no range of this form */
    MEMMAP_RANGE,
    MEMMAP_GAP, /* a range without memory, or an empty one */
    MEMMAP_BAD,
};

/* What a line has. */
struct memmap_entry {
    struct memmap_range range;
    const char *heading; /* which table the range belongs to: a part of the line; NULL: the only one
                          */
    size_t heading_bytes;
    bool old;          /* the range is written as before Linux 3.1 */
    const char *wrong; /* MEMMAP_BAD: what is wrong with the line */
};

/* What is wrong with a line that ends behind its range: a mail may have wrapped it. */
#define MEMMAP_NO_TYPE "no type after the range"

struct memmap_form {
    const char *name; /* "the list of GRUB's lsmmap" */
    /* Looks for a range from *at on, in a line that is terminated and has no newline, and moves *at
       behind it. */
    enum memmap_found (*take)(const char **at, struct memmap_entry *entry);
};

/* The forms; the last one has no name. */
extern const struct memmap_form memmap_forms[];

#endif
