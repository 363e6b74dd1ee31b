#include "oom_zones.h"
#include "log_fields.h"

#include <limits.h>
#include <stdlib.h>

/* The frames of the zones of a strategy, about: metadata takes some of LOW. */
static const uint64_t room[ZONE_COUNT] = {DMA_END_PFN - RESERVED_END_PFN,
                                          LOW_END_PFN - DMA_END_PFN - 2048u, 700000u};

/* ---- sums ---- */

static void add_zone(struct oom_zones *zones, const struct oom_zone *zone)
{
    struct oom_sum *sum = &zones->sums[zone->kind];
    uint64_t sizes = zone->kib[OOM_MANAGED] > 0 ? zone->kib[OOM_MANAGED] : zone->kib[OOM_PRESENT];

    sum->there = true;
    zones->page_kib = zone->page_kib;
    for (uint32_t order = 0; order < OOM_ORDERS_MAX; order++) {
        uint32_t top = order < ORDER_MAX ? order : ORDER_MAX;

        sum->free[top] += zone->blocks[order] << (order - top);
        sum->usual[top] += zone->usual[order] << (order - top);
        sum->free_pages += zone->blocks[order] << order;
    }
    for (uint32_t size = 0; size < OOM_SIZE_COUNT; size++)
        sum->pages[size] += zone->kib[size] / zone->page_kib;
    sum->managed += sizes / zone->page_kib;
}

void oom_sum_zones(struct oom_zones *zones, const struct oom_report *report)
{
    for (uint32_t i = 0; i < report->zone_count; i++) {
        const struct oom_zone *zone = &report->zones[i];
        struct oom_sum *sum = &zones->sums[zone->kind];

        sum->printed = true;
        if (!zone->has_blocks)
            continue;
        if (zone->node + 1u > zones->nodes)
            zones->nodes = zone->node + 1u;
        add_zone(zones, zone);
        if (zone->pageblocks > 0) {
            sum->managed += zone->pageblocks * report->pageblock_pages;
            sum->pages[OOM_LRU] += zone->pageblocks_movable * report->pageblock_pages;
        }
    }
}

/* ---- the zones that may serve the request ---- */

/* include/linux/gfp.h, since Linux 2.6.15 and 2.6.31 */
#define GFP_BIT_DMA32   0x4u
#define GFP_BIT_MOVABLE 0x8u

void oom_set_top(struct oom_request *request, const char *gfp)
{
    struct gfp_memo memo = {.texts = {{.bytes = 0}}};
    size_t bytes = strcspn(gfp, "(");
    uint64_t bits = 0;
    bool number = kmem_number((struct word){gfp, bytes}, &bits);
    enum page_class page_class =
        gfp_page_class(&memo, (struct word){gfp, number ? bytes : strlen(gfp)});

    if (page_class == PAGES_DMA)
        request->top = OOM_DMA;
    else if (page_class == PAGES_USER)
        request->top = (bits & GFP_BIT_MOVABLE) != 0 || strstr(gfp, "MOVABLE") != NULL
                           ? OOM_MOVABLE
                           : OOM_HIGHMEM;
    else
        request->top =
            (bits & GFP_BIT_DMA32) != 0 || strstr(gfp, "DMA32") != NULL ? OOM_DMA32 : OOM_NORMAL;
}

/* The highest kind that is there and may serve the request; without one, the lowest that is
   there. */
static enum oom_kind top_kind(const struct oom_zones *zones)
{
    for (uint32_t kind = zones->request.top + 1u; kind-- > 0;)
        if (zones->sums[kind].there)
            return (enum oom_kind)kind;
    return OOM_DMA;
}

/* ---- where they go ---- */

/* Where a kind goes if nothing speaks against it. */
static enum zone natural_zone(const struct oom_zones *zones, enum oom_kind kind)
{
    if (kind == OOM_DMA)
        return zones->sums[kind].managed <= DMA_END_PFN ? ZONE_DMA : ZONE_LOW;
    if (kind == OOM_NORMAL && zones->sums[OOM_DMA32].there && !zones->sums[OOM_HIGHMEM].there &&
        !zones->sums[OOM_MOVABLE].there)
        return ZONE_HIGH;
    return kind >= OOM_HIGHMEM ? ZONE_HIGH : ZONE_LOW;
}

/* The badness of what may happen to the kinds. The free memory of a zone that is lost counts up to
   BAD_LOST. */
#define BAD_REACH   100000u /* the request reaches a zone that it may not use */
#define BAD_LOST    1000u
#define BAD_MIXED   300u /* two kinds go to one zone */
#define BAD_UNUSUAL 100u

