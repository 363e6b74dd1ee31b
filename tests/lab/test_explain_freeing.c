/* Finds the blocks and processes whose release lets a failed request pass. */
#include "support/explaining.h"
#include "support/test.h"

#include <stdio.h>

TEST(freeing_one_block_is_enough)
{
    explain("brk", 32 * MIB, BLOCK_THREE "kmalloc 4 13631488 @module\n", 1);
    assert_true(explained.freeing.enough);
    assert_int_equal(explained.freeing.count, 1);
    assert_int_equal(explained.freeing.owner[0], 2);
    assert_int_equal(explained.freeing.trial.end, TRIAL_PASSED);
}

/* Four blocks of pages stop brk. The search meets them one after the other. */
TEST(freeing_all_blockers_of_brk_is_enough)
{
    char events[4096];
    size_t at = 0;

    for (uint32_t i = 1; i <= 5; i++)
        at += (size_t)snprintf(events + at, sizeof events - at, "pages %u 10\n", i);
    for (uint32_t i = 6; i <= 12; i++) /* three go above, and four to frame 400 */
        at += (size_t)snprintf(events + at, sizeof events - at, "pages %u 8\n", i);
    for (uint32_t i = 1; i <= 5; i++)
        at += (size_t)snprintf(events + at, sizeof events - at, "free_pages %u\n", i);
    snprintf(events + at, sizeof events - at, "kmalloc 20 10000000 @big\n");
    explain("brk", 32 * MIB, events, 1);
    assert_int_equal(explained.snapshot.failure.cause, MM_BRK_BLOCKED);
    assert_true(explained.freeing.enough);
    assert_int_equal(explained.freeing.count, 4);
    assert_int_equal(explained.freeing.trial.end, TRIAL_PASSED);
}

TEST(the_search_ends_at_the_limit_of_freed_owners)
{
    static char events[4000];
    size_t at = 0;

    for (uint32_t i = 1; i <= 300; i++)
        at += (size_t)snprintf(events + at, sizeof events - at, "pages %u 3\n", i);
    snprintf(events + at, sizeof events - at, "kmalloc 400 26000000\n");
    explain("brk", 32 * MIB, events, 1);
    assert_false(explained.freeing.enough);
    assert_int_equal(explained.freeing.count, EXPLAIN_FREED_MAX);
}

/* The owners are kmalloc and vmalloc blocks, and a process. */
TEST(blocks_and_processes_can_be_freed)
{
    static const char *const events[] = {
        "kmalloc 1 20000000 @a\nkmalloc 2 20000000 @b\n",
        "vmalloc 1 20000000 @a\nkmalloc 2 20000000 @b\n",
    };

    explain("primary", 32 * MIB, events[0], 1);
    assert_int_equal(explained.freeing.trial.end, TRIAL_PASSED);
    explain("brk", 32 * MIB, events[0], 1);
    assert_int_equal(explained.freeing.trial.end, TRIAL_PASSED);
    explain("brk", 32 * MIB, events[1], 1);
    assert_int_equal(explained.freeing.trial.end, TRIAL_PASSED);
    explain("brk", 32 * MIB, "process 7\nkmalloc 2 29138000 @b\n", 1);
    assert_int_equal(explained.freeing.owner[0], FREED_PROCESS | 0);
}

/* The process touches more pages than a machine of 128 frames has. */
static const char *process_larger_than_ram(void)
{
    static char events[4000];
    size_t at = (size_t)snprintf(events, sizeof events, "process 7\nmap 7 0x10000000 524288 rw\n");

    for (uint32_t page = 0; page < 128; page++)
        at += (size_t)snprintf(events + at, sizeof events - at, "touch 7 0x%x w\n",
                               0x10000000u + page * PAGE_SIZE);
    return events;
}

TEST(the_owner_of_the_failed_request_is_not_freed)
{
    explain("brk", 32 * MIB, "kmalloc 1 20000000 @a\nkrealloc 1 40000000\n", 1);
    assert_true(explained.freeing.own);
    assert_int_equal(explained.freeing.count, 0);
    assert_false(explained.freeing.enough);
    explain_on_map((struct memmap){1, {{pfn(0x1000), pfn(0x1080)}}}, process_larger_than_ram());
    assert_int_equal(explained.snapshot.failure.cause, MM_NO_FRAMES);
    assert_int_equal(explained.snapshot.failure.process, 7);
    assert_int_equal(explained.snapshot.failure.blocker.process, 7);
    assert_true(explained.freeing.own);
    assert_int_equal(explained.freeing.count, 0);
}

/* A krealloc that fails at the touch has freed its block. Only the first culprit is known. */
TEST(a_late_failure_of_krealloc_frees_the_first_culprit)
{
    explain("window", 16 * MIB, "kmalloc 1 100 @a\nkmalloc 3 6000000 @c\nkrealloc 1 8000000\n", 1);
    assert_true(explained.snapshot.failure.late);
    assert_int_equal(explained.freeing.count, 1);
    assert_true(explained.freeing.enough);
    assert_int_equal(explained.freeing.trial.end, TRIAL_PASSED);
}

/* A hole in RAM stops the heap. */
TEST(a_hole_in_ram_cannot_be_freed)
{
    explain_on_map((struct memmap){2, {{pfn(0x1000), pfn(0x1400)}, {pfn(0x1410), pfn(0x1500)}}},
                   "kmalloc 1 4500000\n");
    assert_int_equal(explained.snapshot.failure.blocker.frame.value, 0x1400);
    assert_int_equal(explained.snapshot.failure.blocker.kind, FRAME_DEVICE);
    assert_false(explained.freeing.enough);
    assert_int_equal(explained.freeing.count, 0);
    assert_int_equal(explained.freeing.last.frame.value, 0x1400);
}
