#include "address_space.h"
#include "memory.h"

#include <stdlib.h>
#include <string.h>

#define STACK_START (USER_END - USER_STACK_BYTES)

/* A range of whole pages. */
struct range {
    uint32_t start;
    uint32_t end;
};

/* ---- regions ---- */

/* Index of the first region that ends above an address. */
static uint32_t region_above(const struct address_space *space, uint32_t address)
{
    uint32_t low = 0;
    uint32_t high = space->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2u;
        if (space->regions[middle].end > address)
            high = middle;
        else
            low = middle + 1u;
    }
    return low;
}

static bool overlaps(const struct address_space *space, struct range range)
{
    uint32_t i = region_above(space, range.start);

    return i < space->count && space->regions[i].start < range.end;
}

static void insert(struct address_space *space, struct address_space_region region)
{
    uint32_t at = region_above(space, region.start);

    space->regions =
        memory_reach(space->regions, &space->capacity, space->count, sizeof(*space->regions));
    memmove(&space->regions[at + 1u], &space->regions[at],
            (space->count - at) * sizeof(*space->regions));
    space->regions[at] = region;
    space->count++;
}

static void drop_region(struct address_space *space, uint32_t at)
{
    space->count--;
    memmove(&space->regions[at], &space->regions[at + 1u],
            (space->count - at) * sizeof(*space->regions));
}

/* Takes a range out of one region. What is left lies on either side.
 *
 *     [ region          ]      [ r ]       [ n     ]
 *          [range]          ->
 */
static void cut_region(struct address_space *space, uint32_t at, struct range range)
{
    struct address_space_region below = space->regions[at];
    struct address_space_region above = below;

    drop_region(space, at);
    below.end = range.start;
    above.start = range.end;
    if (above.start < above.end)
        insert(space, above);
    if (below.start < below.end)
        insert(space, below);
}

static void forget_touches(struct address_space *space, struct range range)
{
    uint32_t end = range.end / PAGE_SIZE;
    uint32_t page = range.start / PAGE_SIZE;

    while (page < end) {
        struct address_space_table *table = space->tables[page / ADDRESS_SPACE_TABLE_PAGES];
        uint32_t next = (page / ADDRESS_SPACE_TABLE_PAGES + 1u) * ADDRESS_SPACE_TABLE_PAGES;
        uint32_t to = next < end ? next : end;
        if (table != NULL)
            memset(&table->touch[page % ADDRESS_SPACE_TABLE_PAGES], 0,
                   (to - page) * sizeof(uint64_t));
        page = to;
    }
}

static void cut(struct address_space *space, struct range range)
{
    uint32_t at;

    while (overlaps(space, range)) {
        at = region_above(space, range.start);
        cut_region(space, at, range);
    }
    forget_touches(space, range);
}

/* ---- events ---- */

static uint32_t page_floor(uint32_t address)
{
    return address & ~(PAGE_SIZE - 1u);
}

/* The pages of [start, start + bytes) below the end of user space. */
static struct range pages_of(uint32_t start, uint32_t bytes)
{
    uint32_t first = start < USER_END ? page_floor(start) : USER_END;
    uint64_t end = ((uint64_t)start + bytes + PAGE_SIZE - 1u) & ~(uint64_t)(PAGE_SIZE - 1u);

    return (struct range){first, end < USER_END ? (uint32_t)end : USER_END};
}

static void map(struct address_space *space, const struct event *event, uint64_t number)
{
    struct range range = pages_of(event->address, event->bytes);

    if (event->address < USER_START || event->address >= USER_END ||
        event->bytes > USER_END - event->address || overlaps(space, range))
        return;
    insert(space, (struct address_space_region){range.start, range.end, number, ADDRESS_SPACE_MAP,
                                                event->write});
}

static void heap_grow(struct address_space *space, struct range growth, uint64_t number)
{
    uint32_t last = region_above(space, growth.start - 1u);

    if (space->heap_end == USER_TEXT)
        space->heap_event = number;
    if (last < space->count && space->regions[last].end == growth.start &&
        space->regions[last].kind == ADDRESS_SPACE_HEAP)
        space->regions[last].end = growth.end;
    else
        insert(space, (struct address_space_region){growth.start, growth.end, number,
                                                    ADDRESS_SPACE_HEAP, true});
}

static void setbrk(struct address_space *space, uint32_t end, uint64_t number)
{
    struct range growth = {align_up(space->heap_end, PAGE_SIZE), 0};

    if (end < USER_TEXT || end > USER_END - PAGE_SIZE)
        return;
    growth.end = align_up(end, PAGE_SIZE);
    if (growth.end < growth.start)
        cut(space, (struct range){growth.end, growth.start});
    else if (growth.end > growth.start &&
             overlaps(space, (struct range){growth.start, growth.end + PAGE_SIZE}))
        return;
    else if (growth.end > growth.start)
        heap_grow(space, growth, number);
    space->heap_end = end;
}

