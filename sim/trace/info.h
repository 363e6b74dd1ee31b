/* What is in a trace: `mmsim info`. */
#ifndef TRACE_INFO_H
#define TRACE_INFO_H

#include "live_set.h"
#include "trace_file.h"

#include <stdint.h>

/*
 * ---- lifetimes ----
 *
 * How long blocks and processes live, in events: a count for each power of two, and quantiles from
 * buckets that are a sixteenth of a power of two wide (as in HdrHistogram, G. Tene), so that no
 * single lifetime need be kept.
 */

#define LIFETIME_CLASSES 65u
#define LIFETIME_BUCKETS (16u * 61u)

struct lifetimes {
    uint64_t count;
    uint64_t by_log2[LIFETIME_CLASSES]; /* [k]: lifetimes of (2^(k-1), 2^k] events; [0]: of one */
    uint64_t buckets[LIFETIME_BUCKETS];
};

/* Adds a lifetime: `events` >= 1, from the creating event to the ending one. A zeroed struct
   lifetimes is empty. Constant time. */
void lifetimes_add(struct lifetimes *lifetimes, uint64_t events);

/* The least number of events in which at least `permille` of the lifetimes had ended, rounded up by
   at most a sixteenth; 0: there are no lifetimes. O(buckets) */
uint64_t lifetimes_quantile(const struct lifetimes *lifetimes, uint32_t permille);

/* The k for which a number >= 1 lies in (2^(k-1), 2^k]. */
uint32_t log2_class(uint64_t number);

/* ---- a whole trace ---- */

#define SIZE_CLASSES 33u

struct site_info {
    uint32_t site;        /* SITE_NONE: the allocations that name no site */
    uint64_t allocations; /* kmalloc, pages, vmalloc */
    uint64_t bytes;       /* the sum of what they asked for */
    uint64_t live_bytes;  /* live at the end, with the sizes that krealloc gave them */
    uint64_t peak_bytes;  /* most live at once */
    uint64_t live_allocations;
};

/* [k]: requests of (2^(k-1), 2^k] bytes; [0]: of one byte. */
struct size_histogram {
    uint64_t count[SIZE_CLASSES];
    uint64_t bytes[SIZE_CLASSES]; /* the sum of their sizes */
};

struct trace_info {
    uint64_t events;
    uint64_t by_kind[EVENT_KIND_COUNT];    /* by enum event_kind; [0] is 0 */
    uint64_t peak_live_bytes;              /* kmalloc, pages, vmalloc, mapped, together */
    uint64_t peak_bytes[LIVE_CLASS_COUNT]; /* of each class by itself, at its own time */
    uint64_t end_bytes[LIVE_CLASS_COUNT];  /* live at the end: never freed */
    uint64_t end_count[LIVE_CLASS_COUNT];  /* of LIVE_MAPPED: processes */
    uint32_t slots;                        /* most allocations live at once, at least */
    uint32_t live_allocations;             /* at the end */
    uint32_t live_processes;
    struct size_histogram kmalloc_sizes; /* krealloc's, too */
    struct size_histogram vmalloc_sizes;
    uint64_t orders[ORDER_COUNT];                 /* pages requests of each order */
    uint64_t classes[3];                          /* pages requests of each enum page_class */
    struct lifetimes lifetimes[LIVE_CLASS_COUNT]; /* of what was freed; LIVE_MAPPED: processes */
    uint32_t sites;                               /* different ones that allocations name */
    struct site_info *top_sites; /* by peak_bytes, largest first; SITE_NONE among them */
    uint32_t top_site_count;
};

/* Orders in which sites are listed. Equal sites are ordered by their numbers. */
enum site_rank { SITES_BY_PEAK, SITES_BY_COUNT, SITES_BY_LIVE };

/* Sorts info->top_sites, the largest first. */
void trace_info_rank(struct trace_info *info, enum site_rank rank);

/* Reads the whole trace and fills info. false: the trace is damaged or makes no sense; the error
   says where. Memory grows with what is live at once, and with the sites. */
bool trace_info_collect(const struct trace *trace, struct trace_info *info,
                        struct sim_error *error);

void trace_info_free(struct trace_info *info);

#endif
