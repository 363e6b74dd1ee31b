/* Tests areas of the heap area, over a strategy that gives the lowest free frame. */
#include "support/on_machine.h"
#include "support/test.h"

#include <mm/pgtable.h>
#include <mm/strategy.h>
#include <mm/vmalloc.h>

#include "mm/owners.h"

#include <string.h>

#define TABLES_AT 0x1000u /* frame of the kernel's directory; its tables follow */
#define FRAMES_AT 0x2000u /* the first frame that is given out */
#define OWNERS_AT 0x1100u /* frame of the map of owners, in which all frames are free */

static struct {
    struct mm mm;
    struct vmalloc_space space;
    uint32_t given;
    uint32_t limit;
    uint32_t last_freed;
} v;

static pfn_t lowest_pages_alloc(struct mm *mm, uint32_t order, enum page_class page_class)
{
    if (v.given == v.limit || order != 0 || page_class != PAGES_USER) {
        mm_fail(mm, MM_NO_FRAMES, PFN_NONE);
        return PFN_NONE;
    }
    mm_count_frames_taken(mm, 1);
    v.given++;
    for (pfn_t frame = pfn(FRAMES_AT);; frame = pfn_add(frame, 1))
        if (owner_is(mm, frame, OWNER_FREE))
            return frame;
}

static void lowest_pages_free(struct mm *mm, pfn_t first, uint32_t order)
{
    mm_count_frames_given(mm, 1u << order);
    v.last_freed = first.value;
    v.given--;
}

static const struct strategy lowest_first = {
    .name = "lowest", .pages_alloc = lowest_pages_alloc, .pages_free = lowest_pages_free};

static void start(uint32_t limit)
{
    memset(&v, 0, sizeof v);
    v.limit = limit;
    pgtable_build_kernel(pfn(TABLES_AT));
    machine_load_cr3(pfn_to_paddr(pfn(TABLES_AT)));
    v.mm.strategy = &lowest_first;
    v.mm.owners = direct_map_frame(pfn(OWNERS_AT));
    v.mm.owners_end = pfn(LOW_END_PFN);
    v.mm.given = (struct memmap){1, {{pfn(FRAMES_AT), pfn(LOW_END_PFN)}}};
    v.mm.heap_area_tables = direct_map_frame(pfn(TABLES_AT + 1));
    vmalloc_init(&v.space);
    assert_null(vmalloc_check(&v.mm, &v.space));
}

static vaddr_t area(uint32_t pages)
{
    return vmalloc_alloc(&v.mm, &v.space, pages * PAGE_SIZE);
}

static void give(vaddr_t block)
{
    vmalloc_free(&v.mm, &v.space, block);
}

static void assert_nothing_left(void)
{
    assert_null(vmalloc_check(&v.mm, &v.space));
    assert_int_equal(v.given, 0);
    assert_int_equal(v.mm.counters.frames_used, 0);
    for (uint32_t page = 0; page < HEAP_AREA_PAGES; page++)
        if (heap_area_entry(v.mm.heap_area_tables, page) != 0)
            fail_msg("page %u is still mapped", page);
}

/*
 *     |A A A g|B g|C C g| ...
 */
MACHINE_TEST(areas_have_a_guard_page_behind)
{
    start(100);
    vaddr_t a = vmalloc_alloc(&v.mm, &v.space, 2 * PAGE_SIZE + 1);
    vaddr_t b = vmalloc_alloc(&v.mm, &v.space, 1);
    vaddr_t c = area(2);
    assert_int_equal(a.value, HEAP_AREA_BASE);
    assert_int_equal(b.value, HEAP_AREA_BASE + 4 * PAGE_SIZE);
    assert_int_equal(c.value, HEAP_AREA_BASE + 6 * PAGE_SIZE);
    assert_int_equal(v.given, 6);
    assert_null(vmalloc_check(&v.mm, &v.space));
    for (uint32_t i = 0; i < 3; i++)
        assert_true(machine_touch(vaddr_add(a, i * PAGE_SIZE), true));
    assert_false(machine_touch(vaddr_add(a, 3 * PAGE_SIZE), false));
    *(uint32_t *)machine_pointer(vaddr_add(a, PAGE_SIZE)) = 7;
    assert_int_equal(*(uint32_t *)machine_pointer(direct_map_frame(pfn(FRAMES_AT + 1))), 7);
    give(b);
    assert_false(machine_touch(b, false));
    give(c);
    assert_null(vmalloc_check(&v.mm, &v.space));
    give(a);
    assert_int_equal(v.last_freed, FRAMES_AT); /* frees the last page first */
    assert_nothing_left();
}

/* The search goes around, so freed addresses are used again last. */
MACHINE_TEST(the_search_goes_round)
{
    start(HEAP_AREA_PAGES);
    vaddr_t first = area(999);
    vaddr_t second = area(HEAP_AREA_PAGES - 1000 - 500 - 1);
    assert_int_equal(second.value, HEAP_AREA_BASE + 1000 * PAGE_SIZE);
    give(first);
    vaddr_t third = area(499); /* fits exactly behind the second, with its guard */
    assert_int_equal(third.value, HEAP_AREA_BASE + HEAP_AREA_SIZE - 500 * PAGE_SIZE);
    vaddr_t fourth = area(10); /* reaches the end */
    assert_int_equal(fourth.value, HEAP_AREA_BASE);
    vaddr_t fifth = area(988);
    assert_int_equal(fifth.value, HEAP_AREA_BASE + 11 * PAGE_SIZE);
    assert_true(vaddr_is_none(area(1)));
    assert_int_equal(v.mm.failure.cause, MM_NO_ADDRESS_SPACE);
    assert_null(vmalloc_check(&v.mm, &v.space));
    give(second);
    give(fourth);
    give(third);
    give(fifth);
    assert_nothing_left();
}

