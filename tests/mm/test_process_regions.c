/* Tests map, unmap and setbrk: the regions afterwards, the frames that come back, and the content
 * that is kept. */
#include "support/model_process.h"
#include "support/model_region.h"
#include "support/test.h"

#include <mm/pgtable.h>

#include <stdio.h>
#include <string.h>

#define MAP        0x10000000u
#define PAGES(n)   ((uint32_t)(n) << PAGE_SHIFT)
#define STACK_ONLY "bfffd-c0000S"

static struct mm mm;
static struct process *process;

static void start(const struct strategy *strategy)
{
    model_start(&mm, strategy, 64 * MIB);
    process = model_process(&mm, NULL);
    process_switch(&mm, process);
}

static bool map(uint32_t start_va, uint32_t bytes)
{
    return process_map(&mm, process, vaddr(start_va), bytes, true);
}

static bool unmap(uint32_t start_va, uint32_t bytes)
{
    return process_unmap(&mm, process, vaddr(start_va), bytes);
}

static bool setbrk(uint32_t end)
{
    return process_setbrk(&mm, process, vaddr(end));
}

/* The pictures are drawn for a user space that ends at c0000000. For another end, they are
 * adjusted. */
static void assert_picture(const char *picture)
{
    char moved[256];

    assert_true((size_t)snprintf(moved, sizeof moved, "%s", picture) < sizeof moved);
    for (char *at = moved; mm.user_end == KSEG0_BASE && *at != '\0'; at++) {
        if (memcmp(at, "bff", 3) == 0)
            *at = '7';
        if (memcmp(at, "c0000", 5) == 0)
            *at = '8';
    }
    assert_regions(&process->regions, moved);
}

/* ---- map ---- */

/* Regions consist of whole pages, whatever bytes are requested. */
MM_TEST(maps_whole_pages)
{
    start(strategy);
    assert_true(map(MAP, 1));
    assert_true(map(MAP + PAGES(2) + 0xfff, 2));
    assert_true(process_map(&mm, process, vaddr(MAP + PAGES(6) + 8), PAGES(1), false));
    assert_picture("10000-10001M 10002-10004M 10006-10008m " STACK_ONLY);
    assert_int_equal(process->tables, 0); /* no page was touched */
    model_process_stop(&mm, process);
}

MM_TEST(maps_at_the_ends_of_user_space)
{
    start(strategy);
    assert_true(map(USER_START, 1));
    assert_true(map(USER_STACK - 1, 1));
    assert_picture("1-2M bfffc-bfffdM " STACK_ONLY);
    assert_true(unmap(USER_STACK, USER_STACK_BYTES));
    assert_true(map(MODEL_USER_END - 1, 1));
    assert_true(map(USER_STACK, 2 * PAGE_SIZE));
    assert_picture("1-2M bfffc-bfffdM bfffd-bffffM bffff-c0000M");
    assert_true(user_write(MODEL_USER_END - 4, 1) && user_write(USER_START, 1));
    model_process_stop(&mm, process);
}

/* A request is refused as a whole. */
MM_TEST(refuses_ranges_that_are_taken_or_outside_of_user_space)
{
    start(strategy);
    const struct {
        uint32_t start;
        uint32_t bytes;
    } refused[] = {
        {MAP, 1},                                  /* the first page of the map */
        {MAP + PAGES(3), PAGES(1)},                /* its last page */
        {MAP - PAGES(1), PAGES(1) + 1},            /* overlaps its start */
        {MAP + PAGES(4) - 1, 2},                   /* overlaps its end */
        {MAP - PAGES(1), PAGES(6)},                /* contains it */
        {MAP + PAGES(1), PAGES(1)},                /* lies inside */
        {0, 1},                                    /* the null page */
        {0xfff, 2},                                /* begins in the null page */
        {USER_STACK, 1},                           /* the stack */
        {MODEL_USER_END - 1, 2},                   /* reaches into the kernel */
        {MODEL_USER_END, 1},                       /* the kernel */
        {0xffffffff, 1},                           /* the end of 4 GiB */
        {USER_START, MODEL_USER_END - USER_START}, /* all of user space */
    };

    assert_true(map(MAP, PAGES(4)));
    struct model_state before = model_state(&mm);
    for (uint32_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        mm.failure.cause = MM_OK;
        assert_false(map(refused[i].start, refused[i].bytes));
        assert_int_equal(mm.failure.cause, MM_NO_ADDRESS_SPACE);
        assert_same_state(&mm, &before);
    }
    model_process_stop(&mm, process);
}

