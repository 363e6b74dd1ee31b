/* What is in a trace: `mmsim info`. */
#ifndef TRACE_INFO_H
#define TRACE_INFO_H

#include "lifetimes.h"
#include "live_set.h"
#include "trace_file.h"

#define SIZE_CLASSES 33u

struct site_info {
    uint32_t site;        /* SITE_NONE: what names no site */
    uint64_t allocations; /* kmalloc, pages, vmalloc */
    uint64_t bytes;       /* asked for by them in all */
    uint64_t live_bytes;  /* at the end, as krealloc left them: never freed */
    uint64_t peak_bytes;  /* most live at once */
    uint64_t live_allocations;
};

/* Of (2^(k-1), 2^k] bytes; [0]: of one byte. */
struct size_histogram {
    uint64_t count[SIZE_CLASSES];
    uint64_t bytes[SIZE_CLASSES]; /* of all of them */
};

struct trace_info {
    uint64_t events;
    uint64_t by_kind[EVENT_KIND_COUNT];    /* by enum event_kind; [0] is 0 */
    uint64_t peak_live_bytes;              /* kmalloc, pages, vmalloc, mapped, together */
    uint64_t peak_bytes[LIVE_CLASS_COUNT]; /* each for itself, at its own time */
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

/* Orders in which sites are listed. Those that are equal come by their numbers. */
enum site_rank { SITES_BY_PEAK, SITES_BY_COUNT, SITES_BY_LIVE };

/* Bring info->top_sites into an order, the largest first. */
void trace_info_rank(struct trace_info *info, enum site_rank rank);

/* Read the whole trace and fill info. false: the trace is damaged or makes no sense; the error says
   where. Memory: what is live at once, and the sites. */
bool trace_info_collect(const struct trace *trace, struct trace_info *info,
                        struct sim_error *error);

void trace_info_free(struct trace_info *info);

#endif
