#include "process_maps.h"
#include "process_pages.h"
#include "trace/memory.h"

#include <mm/layout.h>
#include <string.h>

#define HEAP_START     USER_TEXT
#define HEAP_END_MAX   0x40000000u
#define STACK_STEP     0x20000u  /* Linux gives a new stack 32 pages (fs/exec.c) */
#define STACK_GAP_MAX  0x800000u /* RLIMIT_STACK as Linux sets it: a stack has 8 MiB at most */
#define BUILT_IN_START (SPACE_END - USER_STACK_BYTES)

/* ---- where a range lies ---- */

struct place {
    uint32_t start; /* in the trace, page aligned: [start, end) */
    uint32_t end;
    uint32_t moved; /* address in the trace - address in the log, modulo 2^32 */
};

static uint64_t page_up(uint64_t address)
{
    return (address + PAGE_OFFSET_MASK) & ~(uint64_t)PAGE_OFFSET_MASK;
}

static uint32_t moved_at(const struct space *space, uint64_t address)
{
    if (space->heap_start != 0 && address >= space->heap_start &&
        address - space->heap_start < page_up(space->heap_end) - HEAP_START)
        return HEAP_START - (uint32_t)space->heap_start;
    if (address >= 0x80000000u)
        return 0u - 0x40000000u;
    return address >= 0x08000000u && address < 0x40000000u ? 0u - 0x08000000u : 0;
}

/* false: the trace has no place for the range. */
static bool find_place(struct processes *processes, uint32_t number, struct log_range range,
                       struct place *place)
{
    const struct space *space = processes->space[number];
    uint64_t start = range.start & ~(uint64_t)PAGE_OFFSET_MASK;
    uint64_t end = range.bytes < USER_END && range.start < USER_END
                       ? page_up(range.start + range.bytes)
                       : UINT64_MAX;
    uint32_t moved = moved_at(space, start);

    *place = (struct place){(uint32_t)start + moved, (uint32_t)end + moved, moved};
    if (range.bytes > 0 && end <= USER_END && moved_at(space, end - 1) == moved &&
        place->start >= PAGE_SIZE && place->start < place->end && place->end <= SPACE_END)
        return true;
    processes->counts[PROCESS_NO_PLACE]++;
    return false;
}

/* Does the place have a region that has been moved there from elsewhere? */
static bool is_taken(struct processes *processes, uint32_t number, const struct place *place)
{
    const struct space *space = processes->space[number];

    for (uint32_t i = space_find(space, place->start);
         i < space->count && space->regions[i].start < place->end; i++) {
        if (space->regions[i].moved != place->moved) {
            processes->counts[PROCESS_NO_PLACE]++;
            return true;
        }
    }
    return false;
}

/* ---- regions ---- */

static void emit_range(struct processes *processes, uint32_t number, enum event_kind kind,
                       uint32_t start, uint32_t end, bool writable)
{
    process_emit(
        processes, processes->space[number],
        &(struct event){
            .kind = (uint8_t)kind, .address = start, .bytes = end - start, .write = writable});
}

/* Where user space ends at SPACE_END, the stack that every process begins with lies below. */
static void emit_map(struct processes *processes, uint32_t number,
                     const struct space_region *region)
{
    struct space *space = processes->space[number];

    if (region->end > BUILT_IN_START && !space->has_no_built_in) {
        space->has_no_built_in = true;
        emit_range(processes, number, EVENT_UNMAP, BUILT_IN_START, SPACE_END, false);
    }
    emit_range(processes, number, EVENT_MAP, region->start, region->end, region->writable);
}

static void add_region(struct processes *processes, uint32_t number, struct space_region region)
{
    emit_map(processes, number, &region);
    space_add(processes->space[number], region);
}

static void cut_regions(struct processes *processes, uint32_t number, uint32_t start, uint32_t end)
{
    emit_range(processes, number, EVENT_UNMAP, start, end, false);
    space_cut(processes->space[number], start, end);
    process_pages_drop(processes, number, start, end);
}

void space_map(struct processes *processes, uint32_t number, struct log_range range,
               enum space_kind kind, bool writable)
{
    struct place place;

