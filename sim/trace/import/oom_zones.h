/* Brings the zones of a report to those of a strategy, which has three of fixed places. */
#ifndef TRACE_OOM_ZONES_H
#define TRACE_OOM_ZONES_H

#include "oom_report.h"
#include "trace/memory_state.h"

/* All zones of a kind, of all nodes together, in pages. */
struct oom_sum {
    bool printed;               /* the report names it, maybe as empty */
    bool there;                 /* it has free blocks, or could have */
    uint64_t free[ORDER_COUNT]; /* blocks; larger ones are taken as several of the largest order */
    uint64_t usual[ORDER_COUNT];
    uint64_t free_pages;
    uint64_t pages[OOM_SIZE_COUNT];
    uint64_t managed; /* pages of the zone; 0: unknown */
};

struct oom_request {
    bool wanted;
    uint32_t order;    /* as it was asked for; a trace has no order above ORDER_MAX */
    enum oom_kind top; /* the highest zone that may serve it */
};

struct oom_zones {
    struct oom_sum sums[OOM_KIND_COUNT];
    uint32_t nodes;
    uint32_t page_kib;
    struct oom_request request;
    enum zone to[OOM_KIND_COUNT]; /* where each kind of zone goes */
    enum oom_kind top;            /* the highest kind that is there and may serve the request */
    enum page_class page_class;   /* of the request */
};

/* Sums the zones up, and says which zones may serve a request with these flags. */
void oom_sum_zones(struct oom_zones *zones, const struct oom_report *report);
void oom_set_top(struct oom_request *request, const char *gfp);

/* Decides where each kind goes, so that the least free memory is lost, and no zone that the request
   may not use comes within its reach. */
void oom_place_zones(struct oom_zones *zones);

/* Why the kernel did not serve the request from a zone, the least free memory first. */
enum oom_verdict {
    OOM_TOO_LITTLE, /* less is free than is asked for */
    OOM_FRAGMENTED, /* no free block is large enough */
    OOM_WATERMARK,  /* what is free is kept by the watermarks */
    OOM_SPECIAL,    /* what is free is kept for CMA, or for atomic requests of high order */
    OOM_SERVED      /* a block is free: it became so after a failure that is reported */
};

/* Of the zones of a kind, the verdict on the one that comes nearest to serving the request. */
enum oom_verdict oom_judge(const struct oom_zones *zones, const struct oom_report *report,
                           enum oom_kind kind);

#endif
