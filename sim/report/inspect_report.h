/* What the page tables in a dump of physical memory map: as text, as JSON, as a drawing. */
#ifndef REPORT_INSPECT_REPORT_H
#define REPORT_INSPECT_REPORT_H

#include <stdio.h>

#include "machine/dump.h"
#include "replay/text_out.h"

/* A dump, its tables, and the walks to the addresses that were asked for. */
struct inspection {
    const char *name;
    const struct dump *dump;
    struct mmu_tables tables;
    struct mmu_outside outside;
    const struct dump_walk *walks;
    uint32_t walk_count;
};

struct rights_text {
    char text[4];
};

/* The rights in `flags`, as `info mem` writes them: "ur-" */
struct rights_text inspect_rights(uint32_t flags);

/* Print the lines of QEMU's `info mem`, byte for byte. */
void inspect_print_ranges(const struct mmu_tables *tables, FILE *out);

/* Print a line for each range that is physically contiguous, under a line of headings. */
void inspect_print_pages(const struct mmu_tables *tables, FILE *out);

/* Print the steps of one walk, where it ends, and the result of each kind of access. */
void inspect_print_walk(const struct dump_walk *walk, uint32_t cr3, uint32_t cr4, FILE *out);

/* Print everything as one JSON object. */
void inspect_print_json(const struct inspection *inspection, FILE *file);

/* Draw the 4 GiB as SVG 1.1. */
void inspect_put_svg(const struct inspection *inspection, const struct text_out *out);

#endif