MACHINE_TEST(the_whole_heap_area_but_a_guard)
{
    start(HEAP_AREA_PAGES);
    assert_true(vaddr_is_none(area(HEAP_AREA_PAGES)));
    assert_int_equal(v.mm.failure.cause, MM_NO_ADDRESS_SPACE);
    assert_true(pfn_is_none(v.mm.failure.blocker));
    assert_true(vaddr_is_none(vmalloc_alloc(&v.mm, &v.space, UINT32_MAX)));
    assert_int_equal(v.mm.failure.cause, MM_NO_ADDRESS_SPACE);
    vaddr_t all = area(HEAP_AREA_PAGES - 1);
    assert_int_equal(all.value, HEAP_AREA_BASE);
    assert_null(vmalloc_check(&v.mm, &v.space));
    assert_true(vaddr_is_none(area(1)));
    give(all);
    assert_nothing_left();
    assert_false(vaddr_is_none(area(1))); /* at the front, because the last one reached the end */
}

/* An area that would fit only without its guard does not fit. */
MACHINE_TEST(the_guard_needs_room_too)
{
    start(HEAP_AREA_PAGES);
    vaddr_t most = area(HEAP_AREA_PAGES - 11);
    assert_true(vaddr_is_none(area(10)));
    assert_int_equal(v.mm.failure.cause, MM_NO_ADDRESS_SPACE);
    vaddr_t rest = area(9);
    assert_int_equal(rest.value, HEAP_AREA_BASE + HEAP_AREA_SIZE - 10 * PAGE_SIZE);
    give(most);
    give(rest);
    assert_nothing_left();
}

/* Each page in turn finds no frame. */
MACHINE_TEST(a_failure_in_the_middle_leaves_nothing)
{
    start(20);
    vaddr_t before = area(4);
    for (uint32_t frames = 0; frames < 6; frames++) {
        struct vmalloc_space space = v.space;
        struct mm_counters counters = v.mm.counters;
        v.limit = 4 + frames;
        assert_true(vaddr_is_none(area(6)));
        assert_int_equal(v.mm.failure.cause, MM_NO_FRAMES);
        assert_memory_equal(&space, &v.space, sizeof space);
        assert_memory_equal(&counters, &v.mm.counters, sizeof counters);
        assert_int_equal(v.given, 4);
        assert_null(vmalloc_check(&v.mm, &v.space));
    }
    v.limit = 10;
    give(area(6));
    give(before);
    assert_nothing_left();
}

static void run_free(void *context)
{
    give(*(const vaddr_t *)context);
}

MACHINE_TEST(panics_on_addresses_that_are_no_area)
{
    static const char line[] = "panic: vfree: ";

    start(100);
    vaddr_t a = area(3);
    vaddr_t b = area(1);
    const vaddr_t bad[] = {vaddr_add(a, 4),
                           vaddr_add(a, PAGE_SIZE),
                           vaddr_add(a, 3 * PAGE_SIZE), /* the guard page */
                           vaddr_add(b, 2 * PAGE_SIZE), /* never used */
                           vaddr(HEAP_AREA_BASE - PAGE_SIZE),
                           vaddr(HEAP_AREA_BASE + HEAP_AREA_SIZE)};
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_panics(run_free, &(vaddr_t){bad[i].value}, line);
    give(b);
    assert_panics(run_free, &b, line);
    give(a);
    assert_panics(run_free, &a, line);
    assert_nothing_left();
}

MACHINE_TEST(checker_names_each_rule)
{
    start(100);
    vaddr_t a = area(3);
    assert_int_equal(v.space.used[0], 0xf);

    heap_area_map(v.mm.heap_area_tables, 40, pfn(0x3000));
    assert_string_equal(vmalloc_check(&v.mm, &v.space),
                        "vmalloc: a page is mapped outside of every area");
    heap_area_unmap(v.mm.heap_area_tables, 40);

    v.space.used[1] |= 1;
    assert_string_equal(vmalloc_check(&v.mm, &v.space), "vmalloc: an area has a hole, or no page");
    v.space.used[1] = 0;

    v.space.used[0] &= ~8u;
    assert_string_equal(vmalloc_check(&v.mm, &v.space), "vmalloc: an area has no guard");
    v.space.used[0] |= 8;

    v.space.used[HEAP_AREA_PAGES / 32 - 1] |= 0x80000000u;
    heap_area_map(v.mm.heap_area_tables, HEAP_AREA_PAGES - 1, pfn(0x3000));
    assert_string_equal(vmalloc_check(&v.mm, &v.space),
                        "vmalloc: a page of an area has a frame that is not vmalloc()'s");
    owner_set(&v.mm, pfn(0x3000), 0, OWNER_VMALLOC);
    assert_string_equal(vmalloc_check(&v.mm, &v.space), "vmalloc: the last area has no guard");
    heap_area_unmap(v.mm.heap_area_tables, HEAP_AREA_PAGES - 1);
    v.space.used[HEAP_AREA_PAGES / 32 - 1] = 0;
    assert_string_equal(vmalloc_check(&v.mm, &v.space),
                        "vmalloc: a frame is vmalloc()'s, and not mapped");
    owner_set(&v.mm, pfn(0x3000), 0, OWNER_FREE);
    give(a);
    assert_nothing_left();
}
