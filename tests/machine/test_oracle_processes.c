/* Tests processes in checking mode: after an unmap, a switch or an exit, no invalidation is
 * missing. */
#include "replay/random.h"
#include "support/checking.h"
#include "support/model_effort.h"
#include "support/model_mm.h"
#include "support/test.h"

#include <mm/framebuffer.h>
#include <mm/process.h>

#define START      0x10000000u
#define FEW        8u  /* pages; each is invalidated alone */
#define MANY       64u /* pages; one load of CR3 invalidates all */
#define PROCESSES  4u
#define OPERATIONS 2000u
#define PLACES     8u /* places of maps, 1 MiB apart, under several page tables */

static struct mm mm;
static struct process *process;

static void start(const struct strategy *strategy)
{
    checking_machine(NULL);
    model_start(&mm, strategy, 64 * MIB);
    process = process_create(&mm, NULL);
    assert_non_null(process);
    process_switch(&mm, process);
}

static void stop(void)
{
    process_exit(&mm, process);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}

static void map(uint32_t start_va, uint32_t pages)
{
    assert_true(process_map(&mm, process, vaddr(start_va), pages * PAGE_SIZE, true));
}

static void unmap(uint32_t start_va, uint32_t pages)
{
    assert_true(process_unmap(&mm, process, vaddr(start_va), pages * PAGE_SIZE));
}

static void touch(uint32_t start_va, uint32_t pages, bool expected)
{
    for (uint32_t i = 0; i < pages; i++)
        assert_int_equal(machine_user_touch(vaddr(start_va + i * PAGE_SIZE), true), expected);
}

/* Another region keeps the page table, so only the pages' own entries change. */
static void check_unmap(uint32_t pages)
{
    map(START, pages);
    map(START + 2 * MIB, 1);
    touch(START, pages, true);
    unmap(START, pages);
    touch(START, pages, false);
    map(START, pages);
    touch(START, pages, true);
}

MM_TEST(unmapping_few_pages_leaves_nothing_stale)
{
    start(strategy);
    check_unmap(FEW);
    stop();
}

MM_TEST(unmapping_many_pages_leaves_nothing_stale)
{
    start(strategy);
    check_unmap(MANY);
    stop();
}

/* The kernel, too, accesses memory of the process through the window. */
MM_TEST(unmapping_pages_that_the_kernel_used_leaves_nothing_stale)
{
    start(strategy);
    map(START, 2);
    window_write(START, 1);
    window_write(START + PAGE_SIZE, 2);
    unmap(START, 1);
    map(START, 1);
    assert_int_equal(window_read(START), 0);
    assert_int_equal(window_read(START + PAGE_SIZE), 2);
    stop();
}

/* No page of the region was ever touched, so only the page table is freed. */
MM_TEST(freeing_a_page_table_leaves_nothing_stale)
{
    start(strategy);
    map(START, 1);
    map(START + 2 * MIB, 1);
    touch(START, 1, true);
    unmap(START, 1);
    unmap(START + 2 * MIB, 1);
    pfn_t taken = pages_alloc(&mm, 0, PAGES_LOW); /* perhaps the frame that was the table */
    map(START, 1);
    touch(START, 1, true);
    pages_free(&mm, taken, 0);
    stop();
}

/* Two address spaces use the same address. */
MM_TEST(switching_leaves_nothing_stale)
{
    start(strategy);
    map(START, 1);
    window_write(START, 1);
    touch(START, 1, true);
    struct process *other = process_create(&mm, NULL);
    assert_non_null(other);
    process_switch(&mm, other);
    touch(START, 1, false);
    assert_true(process_map(&mm, other, vaddr(START), PAGE_SIZE, true));
    assert_int_equal(window_read(START), 0);
    process_switch(&mm, process);
    assert_int_equal(window_read(START), 1);
    process_switch(&mm, NULL);
    touch(START, 1, false);
    process_exit(&mm, other);
    stop();
}

/* The current process ends. */
MM_TEST(an_exit_leaves_nothing_stale)
{
    start(strategy);
    map(START, FEW);
    touch(START, FEW, true);
    process_exit(&mm, process);
    touch(START, FEW, false);
    process = process_create(&mm, NULL);
    assert_non_null(process);
    stop();
}