/* ---- unmap ---- */

/* Maps four pages and writes a number to each. */
static void map_four(uint32_t at)
{
    assert_true(map(at, PAGES(4)));
    for (uint32_t page = 0; page < 4; page++)
        assert_true(user_write(at + PAGES(page), 0x1000 + page));
}

/*   | 0 | 1 | 2 | 3 |   ->   | 0 |       | 3 |      both sides keep their content */
MM_TEST(unmaps_the_middle)
{
    start(strategy);
    map_four(MAP);
    uint32_t used = mm.counters.frames_used;
    assert_int_equal(process->frames, 4);
    assert_true(unmap(MAP + PAGES(1) + 5, PAGES(1)));
    assert_picture("10000-10001M 10003-10004M " STACK_ONLY);
    assert_int_equal(process->frames, 2);
    if (!strategy_is(strategy, "primary"))
        assert_int_equal(mm.counters.frames_used, used - 2);
    assert_int_equal(user_word(MAP), 0x1000);
    assert_int_equal(user_word(MAP + PAGES(3)), 0x1003);
    assert_false(user_write(MAP + PAGES(1), 0));
    assert_bad_access(&mm, MAP + PAGES(1), FAULT_USER | FAULT_WRITE, MM_ACCESS_NO_REGION);
    assert_names_region(&mm, MAP + PAGES(3), MAP + PAGES(4), REGION_ANONYMOUS);
    assert_false(user_write(MAP + PAGES(2), 0));
    assert_true(map(MAP + PAGES(1), PAGES(2)));
    assert_int_equal(user_word(MAP + PAGES(1)), 0); /* the old content is gone */
    model_process_stop(&mm, process);
}

MM_TEST(unmaps_over_several_regions)
{
    start(strategy);
    for (uint32_t i = 0; i < 5; i++)
        map_four(MAP + PAGES(8) * i);
    assert_true(unmap(MAP + PAGES(2), PAGES(24)));
    assert_picture("10000-10002M 1001a-1001cM 10020-10024M " STACK_ONLY);
    assert_int_equal(process->frames, 2 + 2 + 4);
    assert_int_equal(user_word(MAP + PAGES(1)), 0x1001);
    assert_int_equal(user_word(MAP + PAGES(27)), 0x1003);
    model_process_stop(&mm, process);
}

/* Pages of no region are skipped, wherever the range starts and ends. */
MM_TEST(unmaps_the_regions_in_a_range)
{
    start(strategy);
    map_four(MAP);
    assert_true(unmap(MODEL_USER_END, 1));
    assert_true(unmap(0xffffffff, 1));
    assert_true(unmap(0xfffff000, PAGE_SIZE));
    assert_true(unmap(0, PAGE_SIZE));
    assert_true(unmap(MAP - PAGES(1), PAGES(1)));
    assert_true(unmap(MAP + PAGES(4), PAGES(100)));
    assert_int_equal(process->frames, 4);
    assert_picture("10000-10004M " STACK_ONLY);
    assert_true(unmap(MODEL_USER_END - 1, UINT32_MAX - (MODEL_USER_END - 2)));
    assert_picture("10000-10004M bfffd-bffffS");
    assert_true(unmap(0, UINT32_MAX)); /* all of user space */
    assert_picture("");
    assert_int_equal(process->frames, 0);
    assert_int_equal(process->tables, 0);
    model_process_stop(&mm, process);
}