    if (!find_place(processes, number, range, &place) || is_taken(processes, number, &place))
        return;
    if (space_overlaps(processes->space[number], place.start, place.end))
        cut_regions(processes, number, place.start, place.end);
    add_region(processes, number,
               (struct space_region){place.start, place.end, place.moved, (uint8_t)kind, writable});
}

static void map_gaps(struct processes *processes, uint32_t number, const struct place *place,
                     enum space_kind kind)
{
    uint32_t start = place->start;

    while (start < place->end) {
        const struct space *space = processes->space[number];
        uint32_t i = space_find(space, start);
        uint32_t next = i < space->count ? space->regions[i].start : place->end;

        if (next > place->end)
            next = place->end;
        if (next > start)
            add_region(processes, number,
                       (struct space_region){start, next, place->moved, (uint8_t)kind, true});
        else
            next = space->regions[i].end;
        start = next;
    }
}

void space_map_gaps(struct processes *processes, uint32_t number, struct log_range range,
                    enum space_kind kind)
{
    struct place place;

    if (find_place(processes, number, range, &place) && !is_taken(processes, number, &place))
        map_gaps(processes, number, &place, kind);
}

void space_unmap(struct processes *processes, uint32_t number, struct log_range range)
{
    struct place place;

    if (find_place(processes, number, range, &place) && !is_taken(processes, number, &place) &&
        space_overlaps(processes->space[number], place.start, place.end))
        cut_regions(processes, number, place.start, place.end);
}

/* Calls change for the part of each region that lies in the range. change may split the region. */
static void for_each_part(struct processes *processes, uint32_t number, struct log_range range,
                          void (*change)(struct processes *processes, uint32_t number,
                                         struct space_region part))
{
    const struct space *space = processes->space[number];
    struct place place;

    if (!find_place(processes, number, range, &place) || is_taken(processes, number, &place))
        return;
    for (uint32_t start = place.start; start < place.end;) {
        uint32_t i = space_find(space, start);
        struct space_region part;

        if (i == space->count || space->regions[i].start >= place.end)
            break;
        part = space->regions[i];
        part.start = part.start < start ? start : part.start;
        part.end = part.end > place.end ? place.end : part.end;
        start = part.end;
        change(processes, number, part);
    }
}

static void make_part_writable(struct processes *processes, uint32_t number,
                               struct space_region part)
{
    if (part.writable)
        return;
    part.writable = true;
    emit_range(processes, number, EVENT_UNMAP, part.start, part.end, false);
    space_cut(processes->space[number], part.start, part.end);
    add_region(processes, number, part);
    process_pages_touch(processes, number, part.start, part.end);
}

void space_make_writable(struct processes *processes, uint32_t number, struct log_range range)
{
    for_each_part(processes, number, range, make_part_writable);
}

/* A part of the heap cannot be mapped again: setbrk would not find it. */
static void give_part_back(struct processes *processes, uint32_t number, struct space_region part)
{
    if (part.kind == SPACE_HEAP || part.kind == SPACE_SHARED) {
        processes->counts[PROCESS_ADVICE]++;
        return;
    }
    cut_regions(processes, number, part.start, part.end);
    add_region(processes, number, part);
}

void space_give_back(struct processes *processes, uint32_t number, struct log_range range)
{
    for_each_part(processes, number, range, give_part_back);
}

/* ---- mremap ---- */

/* Moves the region at `from` to `to`, which is as long. */
static void move_region(struct processes *processes, uint32_t number, const struct place *from,
                        const struct place *to, struct space_region region)
{
    if (space_overlaps(processes->space[number], to->start, to->end))
        cut_regions(processes, number, to->start, to->end);
    emit_range(processes, number, EVENT_UNMAP, from->start, from->end, false);
    space_cut(processes->space[number], from->start, from->end);
    region.start = to->start;
    region.end = to->end;
    region.moved = to->moved;
    add_region(processes, number, region);
    process_pages_move(processes, number, from->start, from->end, to->start);
}

static bool ranges_overlap(struct log_range a, struct log_range b)
{
    return a.start < b.start + b.bytes && b.start < a.start + a.bytes;
}

/* What a part of the heap is elsewhere. */
static enum space_kind kind_elsewhere(const struct space_region *region)
{
    return region->kind == SPACE_HEAP ? SPACE_ANONYMOUS : (enum space_kind)region->kind;
}