static uint64_t badness(const struct oom_zones *zones, const enum zone to[OOM_KIND_COUNT])
{
    uint64_t needed[ZONE_COUNT] = {0};
    uint64_t bad = 0;

    for (uint32_t kind = 0; kind < OOM_KIND_COUNT; kind++) {
        const struct oom_sum *sum = &zones->sums[kind];

        if (!sum->there)
            continue;
        bad += needed[to[kind]] > 0 ? BAD_MIXED : 0;
        needed[to[kind]] += sum->free_pages;
        bad += BAD_UNUSUAL *
               (uint64_t)abs((int)to[kind] - (int)natural_zone(zones, (enum oom_kind)kind));
        if (zones->request.wanted && kind > zones->top && to[kind] <= to[zones->top])
            bad += BAD_REACH;
    }
    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++)
        bad +=
            needed[zone] > room[zone] ? BAD_LOST * (needed[zone] - room[zone]) / needed[zone] : 0;
    return bad;
}

/* Sets the number `choice` of all ways to send the kinds. false: a higher kind goes lower. */
static bool set_choice(enum zone to[OOM_KIND_COUNT], uint32_t choice)
{
    for (uint32_t kind = 0; kind < OOM_KIND_COUNT; kind++, choice /= ZONE_COUNT) {
        to[kind] = (enum zone)(choice % ZONE_COUNT);
        if (kind > 0 && to[kind] < to[kind - 1])
            return false;
    }
    return true;
}

void oom_place_zones(struct oom_zones *zones)
{
    static const enum page_class classes[ZONE_COUNT] = {PAGES_DMA, PAGES_LOW, PAGES_USER};
    uint64_t least = UINT64_MAX;
    enum zone to[OOM_KIND_COUNT];

    zones->top = top_kind(zones);
    for (uint32_t choice = 0; choice < 243u; choice++) { /* 3^5 */
        if (!set_choice(to, choice) || badness(zones, to) >= least)
            continue;
        least = badness(zones, to);
        memcpy(zones->to, to, sizeof to);
    }
    zones->page_class = classes[zones->to[zones->top]];
}

/* ---- the verdict ---- */

/* The entry of lowmem_reserve[] for requests up to `top`: it counts the zones that this kernel has,
   and it prints DMA and DMA32 if it has them. */
static uint64_t reserve_of(const struct oom_zones *zones, const struct oom_zone *zone)
{
    uint32_t at = 0;

    for (uint32_t kind = 0; kind < zones->request.top; kind++)
        at += kind == OOM_NORMAL || zones->sums[kind].printed;
    if (zone->reserves == 0)
        return 0;
    return zone->reserve[at < zone->reserves ? at : zone->reserves - 1u];
}

/* What the watermark check leaves to the request (mm/page_alloc.c, zone_watermark_ok). */
static bool watermark_allows(const struct oom_zones *zones, const struct oom_zone *zone)
{
    uint64_t free = zone->kib[OOM_FREE] / zone->page_kib;
    uint64_t kept = zone->kib[OOM_MIN] / zone->page_kib + reserve_of(zones, zone) +
                    (UINT64_C(1) << zones->request.order) - 1u;

    return !zone->has_sizes || free > kept;
}

static bool has_block(const uint64_t blocks[OOM_ORDERS_MAX], uint32_t order)
{
    uint64_t any = 0;

    for (; order < OOM_ORDERS_MAX; order++)
        any |= blocks[order];
    return any != 0;
}

static enum oom_verdict judge_zone(const struct oom_zones *zones, const struct oom_zone *zone)
{
    uint32_t order = zones->request.order;
    uint64_t pages = 0;

    for (uint32_t k = 0; k < OOM_ORDERS_MAX; k++)
        pages += zone->blocks[k] << k;
    if (!has_block(zone->blocks, order))
        return pages >> order == 0 ? OOM_TOO_LITTLE : OOM_FRAGMENTED;
    if (!watermark_allows(zones, zone))
        return OOM_WATERMARK;
    return has_block(zone->usual, order) ? OOM_SERVED : OOM_SPECIAL;
}

enum oom_verdict oom_judge(const struct oom_zones *zones, const struct oom_report *report,
                           enum oom_kind kind)
{
    enum oom_verdict verdict = OOM_TOO_LITTLE;

    for (uint32_t i = 0; i < report->zone_count; i++) {
        const struct oom_zone *zone = &report->zones[i];

        if (zone->kind == kind && zone->has_blocks && judge_zone(zones, zone) > verdict)
            verdict = judge_zone(zones, zone);
    }
    return verdict;
}