/* A page table is freed with the last region of its 4 MiB, and not before. */
MM_TEST(a_page_table_stays_while_a_region_needs_it)
{
    start(strategy);
    assert_true(map(MAP, PAGES(1)) && map(MAP + PAGES(4), PAGES(1)));
    assert_true(user_write(MAP, 1));
    assert_int_equal(process->tables, 1);
    assert_true(unmap(MAP, PAGES(1))); /* its only page, but the other region may be touched yet */
    assert_int_equal(process->tables, 1);
    assert_int_equal(process->frames, 0);
    assert_sound(&mm);
    assert_true(unmap(MAP + PAGES(4), PAGES(1)));
    assert_int_equal(process->tables, 0);
    assert_int_equal(user_entry_value(process, MAP), 0);

    /* Across the boundary of two page tables. */
    assert_true(map(MAP + LARGE_PAGE_SIZE - PAGES(1), PAGES(2)));
    assert_true(user_write(MAP + LARGE_PAGE_SIZE - 2, 0x01020304));
    assert_int_equal(process->tables, 2);
    assert_true(unmap(MAP + LARGE_PAGE_SIZE, PAGES(1)));
    assert_int_equal(process->tables, 1);
    assert_int_equal(user_word(MAP + LARGE_PAGE_SIZE - 4), 0x03040000);
    model_process_stop(&mm, process);
}

/* Some page tables in the range exist and some do not, because their regions were never touched. */
MM_TEST(unmaps_across_page_tables)
{
    start(strategy);
    for (uint32_t i = 0; i < 6; i++)
        assert_true(map(MAP + i * LARGE_PAGE_SIZE, LARGE_PAGE_SIZE));
    for (uint32_t i = 0; i < 6; i += 2)
        assert_true(user_write(MAP + i * LARGE_PAGE_SIZE + PAGES(512), i));
    assert_int_equal(process->tables, 3);
    /* Into the fifth table, past its page. */
    assert_true(unmap(MAP + PAGES(513), 4 * LARGE_PAGE_SIZE));
    assert_int_equal(process->tables, 2);
    assert_int_equal(process->frames, 1);
    assert_picture("10000-10201M 11201-11400M 11400-11800M " STACK_ONLY);
    assert_int_equal(user_word(MAP + PAGES(512)), 0);
    assert_sound(&mm);
    model_process_stop(&mm, process);
}

/* A process that does not run is unmapped. The current one keeps its memory. */
MM_TEST(unmaps_another_process)
{
    start(strategy);
    map_four(MAP);
    struct process *other = model_process(&mm, NULL);
    process_switch(&mm, other);
    assert_true(process_map(&mm, other, vaddr(MAP), PAGES(4), true));
    assert_true(user_write(MAP, 5));
    assert_true(unmap(MAP, PAGES(100)));
    assert_int_equal(user_word(MAP), 5);
    assert_int_equal(process->frames, 0);
    process_switch(&mm, process);
    assert_false(user_read(MAP, &(uint32_t){0}));
    process_exit(&mm, other);
    model_process_stop(&mm, process);
}

/* ---- setbrk ---- */

#define HEAP USER_TEXT /* where the heap starts without an image */

MM_TEST(the_heap_grows_and_shrinks)
{
    start(strategy);
    assert_true(setbrk(HEAP)); /* the current end */
    assert_picture(STACK_ONLY);
    assert_true(setbrk(HEAP + 1));
    assert_picture("8048-8049H " STACK_ONLY);
    assert_true(setbrk(HEAP + PAGES(1))); /* the same page */
    assert_picture("8048-8049H " STACK_ONLY);
    assert_true(user_write(HEAP, 1));
    assert_true(setbrk(HEAP + PAGES(3) + 1));
    assert_picture("8048-804cH " STACK_ONLY); /* still one region */
    assert_int_equal(user_word(HEAP), 1);
    assert_true(user_write(HEAP + PAGES(3), 4));
    assert_true(setbrk(HEAP + PAGES(3))); /* frees the last page */
    assert_picture("8048-804bH " STACK_ONLY);
    assert_int_equal(process->frames, 1);
    assert_int_equal(process->heap_end.value, HEAP + PAGES(3));
    assert_true(setbrk(HEAP));
    assert_picture(STACK_ONLY);
    assert_int_equal(process->frames, 0);
    assert_int_equal(process->tables, 0);
    assert_true(setbrk(HEAP + PAGES(1)));
    assert_int_equal(user_word(HEAP), 0);
    model_process_stop(&mm, process);
}

