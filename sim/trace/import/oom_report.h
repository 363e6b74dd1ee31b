/*
 * Reads what Linux prints about its memory when a request fails, when the oom-killer runs, or when
 * somebody asks (Alt-SysRq-m), and /proc/buddyinfo and /proc/pagetypeinfo. A log may have several
 * reports; one of them is kept.
 */
#ifndef TRACE_OOM_REPORT_H
#define TRACE_OOM_REPORT_H

#include "import_log.h"

#define OOM_ORDERS_MAX   24u /* with pages of 64 KiB, Linux has 14 */
#define OOM_ZONES_MAX    160u
#define OOM_RESERVES_MAX 8u

/* The zones of Linux, from the lowest memory on. ZONE_DEVICE has no free lists. */
enum oom_kind { OOM_DMA, OOM_DMA32, OOM_NORMAL, OOM_HIGHMEM, OOM_MOVABLE, OOM_KIND_COUNT };

extern const char *const oom_kind_names[OOM_KIND_COUNT];

/* The sizes of a zone's line, in KiB. */
enum oom_size {
    OOM_FREE,
    OOM_MIN,
    OOM_PRESENT,
    OOM_MANAGED,
    OOM_ANON,
    OOM_FILE,
    OOM_LRU, /* pages of processes and files, in kernels that do not tell them apart */
    OOM_SLAB,
    OOM_TABLES,
    OOM_STACKS,
    OOM_SIZE_COUNT
};

struct oom_zone {
    uint32_t node;
    enum oom_kind kind;
    bool has_sizes;
    bool has_blocks;
    uint64_t kib[OOM_SIZE_COUNT];
    uint64_t reserve[OOM_RESERVES_MAX]; /* pages, by the highest zone of the request */
    uint32_t reserves;
    uint32_t page_kib;
    uint64_t blocks[OOM_ORDERS_MAX];
    uint64_t usual[OOM_ORDERS_MAX]; /* of those, whose types are not all of special use: CMA,
                                       high-order atomic, isolated; as far as they are named */
    uint64_t pageblocks;            /* of /proc/pagetypeinfo */
    uint64_t pageblocks_movable;
};

enum oom_source { OOM_FAILURE, OOM_KILLER, OOM_MEM_INFO, OOM_BUDDYINFO, OOM_PAGETYPEINFO };

#define OOM_TEXT_BYTES 128u

struct oom_report {
    enum oom_source source;
    uint64_t line; /* the first */
    uint32_t order;
    char gfp[OOM_TEXT_BYTES];
    char task[OOM_TEXT_BYTES];
    uint64_t global_pages[OOM_SIZE_COUNT]; /* OOM_SLAB, OOM_TABLES: of all zones */
    uint64_t pageblock_pages;
    uint32_t zone_count;
    struct oom_zone zones[OOM_ZONES_MAX];
};

static inline bool oom_has_request(const struct oom_report *report)
{
    return report->source <= OOM_KILLER;
}

struct oom_reader {
    struct import_log *log;
    uint64_t wanted;  /* number of the report to keep, from 1 */
    uint64_t count;   /* reports with free blocks so far */
    uint64_t without; /* reports without free blocks */
    uint64_t other_lines;
    struct oom_report kept; /* once count >= wanted */
    struct oom_report now;
    bool reading;           /* now has begun */
    struct oom_zone *sizes; /* the zone whose sizes may go on */
    struct oom_zone *open;  /* the zone whose blocks go on */
    uint32_t open_order;
    bool counts_types; /* lines of /proc/pagetypeinfo count blocks of pages by type */
    uint32_t movable_column;
};

/* Takes a line. false after import_log_bad(). O(length). */
bool oom_take_line(struct oom_reader *reader, struct line_rest line);

/* Ends the last report. false after import_log_bad(), and after the line is counted as skipped: the
   list of blocks that it ends in has no sum. */
bool oom_end(struct oom_reader *reader);

#endif
