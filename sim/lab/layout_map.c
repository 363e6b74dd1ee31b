#include "lab/layout_map.h"

#include <stdio.h>
#include <string.h>

#include <mm/framebuffer.h>
#include <mm/pgtable.h>
#include <mm/process.h>
#include <mm/strategy.h>

#include "machine/machine.h"
#include "machine/page_scan.h"

struct area {
    uint32_t start;
    uint64_t end;
    const char *what;
};

/* The areas of the map that are the same under every strategy. The heap, the metadata and the
 * regions of a process differ. */
static const struct area kernel_areas[] = {
    {0xc0000000, 0xc0000400, "interrupt vectors of real mode"},
    {0xc00b8000, 0xc00c0000, "video RAM"},
    {0xc00c0000, 0xc00cd000, "video BIOS"},
    {0xc0100000, 0xc0400000, "kernel"},
};

static const struct area upper_areas[] = {
    {FRAMEBUFFER_BASE, FRAMEBUFFER_BASE + FRAMEBUFFER_SIZE, "linear frame buffer"},
    {TEMPMAP_BASE, MACHINE_PAGE, "temporary mappings"},
    {MACHINE_PAGE, MACHINE_PAGE + PAGE_SIZE, "the machine's own"},
    {PAGE_TABLES, PAGE_DIRECTORY, "page tables"},
    {PAGE_DIRECTORY, UINT64_C(1) << 32, "page directory"},
};

static const unsigned char program_bytes[64] = {0xeb, 0xfe}; /* jmp to itself */

static const struct process_image program = {
    .text = program_bytes,
    .text_bytes = sizeof program_bytes,
    .data = program_bytes,
    .data_bytes = sizeof program_bytes,
    .bss_bytes = PAGE_SIZE,
};

/* Add the part of a mapped range that lies in a row. */
static void row_take(struct layout_row *row, const struct page_range *range)
{
    uint64_t range_end = range->va + range->bytes;
    uint64_t start = range->va > row->start ? range->va : row->start;
    uint64_t end = range_end < row->end ? range_end : row->end;

    if (start >= end)
        return;
    row->mapped_bytes += end - start;
    row->page_sizes |= (uint32_t)range->page_bytes;
    row->flags_any |= range->flags;
    row->flags_all &= range->flags;
}

static void visit_range(void *context, const struct page_range *range)
{
    struct layout_map *layout = context;

    for (uint32_t i = 0; i < layout->count; i++)
        row_take(&layout->row[i], range);
}

/* The segments of kseg0 and kseg1 as ranges that a scan would find, without pages. */
static const struct page_range segments[] = {
    {.va = KSEG0_BASE, .bytes = KSEG_SIZE, .flags = PAGING_WRITABLE},
    {.va = KSEG1_BASE, .bytes = KSEG_SIZE, .flags = PAGING_WRITABLE | PAGING_CACHE_DISABLE},
};

static size_t read_arena(void *context, uint64_t pa, void *bytes, size_t count)
{
    memcpy(bytes, (const char *)context + pa, count);
    return count;
}

/* Find out what is mapped of each row, as the CPU sees it now. */
static void rows_read(struct layout_map *layout)
{
    const struct mmu *mmu = &machine_current->mmu;
    const struct paging_mode *mode = paging_mode_find("32bit");
    const struct page_tables tables = {.memory = {read_arena, mmu->memory},
                                       .mode = mode,
                                       .root = paging_root_of_cr3(mode, mmu->cr3),
                                       .cr4 = mmu->cr4};
    struct page_scan_result result;

    page_scan(&tables, PAGE_MERGE_PAGES, visit_range, layout, &result);
    for (size_t i = 0; mmu->segments && i < sizeof segments / sizeof segments[0]; i++)
        visit_range(layout, &segments[i]);
}

static void add_row(struct layout_map *layout, uint32_t depth, uint32_t start, uint64_t end,
                    const char *what)
{
    struct layout_row *row = &layout->row[layout->count++];

    *row = (struct layout_row){.start = start, .end = end, .depth = depth, .flags_all = UINT32_MAX};
    snprintf(row->what, sizeof row->what, "%s", what);
}

static void add_areas(struct layout_map *layout, uint32_t depth, const struct area areas[],
                      size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_row(layout, depth, areas[i].start, areas[i].end, areas[i].what);
}

static void add_user_space(struct layout_map *layout, const struct mm *mm,
                           const struct process *process)
{
    const struct region *region = region_find(&process->regions, 0);

    add_row(layout, 0, 0, USER_START, "never mapped");
    add_row(layout, 0, USER_START, mm->user_end, "user space");
    for (; region != NULL; region = region_find(&process->regions, region->end))
        add_row(layout, 1, region->start, region->end,
                region_kind_name((enum region_kind)region->kind));
}