/*   | heap | ... one page ... | map |     an overrun of the heap meets no other region */
MM_TEST(the_heap_keeps_a_page_from_the_next_region)
{
    start(strategy);
    assert_true(map(HEAP + PAGES(4), PAGES(1)));
    assert_true(setbrk(HEAP + PAGES(2)));
    assert_true(setbrk(HEAP + PAGES(3)));
    struct model_state before = model_state(&mm);
    const uint32_t ends[] = {HEAP + PAGES(3) + 1,
                             HEAP + PAGES(4),
                             HEAP + PAGES(5),
                             HEAP + PAGES(100),
                             MODEL_USER_END,
                             HEAP - 1,
                             0,
                             MODEL_USER_END + 1,
                             UINT32_MAX};
    for (uint32_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        mm.failure.cause = MM_OK;
        assert_false(setbrk(ends[i]));
        assert_int_equal(mm.failure.cause, MM_NO_ADDRESS_SPACE);
        assert_same_state(&mm, &before);
    }
    assert_true(unmap(HEAP + PAGES(4), 1));
    assert_true(setbrk(HEAP + PAGES(5)));
    model_process_stop(&mm, process);
}

/* The heap may grow to the page below the stack, and if the stack is unmapped, to the page below
 * the kernel. */
MM_TEST(the_heap_may_have_all_of_user_space)
{
    start(strategy);
    assert_false(setbrk(USER_STACK));
    assert_false(setbrk(USER_STACK - PAGE_SIZE + 1));
    assert_true(setbrk(USER_STACK - PAGE_SIZE));
    assert_true(user_write(USER_STACK - PAGE_SIZE - 4, 1));
    assert_true(unmap(USER_STACK, USER_STACK_BYTES));
    assert_false(setbrk(MODEL_USER_END));
    assert_false(setbrk(MODEL_USER_END - PAGE_SIZE + 1));
    assert_true(setbrk(MODEL_USER_END - PAGE_SIZE));
    assert_picture("8048-bffffH");
    model_process_stop(&mm, process);
}

/* The heap's end was unmapped. Growing adds a separate region behind the hole. */
MM_TEST(the_heap_may_have_holes)
{
    start(strategy);
    assert_true(setbrk(HEAP + PAGES(8)));
    assert_true(unmap(HEAP + PAGES(6), PAGES(2)));
    assert_true(setbrk(HEAP + PAGES(9)));
    assert_picture("8048-804eH 8050-8051H " STACK_ONLY);
    assert_true(unmap(HEAP + PAGES(8), PAGES(1)));
    /* A map right before the end, in the heap's place. */
    assert_true(map(HEAP + PAGES(8), PAGES(1)));
    assert_true(setbrk(HEAP + PAGES(10)));
    assert_picture("8048-804eH 8050-8051M 8051-8052H " STACK_ONLY);
    assert_true(setbrk(HEAP + PAGES(1))); /* everything in between is unmapped */
    assert_picture("8048-8049H " STACK_ONLY);
    model_process_stop(&mm, process);
}

/* The program's data lies right below; the heap is a separate region. */
MM_TEST(the_heap_begins_behind_the_image)
{
    model_start(&mm, strategy, 64 * MIB);
    process = model_process(&mm, &(struct process_image){.bss_bytes = 1});
    assert_true(setbrk(HEAP + PAGES(2)));
    assert_picture("8048-8049B 8049-804aH " STACK_ONLY);
    assert_false(setbrk(HEAP + PAGES(1) - 1));
    assert_true(setbrk(HEAP + PAGES(1)));
    assert_picture("8048-8049B " STACK_ONLY);
    assert_true(setbrk(HEAP + PAGES(3)));
    assert_picture("8048-8049B 8049-804bH " STACK_ONLY);
    model_process_stop(&mm, process);
}