static void touch(struct address_space *space, const struct event *event, uint64_t number)
{
    uint32_t at = region_above(space, event->address);
    uint32_t page = event->address / PAGE_SIZE;
    struct address_space_table **table;
    uint64_t *first;

    if (at == space->count || space->regions[at].start > event->address ||
        (event->write && !space->regions[at].writable))
        return;
    table = &space->tables[page / ADDRESS_SPACE_TABLE_PAGES];
    if (*table == NULL)
        *table = memory_zeroed(1, sizeof(**table));
    first = &(*table)->touch[page % ADDRESS_SPACE_TABLE_PAGES];
    if (*first == 0)
        *first = number << 1 | event->write;
}

void address_space_apply(struct address_space *space, const struct event *event, uint64_t number)
{
    switch (event->kind) {
    case EVENT_MAP:
        map(space, event, number);
        break;
    case EVENT_UNMAP:
        cut(space, pages_of(event->address, event->bytes));
        break;
    case EVENT_SETBRK:
        setbrk(space, event->address, number);
        break;
    default:
        touch(space, event, number);
        break;
    }
}

/* ---- events that create it again ---- */

struct recreation {
    const struct address_space *space;
    uint32_t slot;
    address_space_visit *visit;
    void *context;
};

static void emit(const struct recreation *recreation, uint8_t kind, struct range range,
                 uint64_t number, bool write)
{
    const struct event event = {.kind = kind,
                                .slot = recreation->slot,
                                .address = range.start,
                                .bytes = range.end - range.start,
                                .write = write,
                                .id = kind == EVENT_PROCESS ? recreation->space->pid : 0};

    recreation->visit(recreation->context, &event, number);
}

/* Emits unmaps for the parts of a range that no region of a kind covers. */
static void emit_holes(const struct recreation *recreation, struct range range,
                       enum address_space_kind kind, uint64_t number)
{
    const struct address_space *space = recreation->space;
    uint32_t from = range.start;

    for (uint32_t i = region_above(space, range.start); i < space->count && from < range.end; i++) {
        const struct address_space_region *region = &space->regions[i];
        if (region->kind != kind)
            continue;
        if (from < region->start)
            emit(recreation, EVENT_UNMAP, (struct range){from, region->start}, number, false);
        from = region->end;
    }
    if (from < range.end)
        emit(recreation, EVENT_UNMAP, (struct range){from, range.end}, number, false);
}

/* Emits the heap with its present size, at the event with which the heap began. */
static void emit_heap(const struct recreation *recreation)
{
    const struct address_space *space = recreation->space;
    struct range heap = {USER_TEXT, align_up(space->heap_end, PAGE_SIZE)};

    if (space->heap_end == USER_TEXT)
        return;
    emit(recreation, EVENT_SETBRK, (struct range){space->heap_end, space->heap_end},
         space->heap_event, false);
    emit_holes(recreation, heap, ADDRESS_SPACE_HEAP, space->heap_event);
}

static void emit_touches(const struct recreation *recreation, uint32_t table)
{
    for (uint32_t i = 0; i < ADDRESS_SPACE_TABLE_PAGES; i++) {
        uint64_t touch = recreation->space->tables[table]->touch[i];
        uint32_t address = (table * ADDRESS_SPACE_TABLE_PAGES + i) * PAGE_SIZE;
        if (touch != 0)
            emit(recreation, EVENT_TOUCH, (struct range){address, address}, touch >> 1, touch & 1u);
    }
}

void address_space_recreate(const struct address_space *space, uint32_t slot,
                            address_space_visit *visit, void *context)
{
    const struct recreation recreation = {space, slot, visit, context};

    emit(&recreation, EVENT_PROCESS, (struct range){0, 0}, space->event, false);
    emit_holes(&recreation, (struct range){STACK_START, USER_END}, ADDRESS_SPACE_STACK,
               space->event);
    emit_heap(&recreation);
    for (uint32_t i = 0; i < space->count; i++) {
        const struct address_space_region *region = &space->regions[i];
        if (region->kind == ADDRESS_SPACE_MAP)
            emit(&recreation, EVENT_MAP, (struct range){region->start, region->end}, region->event,
                 region->writable);
    }
    for (uint32_t table = 0; table < ADDRESS_SPACE_TABLES; table++)
        if (space->tables[table] != NULL)
            emit_touches(&recreation, table);
}

struct address_space *address_space_new(uint64_t pid, uint64_t number)
{
    struct address_space *space = memory_zeroed(1, sizeof(*space));

    space->pid = pid;
    space->event = number;
    space->heap_end = USER_TEXT;
    insert(space,
           (struct address_space_region){STACK_START, USER_END, number, ADDRESS_SPACE_STACK, true});
    return space;
}

void address_space_free(struct address_space *space)
{
    for (uint32_t i = 0; i < ADDRESS_SPACE_TABLES; i++)
        free(space->tables[i]);
    free(space->regions);
    free(space);
}
