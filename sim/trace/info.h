/* What is in a trace: `mmsim info`. */
#ifndef TRACE_INFO_H
#define TRACE_INFO_H

#include "live_set.h"
#include "trace_file.h"

#define SIZE_CLASSES 33u

struct site_info {
    uint32_t site;        /* SITE_NONE: what names no site */
    uint64_t allocations; /* kmalloc, pages, vmalloc */
    uint64_t bytes;       /* asked for by them in all */
    uint64_t live_bytes;  /* at the end, as krealloc left them */
    uint64_t peak_bytes;  /* most live at once */
};

struct trace_info {
    uint64_t events;
    uint64_t by_kind[EVENT_KIND_COUNT];    /* by enum event_kind; [0] is 0 */
    uint64_t peak_live_bytes;              /* kmalloc, pages, vmalloc, mapped, together */
    uint64_t peak_bytes[LIVE_CLASS_COUNT]; /* each for itself, at its own time */
    uint64_t end_bytes[LIVE_CLASS_COUNT];  /* live at the end */
    uint32_t slots;                        /* most allocations live at once, at least */
    uint32_t live_allocations;             /* at the end */
    uint32_t live_processes;
    uint64_t
        sizes[SIZE_CLASSES]; /* kmallocs and kreallocs of (2^(k-1), 2^k] bytes; [0]: of one byte */
    uint64_t orders[ORDER_COUNT]; /* pages requests of each order */
    uint64_t classes[3];          /* pages requests of each enum page_class */
    uint32_t sites;               /* different ones that allocations name */
    struct site_info *top_sites;  /* by peak_bytes, largest first; SITE_NONE among them */
    uint32_t top_site_count;
};

/* Read the whole trace and fill info. false: the trace is damaged or makes no sense; the error says
   where. Memory: what is live at once, and the sites. */
bool trace_info_collect(const struct trace *trace, struct trace_info *info,
                        struct sim_error *error);

void trace_info_free(struct trace_info *info);

#endif
