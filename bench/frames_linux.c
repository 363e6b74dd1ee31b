#include "frames_linux.h"

struct links {
    struct links *next;
    struct links *previous;
};

struct page {
    struct links links; /* of a free block's first page; the first member, so that its address is
                           the page's address */
    uint32_t flags;
    uint32_t order; /* with PAGE_BUDDY */
    uint64_t owner; /* owner of a used page; not read here */
};
_Static_assert(sizeof(struct page) == FRAMES_LINUX_PAGE_BYTES,
               "a page structure is as large as in a 32-bit kernel");

#define PAGE_BUDDY 1u /* the first page of a free block */
#define ZONE_SHIFT 30u

struct free_area {
    struct links list;
    uint32_t blocks;
};

struct zone_areas {
    struct free_area area[ORDER_COUNT];
    uint32_t free;
};

static struct page pages[FRAMES_MAX];
static struct zone_areas zones[ZONE_COUNT];

static uint32_t page_number(const struct page *page)
{
    return (uint32_t)(page - pages);
}

static struct zone_areas *page_zone(const struct page *page)
{
    return &zones[page->flags >> ZONE_SHIFT];
}

static void link_between(struct links *links, struct links *previous, struct links *next)
{
    links->previous = previous;
    links->next = next;
    previous->next = links;
    next->previous = links;
}

static void block_list(struct zone_areas *zone, struct page *page, uint32_t order, bool to_tail)
{
    struct free_area *area = &zone->area[order];

    page->flags |= PAGE_BUDDY;
    page->order = order;
    if (to_tail)
        link_between(&page->links, area->list.previous, &area->list);
    else
        link_between(&page->links, &area->list, area->list.next);
    area->blocks++;
}

static void block_unlist(struct zone_areas *zone, struct page *page, uint32_t order)
{
    page->links.previous->next = page->links.next;
    page->links.next->previous = page->links.previous;
    page->flags &= ~PAGE_BUDDY;
    zone->area[order].blocks--;
}

static bool is_buddy(const struct page *page, const struct page *buddy, uint32_t order)
{
    return (buddy->flags & PAGE_BUDDY) != 0 && buddy->order == order &&
           buddy->flags >> ZONE_SHIFT == page->flags >> ZONE_SHIFT;
}

/* Returns whether the next larger buddy is free: this block's own buddy may soon be free, too, and
   then all three merge. */
static bool merges_soon(uint32_t first, uint32_t order)
{
    if (order + 2u > ORDER_MAX)
        return false;
    uint32_t larger = first & ~(1u << order);
    return is_buddy(&pages[larger], &pages[larger ^ 2u << order], order + 1u);
}

void frames_linux_free(pfn_t frame, uint32_t order)
{
    uint32_t first = frame.value;
    struct zone_areas *zone = page_zone(&pages[first]);

    zone->free += 1u << order;
    for (; order < ORDER_MAX; order++) {
        uint32_t buddy = first ^ 1u << order;
        if (!is_buddy(&pages[first], &pages[buddy], order))
            break;
        block_unlist(zone, &pages[buddy], order);
        first &= buddy;
    }
    block_list(zone, &pages[first], order, merges_soon(first, order));
}

/* Take a block. Its upper halves are freed until it has the requested order. */
static pfn_t take(struct zone_areas *zone, uint32_t listed, uint32_t order)
{
    struct page *page = (struct page *)zone->area[listed].list.next;

    block_unlist(zone, page, listed);
    while (listed > order) {
        listed--;
        block_list(zone, page + (1u << listed), listed, false);
    }
    zone->free -= 1u << order;
    return pfn(page_number(page));
}

pfn_t frames_linux_alloc(uint32_t order)
{
    for (uint32_t zone = ZONE_COUNT; zone-- > 0;)
        for (uint32_t listed = order; listed <= ORDER_MAX; listed++)
            if (zones[zone].area[listed].list.next != &zones[zone].area[listed].list)
                return take(&zones[zone], listed, order);
    return PFN_NONE;
}

void frames_linux_init(pfn_t start, pfn_t end)
{
    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++) {
        zones[zone].free = 0;
        for (uint32_t order = 0; order <= ORDER_MAX; order++) {
            struct free_area *area = &zones[zone].area[order];
            area->blocks = 0;
            link_between(&area->list, &area->list, &area->list);
        }
    }
    for (uint32_t frame = start.value; frame < end.value; frame++)
        pages[frame] = (struct page){.flags = (uint32_t)zone_of(pfn(frame)) << ZONE_SHIFT};
    for (uint32_t frame = start.value; frame < end.value; frame += 1u << ORDER_MAX)
        frames_linux_free(pfn(frame), ORDER_MAX);
}
