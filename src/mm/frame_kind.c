#include <mm/frame_kind.h>
#include <mm/pgtable.h>
#include <mm/process.h>

#include "strategy.h"

const char *frame_kind_name(enum frame_kind kind)
{
    static const char *const names[FRAME_KIND_COUNT] = {
        [FRAME_FREE] = "free",
        [FRAME_DEVICE] = "device",
        [FRAME_KERNEL] = "kernel",
        [FRAME_METADATA] = "metadata",
        [FRAME_PAGE_TABLE] = "page_table",
        [FRAME_HEAP] = "heap",
        [FRAME_SLAB] = "slab",
        [FRAME_USER] = "user",
    };

    return names[kind];
}

/* ---- what page tables say of frames that a strategy gave out ---- */

typedef void frame_visit(void *context, pfn_t frame, enum frame_kind kind);

/* The window's pages are the heap's where the heap lives there, else vmalloc's. */
static void visit_window(const struct mm *mm, frame_visit *visit, void *context)
{
    enum frame_kind kind = mm->strategy->vmalloc_in_heap ? FRAME_HEAP : FRAME_KERNEL;

    for (uint32_t page = 0; page < WINDOW_PAGES; page++) {
        uint32_t entry = window_entry(mm->window_tables, page);
        if ((entry & PTE_PRESENT) != 0)
            visit(context, paddr_to_pfn(paddr(entry)), kind);
    }
}

static void visit_processes(const struct mm *mm, frame_visit *visit, void *context)
{
    vaddr_t at = mm->processes;

    if (vaddr_is_none(at))
        return;
    do {
        const struct process *process = machine_pointer(at);
        process_for_each_frame(process, visit, context);
        at = process->next;
    } while (at.value != mm->processes.value);
}

/* ---- one frame ---- */

struct search {
    pfn_t frame;
    enum frame_kind kind;
};

static void note_kind(void *context, pfn_t frame, enum frame_kind kind)
{
    struct search *search = context;

    if (frame.value == search->frame.value)
        search->kind = kind;
}

static bool map_holds(const struct memmap *map, pfn_t frame)
{
    for (uint32_t i = 0; i < map->count; i++)
        if (frame.value >= map->run[i].start.value && frame.value < map->run[i].end.value)
            return true;
    return false;
}

enum frame_kind mm_frame_kind(struct mm *mm, pfn_t frame)
{
    if (frame.value < RESERVED_END_PFN)
        return FRAME_KERNEL;
    if (!map_holds(&mm->given, frame))
        return FRAME_DEVICE;
    if (!map_holds(&mm->map, frame))
        return FRAME_METADATA;
    struct search search = {frame, mm->strategy->frame_kind(mm, frame)};
    if (search.kind == FRAME_FREE)
        return FRAME_FREE;
    visit_window(mm, note_kind, &search);
    visit_processes(mm, note_kind, &search);
    return search.kind;
}

/* ---- all of them ---- */

struct picture {
    uint8_t *kinds;
    pfn_t end;
};

static void paint(void *context, pfn_t frame, enum frame_kind kind)
{
    const struct picture *picture = context;

    if (frame.value < picture->end.value)
        picture->kinds[frame.value] = (uint8_t)kind;
}

static void paint_run(const struct picture *picture, uint32_t start, uint32_t end,
                      enum frame_kind kind)
{
    for (uint32_t frame = start; frame < end && frame < picture->end.value; frame++)
        picture->kinds[frame] = (uint8_t)kind;
}

static void paint_own(struct mm *mm, const struct picture *picture, struct frame_run run)
{
    for (pfn_t frame = run.start; frame.value < run.end.value && frame.value < picture->end.value;
         frame = pfn_add(frame, 1))
        picture->kinds[frame.value] = (uint8_t)mm->strategy->frame_kind(mm, frame);
}

/* Layer upon layer: RAM, what was left of it after carving, what was given out of that. */
void mm_frame_kinds(struct mm *mm, uint8_t kinds[], pfn_t end)
{
    struct picture picture = {kinds, end};

    paint_run(&picture, 0, RESERVED_END_PFN, FRAME_KERNEL);
    paint_run(&picture, RESERVED_END_PFN, end.value, FRAME_DEVICE);
    for (uint32_t i = 0; i < mm->given.count; i++)
        paint_run(&picture, mm->given.run[i].start.value, mm->given.run[i].end.value,
                  FRAME_METADATA);
    for (uint32_t i = 0; i < mm->map.count; i++)
        paint_own(mm, &picture, mm->map.run[i]);
    visit_window(mm, paint, &picture);
    visit_processes(mm, paint, &picture);
}