/* Maps what follows a region, or an unknown range, with the same rights. */
static void grow_region(struct processes *processes, uint32_t number, const struct place *old,
                        struct log_range growth)
{
    const struct space_region *last = space_region_at(processes->space[number], old->end - 1);

    space_map(processes, number, growth, last != NULL ? kind_elsewhere(last) : SPACE_ANONYMOUS,
              last == NULL || last->writable);
}

/* Moves what is known of a range, which may be several regions here, but is one of Linux. */
static void move_known(struct processes *processes, uint32_t number, const struct place *old,
                       struct log_range to)
{
    const struct space *space = processes->space[number];
    uint32_t first = space_find(space, old->start);
    struct space_region region;
    struct place new;

    if (!space_overlaps(space, old->start, old->end)) {
        space_map(processes, number, to, SPACE_ANONYMOUS, true);
        return;
    }
    region = space->regions[first];
    region.kind = (uint8_t)kind_elsewhere(&region);
    for (uint32_t i = first; i < space->count && space->regions[i].start < old->end; i++)
        region.writable |= space->regions[i].writable;
    if (find_place(processes, number, to, &new) && !is_taken(processes, number, &new))
        move_region(processes, number, old, &new, region);
}

void space_remap(struct processes *processes, uint32_t number, struct log_range from,
                 struct log_range to)
{
    struct place old;

    from.bytes = page_up(from.bytes);
    to.bytes = page_up(to.bytes);
    if (from.start != to.start && ranges_overlap(from, to)) {
        processes->counts[PROCESS_NO_PLACE]++;
        return;
    }
    if (to.bytes < from.bytes) {
        space_unmap(processes, number,
                    (struct log_range){from.start + to.bytes, from.bytes - to.bytes});
        from.bytes = to.bytes;
    }
    if (!find_place(processes, number, from, &old) || is_taken(processes, number, &old))
        return;
    if (from.start != to.start)
        move_known(processes, number, &old, to);
    else if (to.bytes > from.bytes)
        grow_region(processes, number, &old,
                    (struct log_range){from.start + from.bytes, to.bytes - from.bytes});
}

/* ---- the heap ---- */

/* Is there room for the growth, and a free page behind it, as setbrk wants it? */
static bool heap_has_room(const struct space *space, uint64_t end)
{
    uint32_t old = (uint32_t)page_up(space->heap_end);

    return end <= HEAP_END_MAX &&
           (page_up(end) <= old || !space_overlaps(space, old, (uint32_t)page_up(end) + PAGE_SIZE));
}

static void grow_heap(struct space *space, uint32_t start, uint32_t end)
{
    struct space_region *last = space_region_at(space, start - 1);

    if (last != NULL && last->kind == SPACE_HEAP)
        last->end = end;
    else
        space_add(space, (struct space_region){start, end, HEAP_START - (uint32_t)space->heap_start,
                                               SPACE_HEAP, true});
}

void space_set_heap_end(struct processes *processes, uint32_t number, uint64_t end)
{
    struct space *space = processes->space[number];
    uint32_t before = (uint32_t)page_up(space->heap_end);
    uint32_t after;

    if (space->heap_start == 0) {
        space->heap_start = end < USER_END ? page_up(end) : 0;
        space->heap_end = HEAP_START;
        return;
    }
    end = HEAP_START + (end > space->heap_start ? end - space->heap_start : 0);
    if (end == space->heap_end)
        return;
    if (!heap_has_room(space, end)) {
        processes->counts[PROCESS_NO_PLACE]++;
        return;
    }
    process_emit(processes, space, &(struct event){.kind = EVENT_SETBRK, .address = (uint32_t)end});
    space->heap_end = (uint32_t)end;
    after = (uint32_t)page_up(end);
    if (after > before)
        grow_heap(space, before, after);
    if (after < before) {
        space_cut(space, after, before);
        process_pages_drop(processes, number, after, before);
    }
}

/* ---- accesses ---- */