MM_TEST(unmapping_the_frame_buffer_leaves_nothing_stale)
{
    checking_machine(NULL);
    model_start(&mm, strategy, 64 * MIB);
    for (uint32_t device = 0xe0000000; device < 0xe3000000; device += 0x00801000) {
        assert_false(vaddr_is_none(framebuffer_map(&mm, paddr(device), 5 * MIB)));
        window_write(FRAMEBUFFER_BASE, device);
        window_write(FRAMEBUFFER_BASE + 4 * MIB, device + 1);
        assert_true(machine_touch(vaddr(FRAMEBUFFER_BASE), true));
        assert_true(machine_touch(vaddr(FRAMEBUFFER_BASE + 4 * MIB), true));
        assert_int_equal(*memory(device), device);
        assert_int_equal(*memory(device + 4 * MIB), device + 1);
        framebuffer_unmap(&mm);
        assert_false(machine_touch(vaddr(FRAMEBUFFER_BASE), false));
    }
    model_stop(&mm);
}

static pfn_t taken[0x4000];

/* Takes all frames, then frees the last `frames` ones, which lie where a heap would grow. */
static uint32_t take_all_but(uint32_t frames)
{
    uint32_t count = 0;

    while (!pfn_is_none(taken[count] = pages_alloc(&mm, 0, PAGES_LOW)))
        count++;
    for (uint32_t i = 0; i < frames; i++)
        pages_free(&mm, taken[--count], 0);
    return count;
}

/*
 * Pages of a process and of vmalloc() lie above brk, and the TLB and the window hold them. Then
 * memory elsewhere becomes free, and the heap grows. Under `migrate` it moves these pages.
 */
MM_TEST(moving_pages_leaves_nothing_stale)
{
    start(strategy);
    map(START, MANY);
    window_write(START, 1); /* takes the page table */
    uint32_t count = take_all_but(MANY + 2);
    for (uint32_t i = 1; i < MANY; i++) {
        window_write(START + i * PAGE_SIZE, i + 1);
        touch(START + i * PAGE_SIZE, 1, true);
    }
    vaddr_t area = vmalloc(&mm, PAGE_SIZE);
    if (!vaddr_is_none(area)) {
        assert_true(machine_touch(area, true));
        window_write(area.value, 77);
    }
    for (uint32_t i = 0; i < 2 * MANY; i++)
        pages_free(&mm, taken[i], 0);
    vaddr_t block = kmalloc(&mm, (MANY + 1) * PAGE_SIZE, PAGES_LOW);
    if (strategy_is(strategy, "migrate"))
        assert_true(mm.moves.count >= MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        touch(START + i * PAGE_SIZE, 1, true);
        assert_int_equal(window_read(START + i * PAGE_SIZE), i + 1);
        window_write(START + i * PAGE_SIZE, i + 2);
    }
    if (!vaddr_is_none(area)) {
        assert_true(machine_touch(area, false));
        assert_int_equal(window_read(area.value), 77);
    }
    vfree(&mm, area);
    kfree(&mm, block);
    while (count-- > 2 * MANY)
        pages_free(&mm, taken[count], 0);
    stop();
}

static void random_step(struct process *processes[PROCESSES], uint32_t *seed)
{
    uint32_t draw = random32(seed);
    vaddr_t place = vaddr(START + (draw >> 8) % PLACES * MIB);
    uint32_t pages = 1u + (draw >> 12) % (2 * MANY);

    process = processes[(draw >> 4) % PROCESSES];
    switch (draw % 8u) {
    case 0:
        (void)process_map(&mm, process, place, pages * PAGE_SIZE, true);
        break;
    case 1:
        assert_true(process_unmap(&mm, process, place, pages * PAGE_SIZE));
        break;
    case 2:
        process_exit(&mm, process);
        processes[(draw >> 4) % PROCESSES] = process_create(&mm, NULL);
        break;
    default:
        if (mm.current != process && draw % 8u == 3)
            process_switch(&mm, process);
        for (uint32_t i = 0; i < pages; i += 3)
            (void)machine_user_touch(vaddr_add(place, i * PAGE_SIZE), draw >> 31 != 0);
        break;
    }
}

MM_TEST(random_processes_leave_nothing_stale)
{
    struct process *processes[PROCESSES];
    uint32_t seed = 0x9d5c;

    checking_machine(NULL);
    model_start(&mm, strategy, 64 * MIB);
    for (uint32_t i = 0; i < PROCESSES; i++)
        processes[i] = process_create(&mm, NULL);
    for (uint32_t i = effort_operations(OPERATIONS); i > 0; i--)
        random_step(processes, &seed);
    for (uint32_t i = 0; i < PROCESSES; i++)
        process_exit(&mm, processes[i]);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}
