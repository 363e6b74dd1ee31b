/* What the page tables in a dump of physical memory map: as text, as JSON, as a drawing. */
#ifndef REPORT_INSPECT_REPORT_H
#define REPORT_INSPECT_REPORT_H

#include <stdio.h>

#include "machine/dump.h"
#include "machine/page_scan.h"
#include "machine/page_walk.h"
#include "replay/text_out.h"

/* A dump, its tables, and the walks to the addresses that were asked for. */
struct inspection {
    const char *name;
    struct dump *dump;
    struct page_tables tables;
    struct page_scan_result result; /* of the last scan */
    const struct page_walk *walks;
    uint32_t walk_count;
};

struct rights_text {
    char text[5];
};

/* The rights in `flags`: user, read, write, as x86's `info mem` writes them ("ur-"), and execute
   where the mode can forbid it ("ur-x"). */
struct rights_text inspect_rights(const struct paging_mode *mode, uint32_t flags);

/* Print the lines of QEMU's `info mem`, byte for byte: that of its x86, or that of its RISC-V. */
void inspect_print_ranges(const struct page_tables *tables, struct page_scan_result *result,
                          FILE *out);

/* Print a line for each range that is physically contiguous, under a line of headings. */
void inspect_print_pages(const struct page_tables *tables, struct page_scan_result *result,
                         FILE *out);

/* Print the steps of one walk, where it ends, and the result of each kind of access. */
void inspect_print_walk(const struct page_tables *tables, const struct page_walk *walk, FILE *out);

/* Print everything as one JSON object. */
void inspect_print_json(struct inspection *inspection, FILE *file);

/* Draw the address space as SVG 1.1. */
void inspect_put_svg(struct inspection *inspection, const struct text_out *out);

#endif
