/*
 * All that page tables map, as ranges. The scan reads the tables, makes no access, and sets no
 * flag. It also reports pages behind entries with reserved bits, with a mark; an access to them
 * would fault.
 */
#ifndef MACHINE_PAGE_SCAN_H
#define MACHINE_PAGE_SCAN_H

#include "machine/paging.h"

/*
 * Consecutive pages. The rights in `flags` are those that all entries on the way give; the other
 * flags are those of the last entry.
 *
 * PAGING_SELF_MAP: the pages are behind a self-map, an entry that names the root table or the table
 * that holds the entry (a kernel reads and writes its own tables through it). Behind it, entries
 * are read as those of a lower level, and so the pages are page tables. Their frames need not be
 * contiguous, but they form one range nevertheless, which ends with the self-map's own area.
 *
 * PAGING_REPEATED: all pages of the range are the same frame, as in the shadow of KASAN. Only in
 * modes with more than 32 bits of virtual address.
 */
struct page_range {
    uint64_t va;         /* the lowest va_bits only: paging_canonical() makes the address */
    uint64_t bytes;      /* va + bytes is at most 1 << va_bits */
    uint64_t pa;         /* of va */
    uint64_t page_bytes; /* of each page; with PAGE_MERGE_INFO_MEM on x86, of the first */
    uint32_t flags;
    uint32_t self_index;     /* of the self-map in its table; 0 without PAGING_SELF_MAP */
    uint64_t self_va;        /* where the self-map's area starts; likewise */
    uint64_t accessed_pages; /* pages that differ in these flags still form one range */
    uint64_t dirty_pages;
};

enum page_merge {
    PAGE_MERGE_PAGES,    /* va, pa, page_bytes and flags must continue */
    PAGE_MERGE_INFO_MEM, /* as QEMU's `info mem` does. x86: va, PAGING_WRITABLE and PAGING_USER must
                            continue. RISC-V: va, pa and flags must continue (the accessed and dirty
                            flags, too), inside one table */
};

typedef void page_visit(void *context, const struct page_range *range);

/* So many of the tables outside of memory are kept; the others are counted. */
#define SCAN_OUTSIDE_MAX 1024u

/* A scan that has read so many tables, and found so many ranges, in sum, stops. Sound tables of
   several TiB of memory stay below; tables that name each other in circles may not. */
#define SCAN_WORK_MAX 8000000u

/* What a scan could not read. */
struct page_scan_result {
    bool root_outside; /* the root table is outside of memory, at least in part; its entries inside
                          are used */
    uint64_t outside_count; /* entries that name a table outside of memory, at least in part. What
                               the entries of such a table map that are outside is not known */
    struct page_outside {
        uint64_t va;    /* the first address that the table is for */
        uint32_t level; /* of the entry that names it */
        uint32_t index;
        uint64_t table;
    } outside[SCAN_OUTSIDE_MAX];
    bool stopped;        /* at SCAN_WORK_MAX */
    uint64_t stopped_va; /* what follows from here on was not read */
};

/*
 * Visit all mapped pages by ascending va, in ranges as long as possible.
 *
 * A table that maps one range alone, or nothing, is read once and remembered, so that tables that
 * name themselves at every index, which map all addresses, take no longer than others. In general
 * O(tables * entries), where a table counts as often as it is met, up to SCAN_WORK_MAX.
 */
void page_scan(const struct page_tables *tables, enum page_merge merge, page_visit *visit,
               void *context, struct page_scan_result *result);

#endif