/* Lets the stack above an access grow down to it. */
static bool grow_stack(struct processes *processes, uint32_t number, const struct place *page)
{
    const struct space *space = processes->space[number];
    uint32_t i = space_find(space, page->start);
    struct place gap = {page->start & ~(STACK_STEP - 1), 0, page->moved};

    if (i == space->count || space->regions[i].kind != SPACE_STACK ||
        space->regions[i].start - page->start > STACK_GAP_MAX ||
        space->regions[i].moved != page->moved)
        return false;
    if (i > 0 && space->regions[i - 1].end > gap.start)
        gap.start = space->regions[i - 1].end;
    gap.end = space->regions[i].start;
    map_gaps(processes, number, &gap, SPACE_STACK);
    return true;
}

/* Returns the region of an access; NULL: it is left out. */
static const struct space_region *region_of(struct processes *processes, uint32_t number,
                                            const struct place *page, bool write)
{
    const struct space *space = processes->space[number];
    const struct space_region *region = space_region_at(space, page->start);

    if (region == NULL && !grow_stack(processes, number, page)) {
        processes->counts[write ? PROCESS_UNKNOWN_WRITE : PROCESS_UNKNOWN_READ]++;
        if (!write)
            return NULL;
        map_gaps(processes, number, page, SPACE_ANONYMOUS);
    }
    region = space_region_at(space, page->start);
    if (write && !region->writable) {
        struct space_region part = *region;

        processes->counts[PROCESS_UNKNOWN_WRITE]++;
        part.start = page->start;
        part.end = page->end;
        make_part_writable(processes, number, part);
        region = space_region_at(space, page->start);
    }
    return region;
}

bool space_access(struct processes *processes, uint32_t number, uint64_t address, bool write)
{
    const struct space_region *region;
    struct place page;
    uint32_t known;

    if (!find_place(processes, number, (struct log_range){address, 1}, &page) ||
        is_taken(processes, number, &page))
        return false;
    region = region_of(processes, number, &page, write);
    if (region == NULL)
        return false;
    known = space_page(processes->space[number], page.start);
    if (known == 0 && (region->kind == SPACE_SHARED || (region->kind == SPACE_FILE && !write))) {
        processes->counts[PROCESS_FILE]++;
        return false;
    }
    if (known == 0) {
        processes->counts[PROCESS_ZEROS] += !write;
        process_page_make(processes, number, page.start + (uint32_t)(address & PAGE_OFFSET_MASK),
                          write);
        return write;
    }
    if (write && process_page_write(processes, known))
        return true;
    processes->counts[PROCESS_AGAIN]++;
    return false;
}

static void populate_part(struct processes *processes, uint32_t number, struct space_region part)
{
    if (part.kind == SPACE_SHARED || (part.kind == SPACE_FILE && !part.writable))
        return;
    for (uint32_t page = part.start; page < part.end; page += PAGE_SIZE) {
        if (space_page(processes->space[number], page) == 0)
            process_page_make(processes, number, page, part.writable);
    }
}

void space_populate(struct processes *processes, uint32_t number, struct log_range range)
{
    for_each_part(processes, number, range, populate_part);
}

/* ---- fork ---- */

/* The heap of the child, with the holes that the parent has made in it. */
static void copy_heap(struct processes *processes, uint32_t child)
{
    struct space *space = processes->space[child];
    uint32_t end = (uint32_t)page_up(space->heap_end);
    uint32_t start = HEAP_START;

    if (space->heap_end <= HEAP_START)
        return;
    process_emit(processes, space,
                 &(struct event){.kind = EVENT_SETBRK, .address = space->heap_end});
    for (uint32_t i = 0; i < space->count; i++) {
        const struct space_region *region = &space->regions[i];

        if (region->kind != SPACE_HEAP)
            continue;
        if (region->start > start)
            emit_range(processes, child, EVENT_UNMAP, start, region->start, false);
        start = region->end;
    }
    if (start < end)
        emit_range(processes, child, EVENT_UNMAP, start, end, false);
}

void space_copy_regions(struct processes *processes, uint32_t parent, uint32_t child)
{
    const struct space *from = processes->space[parent];
    struct space *to = processes->space[child];

    to->heap_start = from->heap_start;
    to->heap_end = from->heap_end;
    for (uint32_t i = 0; i < from->count; i++)
        space_add(to, from->regions[i]);
    copy_heap(processes, child);
    for (uint32_t i = 0; i < to->count; i++) {
        if (to->regions[i].kind != SPACE_HEAP)
            emit_map(processes, child, &to->regions[i]);
    }
}