/* Add the ranges in which the heap may grow, if they are inside [start, end). */
static void add_heap(struct layout_map *layout, struct mm *mm, uint32_t start, uint32_t end)
{
    struct vaddr_range range;

    for (uint32_t i = 0; mm->strategy->heap_range(mm, i, &range); i++)
        if (range.start.value >= start && range.end.value <= end &&
            range.start.value != range.end.value)
            add_row(layout, 1, range.start.value, range.end.value, "heap, at most");
}

static void add_frames(struct layout_map *layout, pfn_t start, pfn_t end, const char *what)
{
    if (start.value < end.value)
        add_row(layout, 1, direct_map_frame(start).value, (uint64_t)direct_map_frame(end).value,
                what);
}

/* Add the metadata: the frames that the given map has, and that mm_init() took out of the memory
 * manager's. */
static void add_metadata(struct layout_map *layout, const struct mm *mm, const struct memmap *map)
{
    const struct frame_range *left = mm->map.range;
    const struct frame_range *left_end = left + mm->map.count;

    for (uint32_t i = 0; i < map->count; i++) {
        pfn_t at = map->range[i].start;
        for (; left < left_end && left->start.value < map->range[i].end.value; left++) {
            add_frames(layout, at, left->start, "metadata");
            at = left->end;
        }
        add_frames(layout, at, map->range[i].end, "metadata");
    }
}

static void add_segments(struct layout_map *layout, struct mm *mm)
{
    add_row(layout, 0, KSEG0_BASE, KSEG1_BASE, "kseg0: 0 - 512 MiB, by hardware");
    add_heap(layout, mm, KSEG0_BASE, KSEG1_BASE);
    add_row(layout, 0, KSEG1_BASE, DIRECT_MAP_BASE, "kseg1: the same");
}

static void add_direct_map(struct layout_map *layout, struct mm *mm, const struct memmap *map)
{
    add_row(layout, 0, DIRECT_MAP_BASE, HEAP_AREA_BASE, "direct map of 0 - 768 MiB");
    add_areas(layout, 1, kernel_areas, sizeof kernel_areas / sizeof kernel_areas[0]);
    add_heap(layout, mm, DIRECT_MAP_BASE, HEAP_AREA_BASE);
    add_metadata(layout, mm, map);
}

static void add_heap_area(struct layout_map *layout, const struct mm *mm)
{
    add_row(layout, 0, HEAP_AREA_BASE, (uint64_t)HEAP_AREA_BASE + HEAP_AREA_SIZE,
            mm->strategy->vmalloc_in_heap ? "heap area" : "vmalloc");
}

static bool display_is_apart(const struct memmap *map)
{
    uint32_t first = LAYOUT_DISPLAY >> PAGE_SHIFT;
    uint32_t end = first + (LAYOUT_DISPLAY_BYTES >> PAGE_SHIFT);

    for (uint32_t i = 0; i < map->count; i++)
        if (map->range[i].start.value < end && map->range[i].end.value > first)
            return false;
    return true;
}

static bool read_started(struct layout_map *layout, struct mm *mm, const struct memmap *map)
{
    if (display_is_apart(map) &&
        vaddr_is_none(framebuffer_map(mm, paddr(LAYOUT_DISPLAY), LAYOUT_DISPLAY_BYTES)))
        return false;
    struct process *process = process_create(mm, &program);
    if (process == NULL || !process_setbrk(mm, process, vaddr_add(process->heap_end, PAGE_SIZE)))
        return false;
    process_switch(mm, process);
    add_user_space(layout, mm, process);
    if (mm_has_segments(mm))
        add_segments(layout, mm);
    add_direct_map(layout, mm, map);
    add_heap_area(layout, mm);
    add_areas(layout, 0, upper_areas, sizeof upper_areas / sizeof upper_areas[0]);
    rows_read(layout);
    return true;
}

static bool read_machine(struct layout_map *layout, const struct strategy *strategy,
                         const struct memmap *map, const char **reason)
{
    struct mm mm;

    *reason = "the memory map has no room for the metadata in low memory";
    if (!mm_init(&mm, strategy, map))
        return false;
    *reason = "the memory map has no room for a process";
    bool done = read_started(layout, &mm, map);
    mm_exit(&mm);
    return done;
}

bool layout_map_read(struct layout_map *layout, const struct strategy *strategy,
                     const struct memmap *map, const char **reason)
{
    const struct machine_options options = {.watch = MACHINE_WATCH_NOTHING};
    struct machine *machine = machine_create(&options);

    layout->count = 0;
    *reason = machine_error();
    if (machine == NULL)
        return false;
    bool done = read_machine(layout, strategy, map, reason);
    machine_destroy(machine);
    return done;
}
