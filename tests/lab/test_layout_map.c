/* Reads the map of virtual memory from the page tables. */
#include "support/model_mm.h"
#include "support/test.h"

#include "lab/layout_map.h"
#include <mm/pgtable.h>
#include <mm/strategy.h>

#include <string.h>

static struct layout_map layout;

static void read_layout(const char *name, const struct memmap *map)
{
    const char *reason;

    assert_true(layout_map_read(&layout, mm_strategy_find(name), map, &reason));
    assert_null(machine_current);
}

static const struct layout_row *row_named(const char *what)
{
    for (uint32_t i = 0; i < layout.count; i++)
        if (strcmp(layout.row[i].what, what) == 0)
            return &layout.row[i];
    fail_msg("no row \"%s\"", what);
    return NULL;
}

static void assert_row(const char *what, uint32_t start, uint64_t end, uint64_t mapped_bytes,
                       uint32_t page_sizes)
{
    const struct layout_row *row = row_named(what);

    assert_int_equal(row->start, start);
    assert_int_equal(row->end, end);
    assert_int_equal(row->mapped_bytes, mapped_bytes);
    assert_int_equal(row->page_sizes, page_sizes);
}

/* The forum thread fixes these rows; they are the same under each strategy. */
static void assert_layout_of_the_thread(const struct strategy *strategy)
{
    const struct memmap map = model_map(1024 * MIB);

    read_layout(strategy->name, &map);
    assert_row("never mapped", 0, 0x1000, 0, 0);
    uint32_t user_end = strategy->segments ? 0x80000000 : 0xc0000000;
    assert_row("user space", 0x1000, user_end, 2 * PAGE_SIZE, PAGE_SIZE);
    assert_row(".text", 0x08048000, 0x08049000, PAGE_SIZE, PAGE_SIZE);
    assert_row("stack", user_end - 0x3000, user_end, 0, 0);
    assert_row("direct map of 0 - 768 MiB", 0xc0000000, 0xf0000000, 768 * MIB, LARGE_PAGE_SIZE);
    assert_row("video RAM", 0xc00b8000, 0xc00c0000, 0x8000, LARGE_PAGE_SIZE);
    assert_row("kernel", 0xc0100000, 0xc0400000, 3 * MIB, LARGE_PAGE_SIZE);
    assert_row("linear frame buffer", 0xf5000000, 0xfd000000, 16 * MIB, LARGE_PAGE_SIZE);
    assert_row("temporary mappings", 0xfe000000, 0xfe010000, 0, 0);
    assert_row("page directory", 0xfffff000, UINT64_C(1) << 32, PAGE_SIZE, PAGE_SIZE);
}

TEST(each_strategy_has_the_layout_of_the_thread)
{
    for (const struct strategy *const *strategy = mm_strategies; *strategy != NULL; strategy++)
        assert_layout_of_the_thread(*strategy);
}

TEST(each_area_has_its_rights)
{
    const struct memmap map = model_map(64 * MIB);
    const struct layout_row *text;

    read_layout("brk", &map);
    text = row_named(".text");
    assert_int_equal(text->flags_any & (PTE_USER | PTE_WRITABLE), PTE_USER);
    assert_int_equal(row_named(".data")->flags_all & PTE_WRITABLE, PTE_WRITABLE);
    assert_int_equal(row_named("kernel")->flags_any & PTE_USER, 0);
    assert_int_equal(row_named("linear frame buffer")->flags_all & PTE_CACHE_DISABLE,
                     PTE_CACHE_DISABLE);
}

TEST(the_heap_is_where_the_strategy_puts_it)
{
    const struct memmap map = model_map(64 * MIB);

    read_layout("window", &map);
    assert_row("heap area", 0xf0000000, 0xf4000000, 0, 0);
    read_layout("brk", &map);
    assert_row("vmalloc", 0xf0000000, 0xf4000000, 0, 0);
    const struct layout_row *heap = row_named("heap, at most");
    const struct layout_row *metadata = row_named("metadata");
    assert_int_equal(heap->start, 0xc0400000);
    assert_int_equal(heap->end, metadata->start);
    assert_int_equal(metadata->end, 0xc0000000 + 64 * MIB);
    read_layout("primary", &map);
    heap = row_named("heap, at most");
    assert_int_equal(heap[0].end, 0xc1000000);
    assert_int_equal(heap[1].start, 0xc1000000);
}

/* kseg0 and kseg1 need no page table: all bytes are mapped, with no page size. */
TEST(kseg0_and_kseg1_are_mapped_without_pages)
{
    const struct memmap map = model_map(1024 * MIB);

    read_layout("kseg0", &map);
    assert_row("kseg0: 0 - 512 MiB, by hardware", 0x80000000, 0xa0000000, 512 * MIB, 0);
    assert_row("kseg1: the same", 0xa0000000, 0xc0000000, 512 * MIB, 0);
    assert_row("vmalloc", 0xf0000000, 0xf4000000, 0, 0);
    const struct layout_row *heap = row_named("heap, at most");
    const struct layout_row *metadata = row_named("metadata");
    assert_true(heap->start >= 0x80400000 && heap->end <= 0xa0000000);
    assert_int_equal(heap->mapped_bytes, heap->end - heap->start);
    assert_int_equal(metadata->end, 0xe0000000); /* of LOW, in the direct map */
    assert_int_equal(row_named("kseg0: 0 - 512 MiB, by hardware")->flags_any, PTE_WRITABLE);
    assert_int_equal(row_named("kseg1: the same")->flags_all & PTE_CACHE_DISABLE,
                     PTE_CACHE_DISABLE);
}

/* The machine has RAM at the addresses of the display, so it has no display. */
TEST(ram_at_the_frame_buffer_leaves_no_display)
{
    const struct memmap map = model_map(UINT64_C(1) << 32);

    read_layout("brk", &map);
    assert_row("linear frame buffer", 0xf5000000, 0xfd000000, 0, 0);
}

/* The machine grows by one frame until all fits. Both errors occur on the way. */
TEST(machines_without_room_are_reported)
{
    const char *reason = NULL;
    uint32_t metadata = 0;
    uint32_t process = 0;

    for (uint32_t frames = 1;; frames++) {
        const struct memmap map = {1, {{pfn(0x400), pfn(0x400 + frames)}}};
        if (layout_map_read(&layout, mm_strategy_find("brk"), &map, &reason))
            break;
        metadata += strstr(reason, "no room for the metadata") != NULL;
        process += strstr(reason, "no room for a process") != NULL;
        assert_null(machine_current);
    }
    assert_true(metadata > 18);
    assert_true(process > 2);
}
